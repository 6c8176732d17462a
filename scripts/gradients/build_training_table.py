"""Figure 1 in numbers: errors and changes of parameters, with gradients against without."""

import numpy as np

from vicinal_workflow.artifacts import write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.training_curves_table import measured_training, read_curves, training_table

start_stage(snakemake.log[0])
rng = np.random.default_rng(derive_seed(snakemake.params.seed, "training table"))
curves = read_curves(snakemake.input.records)
table = training_table(curves, resamples=snakemake.params.resamples, rng=rng)
table = table.assign(simulator=snakemake.params.simulator, scale=snakemake.params.scale)
write_table(snakemake.output.table, table)
write_table(snakemake.output.measured, measured_training(table))
