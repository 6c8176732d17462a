"""The summary page's part on training with and without gradients: figure 1 in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, emphasis, p_text
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

COLUMNS = (
    Column("samples", numeric=True),
    Column("RMSE without", "unseen samples, after the last epoch, mean of runs", numeric=True),
    Column("RMSE with", "unseen samples, after the last epoch, mean of runs", numeric=True),
    Column("with less without", numeric=True),
    Column("95 % interval", "bootstrap over the runs"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("changes of parameters", "with over without, 95 % interval in brackets", numeric=True),
    Column("n", "runs", numeric=True),
)


def training_curves_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Table and verdicts from `training_curves`; its claims have no published numbers."""
    table = tables["training_curves"]
    group = Group(
        [_row(line) for line in table.to_dict("records")],
        setting=Setting(str(table["simulator"].iloc[0]), str(table["scale"].iloc[0])),
    )
    caption = (
        "Both networks of a run share samples, initial parameters and batches. Changes are the "
        "mean absolute change of a parameter in an epoch, mean over the epochs."
    )
    shown = Table("Figure 1: training with and without gradients", caption, COLUMNS, [group])
    return [shown], list(_verdicts(table))


def _row(line: Mapping[Any, Any]) -> list[Cell | str]:
    return [
        Cell(line["samples"]),
        Cell(line["without"]),
        Cell(line["with"]),
        Cell(line["mean"], emphasis=emphasis(line, "down")),
        interval_cell(line["low"], line["high"], "one run"),
        p_cell(line["p_value"]),
        Cell(line["update_ratio"], text=_ratio(line)),
        Cell(line["n"]),
    ]


def _ratio(line: Mapping[Any, Any]) -> str:
    if pd.isna(line["ratio_low"]):
        return f"{line['update_ratio']:.2f}"
    return f"{line['update_ratio']:.2f} ({line['ratio_low']:.2f} to {line['ratio_high']:.2f})"


def _verdicts(table: pd.DataFrame) -> Iterator[Verdict]:
    """Larger changes, and lower errors: both are claimed, at each size."""
    p_values = adjusted([*table["p_value"], *table["ratio_p"]])
    for place, line in enumerate(table.to_dict("records")):
        p = float(p_values[place])
        found = direction(line["low"], line["high"], p)
        said = {"down": "lower", "up": "raise", "": "do not beyond doubt change"}[found]
        yield Verdict(
            f"{line['samples']} samples: gradients {said} the error on unseen ones, from "
            f"{line['without']:.3f} to {line['with']:.3f} (corrected p {_p(p)}, n = {line['n']}).",
            "for" if found == "down" else "against" if found == "up" else "open",
        )
        p = float(p_values[len(table) + place])
        found = direction(np.log(line["ratio_low"]), np.log(line["ratio_high"]), p)
        yield Verdict(
            f"{line['samples']} samples: parameters change {line['update_ratio']:.2f} times as "
            f"much with gradients as without (corrected p {_p(p)}); the paper says more.",
            "for" if found == "up" else "against" if found == "down" else "open",
        )


def _p(p: float) -> str:
    return "not known" if pd.isna(p) else p_text(p)
