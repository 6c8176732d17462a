"""Features of all samples by a user's own network."""

from vicinal.models.user_module import load_user_module, user_features
from vicinal_workflow.artifacts import read_dataset, write_features
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0], snakemake.params.threads)
dataset = read_dataset(snakemake.input.dataset)
seed = derive_seed(snakemake.params.seed, "backbone", snakemake.params.name, 0)
# Before the user's code, which may ask for CUDA as it is imported.
device = choose_device(snakemake.params.device)
module = load_user_module(snakemake.params.backbone["module"], seed=seed)
features = {
    split: user_features(module, dataset.inputs[split], device=device) for split in dataset.splits
}
write_features(snakemake.output[0], dataset, [features])
write_time(snakemake.log.time)
