"""The GANs of all trials, with or without gradients; a killed job resumes at its record."""

from tqdm import tqdm

from vicinal.gradients.gan import GanTraining
from vicinal.gradients.gan_settings import GanRecord, GanSettings
from vicinal.models.gan import GanShape
from vicinal_workflow.artifacts import read_dataset, write_parameters, write_table
from vicinal_workflow.gan_tables import records_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.stage import append_record, choose_device, start_records, start_stage

start_stage(snakemake.log.text, snakemake.params.threads)
shape, settings = snakemake.params.shape, snakemake.params.training
seeds = [derive_seed(snakemake.params.seed, "gan", n) for n in range(snakemake.params.trials)]
device = choose_device(snakemake.params.device)
training = GanTraining(
    read_dataset(snakemake.input.dataset).inputs["train"],
    GanSettings(GanShape(**shape), **settings),
    seeds=seeds,
    device=device,
)
made_of = {"shape": shape, "training": settings, "seeds": seeds}
made_of |= {"device": str(device), "threads": snakemake.params.threads}
checkpoint = Checkpoint(snakemake.params.checkpoint, made_of, snakemake.input)
state = checkpoint.load() or {"training": None, "records": []}
of = {"of": {"iteration": training.iterations}}
start_records(snakemake.log.records, [line | of for line in state["records"]])
if state["training"] is not None:
    training.load_state_dict(state["training"])
progress = tqdm(
    initial=training.iteration, total=training.iterations, unit="iteration", disable=None
)
for record in training.run():
    state["training"] = training.state_dict()
    state["records"].append(record.as_dict())
    checkpoint.save(state)
    append_record(snakemake.log.records, state["records"][-1] | of)
    progress.update(record.iteration - progress.n)
progress.close()
write_table(
    snakemake.output.records, records_table([GanRecord(**line) for line in state["records"]])
)
write_parameters(snakemake.output.generator, training.generator.state_dict())
checkpoint.remove()
