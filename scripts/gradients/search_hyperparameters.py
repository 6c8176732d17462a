"""Costs of searches of every repetition's lattice, over all complexities and up to delta-min."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.gradients.search_comparison import SearchSettings, compare_searches, pooled_bounds
from vicinal_workflow.artifacts import read_table, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.search_curves import SHARES, median_curves
from vicinal_workflow.search_lattices import group_lattices, read_lattices
from vicinal_workflow.search_tables import bounds_table, costs_table
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
params = snakemake.params
settings = SearchSettings(**params.settings)
cells = pd.concat([read_table(path) for path in snakemake.input.cells])
lattices = read_lattices(cells, params.bound_at)
costs, bounds, curves = [], [], {}
for (size, method), repetitions in tqdm(group_lattices(lattices).items(), disable=None):
    pooled = pooled_bounds([one.lattice for one in repetitions])
    bounds.append(bounds_table(repetitions, settings.tolerance, pooled))
    found = []
    for one in repetitions:
        names = ("search", size, method, one.repetition)
        found.append(
            compare_searches(
                one.lattice,
                one.test_errors,
                settings,
                pooled_bound=pooled,
                seed=derive_seed(params.seed, *names),
                shares=SHARES,
            )
        )
        columns = dict(zip(("samples", "method", "repetition"), names[1:], strict=True))
        costs.append(costs_table(found[-1], **columns))
    curves |= median_curves(found, size, method)
write_table(snakemake.output.costs, pd.concat(costs))
write_table(snakemake.output.bounds, pd.concat(bounds))
write_arrays(snakemake.output.curves, shares=np.asarray(SHARES), **curves)
