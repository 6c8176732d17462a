"""The common first part of all runs of a family, repetition by repetition; a killed job resumes."""

from functools import partial

from vicinal_workflow.artifacts import (
    read_dataset,
    read_parameters,
    write_parameters,
    write_table,
)
from vicinal_workflow.bayes_repetitions import Repetitions
from vicinal_workflow.bayes_training import train_repetitions
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.shards import join_networks, split_networks
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log.text, snakemake.params.threads)
params, wildcards = snakemake.params, snakemake.wildcards
device = choose_device(params.device)
dataset = read_dataset(snakemake.input.dataset)
trained = {}
for path in snakemake.input.initial:
    trained |= split_networks(read_parameters(path)[0])
repetitions = Repetitions(
    wildcards.experiment, params.experiment, dataset, params.seed, params.curve_samples, device
)
made_of = {"experiment": params.experiment, "repetitions": params.repetitions, "seed": params.seed}
made_of |= {"every": params.record_every, "samples": params.curve_samples}
made_of |= {"device": str(device), "threads": params.threads}
checkpoint = Checkpoint(params.checkpoint, made_of, snakemake.input)
done = train_repetitions(
    params.repetitions,
    partial(repetitions.start, wildcards.family, trained),
    checkpoint,
    snakemake.log.epochs,
    params.record_every,
)
write_table(snakemake.output.records, done.records_table())
write_table(snakemake.output.seconds, done.seconds_so_far())
write_parameters(snakemake.output.parameters, join_networks(done.parameters))
checkpoint.remove()
