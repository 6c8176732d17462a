"""The variational autoencoders of all repetitions; a killed job resumes at its record."""

from tqdm import tqdm

from vicinal.models.vae import VaeShape
from vicinal.training.vae import VaeSettings, VaeTraining
from vicinal_workflow.artifacts import read_dataset, write_parameters
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.stage import append_record, choose_device, start_records, start_stage

start_stage(snakemake.log.text, snakemake.params.threads)
params, own = snakemake.params, dict(snakemake.params.vae)
shape = VaeShape(own.pop("hidden"))
seeds = [derive_seed(params.seed, "witness", "vae", n) for n in range(params.repetitions)]
device = choose_device(params.device)
images = read_dataset(snakemake.input.dataset).inputs["train"]
training = VaeTraining(images, VaeSettings(shape, **own), seeds=seeds, device=device)
made_of = {"vae": params.vae, "seeds": seeds, "device": str(device), "threads": params.threads}
checkpoint = Checkpoint(params.checkpoint, made_of, snakemake.input)
state = checkpoint.load() or {"training": None, "records": []}
start_records(snakemake.log.records, state["records"])
if state["training"] is not None:
    training.load_state_dict(state["training"])
progress = tqdm(initial=training.epoch, total=training.epochs, unit="epoch", disable=None)
for record in training.run():
    state["training"] = training.state_dict()
    state["records"].append(record.as_dict() | {"of": {"epoch": training.epochs}})
    checkpoint.save(state)
    append_record(snakemake.log.records, state["records"][-1])
    progress.update(record.epoch - progress.n)
progress.close()
write_parameters(snakemake.output[0], training.vae.state_dict())
checkpoint.remove()
