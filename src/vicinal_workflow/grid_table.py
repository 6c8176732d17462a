"""The table of a grid's scores: one line a cell, seed and split; and that of its chosen cells."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.metrics import LARGER_IS_BETTER
from vicinal.statistics import paired_difference
from vicinal.vbsw.grid_scores import ChosenCells, GridScores

COLUMNS = ["metric", "split", "k", "m", "seed", "value"]


def scores_to_table(scores: GridScores, metric: str) -> pd.DataFrame:
    """Long table of the scores; k and m are empty for uniform weights."""
    rows: list[tuple[Any, ...]] = []
    for split, cells, uniform in (
        ("test", scores.test, scores.uniform_test),
        ("validation", scores.validation, scores.uniform_validation),
    ):
        if cells is None or uniform is None:
            continue
        for i, k in enumerate(scores.ks):
            for j, m in enumerate(scores.ms):
                rows += [(metric, split, k, m, s, v) for s, v in enumerate(cells[i, j])]
        rows += [(metric, split, None, None, s, v) for s, v in enumerate(uniform)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"k": "Int64", "m": float})


def table_to_scores(table: pd.DataFrame) -> tuple[str, GridScores]:
    """The metric and the scores of a table of one grid."""
    (metric,) = table["metric"].unique()
    cells = table[table["k"].notna()]
    ks, ms = (sorted(cells[axis].unique()) for axis in ("k", "m"))
    arrays: dict[str, Any] = {}
    for split in ("test", "validation"):
        part = table[table["split"] == split].sort_values(["k", "m", "seed"], kind="stable")
        inside = part["k"].notna()
        grid, uniform = part.loc[inside, "value"], part.loc[~inside, "value"]
        present = len(part) > 0
        shape = (len(ks), len(ms), -1)
        arrays[split] = grid.to_numpy(float).reshape(shape) if present else None
        arrays[f"uniform_{split}"] = uniform.to_numpy(float) if present else None
    return metric, GridScores(
        ks=[int(k) for k in ks],
        ms=[float(m) for m in ms],
        larger_is_better=LARGER_IS_BETTER[metric],
        **arrays,
    )


def chosen_to_table(
    chosen: ChosenCells, metric: str, *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """One line for the cell chosen on validation data, on test data, and for uniform weights.

    `cost` is by how much the test score is worse than that of the cell chosen on test data, `tied`
    how many cells are as good on validation data. On the first line stand the gain of that cell
    over uniform weights, paired by seed, and how many cells are better than these on test data.
    """
    compared = paired_difference(
        chosen.gain, np.zeros(len(chosen.gain)), resamples=resamples, rng=rng
    )
    rows = [("test", chosen.by_test, 0.0), ("uniform", chosen.uniform, None)]
    if chosen.by_validation is not None:
        rows.insert(0, ("validation", chosen.by_validation, chosen.regret))
    table = pd.DataFrame(
        [
            {
                "chosen_by": by,
                "metric": metric,
                "k": cell.k,
                "m": cell.m,
                "validation": cell.validation,
                "validation_error": cell.validation_error,
                "test": cell.test,
                "test_error": cell.test_error,
                "cost": cost,
                "tied": chosen.tied if by == "validation" else None,
            }
            for by, cell, cost in rows
        ]
    ).astype({"k": "Int64", "tied": "Int64"})
    first = {**asdict(compared), "better_than_uniform": chosen.better_than_uniform}
    for name, value in first.items():
        table[name] = [value] + [None] * (len(table) - 1)
    return table
