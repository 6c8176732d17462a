"""The summary page's table of the pairs (m, k) chosen behind figure 6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from vicinal.metrics import UNITS
from vicinal_workflow.evidence import direction, p_text
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

CHOSEN_BY = {
    "validation": "pair chosen on validation data",
    "test": "pair chosen on test data, as in the paper",
    "uniform": "control: uniform weights",
}
COLUMNS = (
    Column("heads"),
    Column("metric"),
    Column("m", numeric=True, decimals=1),
    Column("k", numeric=True, decimals=0),
    Column("validation", "mean of the seeds", numeric=True, decimals=2),
    Column("test", "mean of the seeds ± standard error", numeric=True, decimals=2),
    Column(
        "cost of choosing",
        "by how much its test score is worse than that of the pair chosen on test data",
        numeric=True,
        decimals=3,
    ),
    Column("tied", "pairs that are as good on validation data", numeric=True, decimals=0),
)


def grid_table(
    chosen: Mapping[str, pd.DataFrame], described: Mapping[str, Mapping[str, str]]
) -> Table:
    """One group a panel of figure 6.

    chosen : panel -> the chosen cells, as the stage `choose_cells` writes them.
    described : panel -> grid, data and scale, as the plan describes them.
    """
    groups = []
    for panel, table in chosen.items():
        setting = Setting(described[panel]["data"], described[panel]["scale"])
        title = f"{panel}, here by {described[panel]['grid']}"
        rows = [_row(line) for line in table.to_dict("records")]
        groups.append(Group(rows, title=title, setting=setting))
    caption = (
        "Heads for every pair of m and k. The best of many pairs on test data is better than it "
        "will be on new data; the last column says what choosing on validation data costs."
    )
    return Table("Figure 6: which pair is chosen", caption, COLUMNS, groups)


def _row(line: Mapping[Any, Any]) -> list[Cell | str]:
    error = None if pd.isna(line["test_error"]) else float(line["test_error"])
    return [
        CHOSEN_BY[line["chosen_by"]],
        line["metric"],
        Cell(line["m"]),
        Cell(line["k"]),
        Cell(line["validation"]),
        Cell(line["test"], error=error),
        Cell(line["cost"]),
        Cell(line["tied"]),
    ]


def grid_verdicts(
    chosen: Mapping[str, pd.DataFrame], described: Mapping[str, Mapping[str, str]]
) -> Iterator[Verdict]:
    """For each panel: is the pair chosen on validation data better than uniform weights?"""
    for panel, table in chosen.items():
        line = table.iloc[0]
        by = "on test data" if line["chosen_by"] == "test" else "on validation data"
        start = f"Figure 6, grid `{described[panel]['grid']}` (for `{panel}`):"
        pair = f"the pair chosen {by} (m = {line['m']:.3g}, k = {int(line['k'])})"
        size = f"{abs(line['mean']):.3g} {UNITS[line['metric']]} of {line['metric']}"
        count = f"{int(line['better_than_uniform'])} pairs of the grid beat them on test data"
        if pd.isna(line["low"]):
            does = "is better" if line["mean"] > 0 else "is worse" if line["mean"] < 0 else "equals"
            than = "uniform weights" if line["mean"] == 0 else f"than uniform weights by {size}"
            yield Verdict(f"{start} {pair} {does} {than}, all seeds alike; {count}.", "open")
            continue
        evidence = (
            f"(95 % interval {line['low']:+.3g} to {line['high']:+.3g}, "
            f"p {p_text(line['p_value'])}, n = {int(line['n'])} seeds)"
        )
        found = direction(line["low"], line["high"], line["p_value"])
        if not found:
            text = f"{start} {pair} cannot be told from uniform weights {evidence}; {count}."
            yield Verdict(text, "open")
            continue
        does = "beats" if found == "up" else "loses to"
        text = f"{start} {pair} {does} uniform weights by {size} {evidence}; {count}."
        yield Verdict(text, "for" if found == "up" else "against")
