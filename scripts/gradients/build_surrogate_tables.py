"""Errors of all problems' surrogates, what gradients gain by draw, delta-min, and the paper's."""

from pathlib import Path

import numpy as np
import pandas as pd

from vicinal.gradients.sweep_curves import collect_curves
from vicinal_workflow.artifacts import write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.surrogate_tables import (
    delta_min_table,
    gains_of_gradients,
    measured_surrogates,
    summarise_errors,
)
from vicinal_workflow.sweep_files import read_cells

start_stage(snakemake.log[0])
tables: dict[str, list[pd.DataFrame]] = {}
for problem, described in snakemake.params.problems.items():
    cells = read_cells(p for p in snakemake.input.errors if Path(p).parts[-3] == problem)
    curves = collect_curves(cells)
    rng = np.random.default_rng(derive_seed(snakemake.params.seed, "surrogate tables", problem))
    resampling = {"resamples": snakemake.params.resamples, "rng": rng}
    own = {
        "surrogate_errors": summarise_errors(curves, collect_curves(cells, "forced")),
        "surrogate_gains": gains_of_gradients(curves, **resampling),
        "delta_min": delta_min_table(curves, **resampling),
    }
    for name, table in own.items():
        table.insert(0, "problem", problem)
        table = table.assign(row=described["row"], scale=described["scale"])
        tables.setdefault(name, []).append(table)
joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
for name, table in joined.items():
    write_table(snakemake.output[name], table)
write_table(snakemake.output.measured, measured_surrogates(joined, snakemake.params.rows))
