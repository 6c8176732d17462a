"""Errors of maximum-likelihood estimates, what gradients gain by set, and the paper's claims."""

import numpy as np

from vicinal_workflow.artifacts import write_table
from vicinal_workflow.likelihood_tables import (
    error_table,
    gain_table,
    measured_likelihood,
    read_recoveries,
)
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
found = read_recoveries(snakemake.input.recovery)
rng = np.random.default_rng(derive_seed(snakemake.params.seed, "likelihood tables"))
scale = snakemake.params.scale
errors = error_table(found).assign(scale=scale)
gains = gain_table(found, resamples=snakemake.params.resamples, rng=rng).assign(scale=scale)
write_table(snakemake.output.errors, errors)
write_table(snakemake.output.gains, gains)
write_table(snakemake.output.measured, measured_likelihood(errors))
