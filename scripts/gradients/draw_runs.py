"""Runs of a simulator with their derivatives: the pool that samples are drawn from, and a test."""

import numpy as np

from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.sweep import draw_sweep
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.sweep_files import write_runs

start_stage(snakemake.log[0], snakemake.params.threads)
settings = snakemake.params.settings
simulator = make_simulator(**settings["simulator"])
rng = np.random.default_rng(derive_seed(snakemake.params.seed, "simulator runs", simulator.name))
data = draw_sweep(
    simulator,
    pool=settings["pool"],
    test=settings["test_points"],
    draws=settings["draws"],
    rng=rng,
)
write_runs(snakemake.output[0], data)
