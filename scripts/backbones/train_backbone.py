"""A shard of networks, trained one after another; a killed job resumes at its epoch."""

from tqdm import tqdm

from vicinal.models.registry import backbone_for
from vicinal.training.network import NetworkTraining, TrainingSettings
from vicinal_workflow.artifacts import read_dataset, write_parameters
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.resume import Checkpoint, checkpoint_of
from vicinal_workflow.shards import join_networks
from vicinal_workflow.stage import append_record, choose_device, start_records, start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log.text, snakemake.params.threads)
backbone, networks = snakemake.params.backbone, snakemake.params.networks
dataset = read_dataset(snakemake.input.dataset)
inputs, labels = dataset.inputs["train"], dataset.labels["train"]
validation = None
if "validation" in dataset.splits:
    validation = (dataset.inputs["validation"], dataset.labels["validation"])
settings = TrainingSettings(**backbone["training"])
shape = {key: value for key, value in backbone.items() if key != "training"}
device = choose_device(snakemake.params.device)

# The state of the shard: networks already trained, and the one in training.
made_of = {"backbone": backbone, "networks": networks, "seed": snakemake.params.seed}
made_of |= {"device": str(device), "threads": snakemake.params.threads}
checkpoint = Checkpoint(checkpoint_of(snakemake.output[0]), made_of, snakemake.input)
state = checkpoint.load() or {"trained": {}, "training": None, "records": []}
start_records(snakemake.log.epochs, state["records"])
of = {"network": len(networks), "epoch": settings.epochs}
progress = tqdm(total=len(networks) * settings.epochs, unit="epoch", disable=None)
for number in networks:
    if number in state["trained"]:
        progress.update(settings.epochs)
        continue
    seed = derive_seed(snakemake.params.seed, "backbone", snakemake.params.name, number)
    network = backbone_for(dataset, seed=seed, **shape)
    training = NetworkTraining(
        network, inputs, labels, settings, seed=seed, validation=validation, device=device
    )
    if state["training"] is not None:
        training.load_state_dict(state["training"])
        progress.update(training.epoch)
    for record in training.run():
        state["training"] = training.state_dict()
        state["records"].append({"network": number, **record.as_dict(), "of": of})
        checkpoint.save(state)
        append_record(snakemake.log.epochs, state["records"][-1])
        progress.update()
        progress.set_postfix(loss=f"{record.loss:.4f}", validation=record.validation_loss)
    state["trained"][number] = {k: v.cpu().clone() for k, v in network.state_dict().items()}
    state["training"] = None
    checkpoint.save(state)
progress.close()
write_parameters(
    snakemake.output[0], join_networks(state["trained"]), architecture=backbone["architecture"]
)
checkpoint.remove()
write_time(snakemake.log.time)
