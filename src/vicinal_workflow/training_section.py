"""The summary page's comparison of networks trained without and with Active Bias (table 5)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from vicinal.metrics import UNITS
from vicinal.vbsw.training_comparison import QUESTIONS
from vicinal_workflow.evidence import direction, emphasis, p_text
from vicinal_workflow.evidence_cells import p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

COLUMNS = (
    Column("comparison", "a positive difference is an improvement"),
    Column("metric"),
    Column("difference", numeric=True, decimals=3),
    Column("95 % interval", "Welch, for networks of different seeds"),
    Column("p", "Welch's t-test, two-sided", numeric=True, decimals=3),
    Column("networks", "of either training"),
)
TITLE = "Table 5: what Active Bias and VBSW add to one another"


def training_table(table: pd.DataFrame, setting: Setting) -> Table:
    """The table from what the stage `compare_trainings` writes."""
    rows: list[list[Cell | str]] = []
    for line in table.to_dict("records"):
        low, high = line["low"], line["high"]
        interval = Cell(None) if pd.isna(low) else Cell(low, text=f"{low:+.3f} to {high:+.3f}")
        rows.append(
            [
                QUESTIONS[line["comparison"]],
                line["metric"],
                Cell(line["mean"], emphasis=emphasis(line)),
                interval,
                p_cell(line["p_value"]),
                _sizes(line["n"]),
            ]
        )
    caption = (
        "The networks of the two trainings are separate groups, not pairs. Heads count by their "
        "mean, not by the best on test data."
    )
    return Table(TITLE, caption, COLUMNS, [Group(rows, setting=setting)])


def training_verdicts(table: pd.DataFrame) -> Iterator[Verdict]:
    """Do Active Bias's networks beat plain ones, and does VBSW gain by it?"""
    asked = table[table["comparison"].isin(["ab_over_vanilla", "ab_vbsw_over_vbsw"])]
    for line in asked.to_dict("records"):
        start = f"Table 5, {QUESTIONS[line['comparison']]}:"
        size = f"{line['mean']:+.3g} {UNITS[line['metric']]} of {line['metric']}"
        if pd.isna(line["low"]):
            yield Verdict(f"{start} {size}, of too few networks for an interval.", "open")
            continue
        found = direction(line["low"], line["high"], line["p_value"])
        evidence = (
            f"(95 % interval {line['low']:+.3g} to {line['high']:+.3g}, "
            f"p {p_text(line['p_value'])}, {_sizes(line['n'])} networks)"
        )
        if not found:
            yield Verdict(
                f"{start} no difference in {line['metric']} can be told {evidence}.", "open"
            )
        else:
            yield Verdict(f"{start} {size} {evidence}.", "for" if found == "up" else "against")


def _sizes(n: str) -> str:
    """`(5, 5)`, as a CSV file holds a pair, in words."""
    return " and ".join(part.strip() for part in str(n).strip("()").split(","))
