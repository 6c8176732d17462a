"""Surrogates of some cells of a lattice of hyper-parameters: their errors, and what they cost."""

from functools import cache

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.gradients.hyperparameter_lattice import (
    LatticeCell,
    SearchData,
    draw_repetitions,
    train_lattice_cell,
)
from vicinal.gradients.simulators import make_simulator
from vicinal_workflow.artifacts import write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.search_lattices import cell_table
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.surrogate_settings import surrogate_template

start_stage(snakemake.log[0], snakemake.params.threads)
settings, seed = snakemake.params.settings, snakemake.params.seed
simulator = make_simulator(**settings["simulator"])
template = surrogate_template(settings, str(choose_device(snakemake.params.device)))
repetitions = settings["repetitions"]
seeds = [derive_seed(seed, "search", simulator.name, number) for number in range(repetitions)]


@cache
def drawn(size: int) -> SearchData:
    """The samples of all repetitions, the same in every job."""
    rng = np.random.default_rng(derive_seed(seed, "search runs", simulator.name, size))
    return draw_repetitions(
        simulator,
        repetitions=repetitions,
        size=size,
        validation=settings["validation_samples"],
        test=settings["test_points"],
        rng=rng,
        steps=settings["steps"],
    )


tables = []
for size, *place in tqdm(snakemake.params.cells, unit="cell", disable=None):
    cell = LatticeCell(*place)
    result = train_lattice_cell(
        drawn(size),
        cell,
        size,
        template,
        seeds,
        width_factor=settings["width_factor"],
        derivative=settings["derivative"],
    )
    tables.append(cell_table(size, cell, result))
write_table(snakemake.output[0], pd.concat(tables))
