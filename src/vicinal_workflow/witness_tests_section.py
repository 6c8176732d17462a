"""The summary page's part on witness tests of a user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

COLUMNS = (
    Column("test"),
    Column("samples", "of the training split; some of them go into a tuned σ", numeric=True),
    Column("columns", numeric=True),
    Column("points", "of the test split", numeric=True),
    Column("significant", "by the paper's threshold, % of the points", True, 1),
    Column("at the level", "by their p-value, % of the points", True, 1),
    Column("discoveries", "at a false-discovery rate of the level, % of the points", True, 1),
    Column("right, significant", "of these points the predicted class is the true one, %", True, 1),
    Column("right, others", "of the others, %", numeric=True, decimals=1),
)


def witness_tests_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """A table with a line a test, from the line that each has written; there are no claims."""
    groups = [
        Group([_row(line)], setting=Setting(str(line["data"])))
        for table in tables.values()
        for line in table.to_dict("records")
    ]
    table = Table(
        "Witness tests",
        "Fitted to the training split and tested at points of the test split. A point is "
        "significant where |F| exceeds the largest value under permuted labels (times the "
        "threshold factor): that controls no error among all points, as discoveries do. Values "
        "are high or low, against the mean of the training samples. A line a point is in "
        "`witness/tests/<name>.csv`.",
        COLUMNS,
        groups,
    )
    return [table], []


def _row(line: Mapping[Any, Any]) -> list[Cell | str]:
    shares = ("significant", "significant_at_level", "discoveries")
    rights = ("right_significant", "right_others")
    kernel = f"{line['kernel']}, n = {line['n']}" if line["kernel"] == "hermite" else line["kernel"]
    return [
        Cell(str(line["test"]), note=f"{kernel}, σ = {line['sigma']:.3g}"),
        Cell(int(line["samples"])),
        Cell(int(line["columns"])),
        Cell(int(line["points"])),
        *(Cell(100 * float(line[name])) for name in shares),
        *(
            Cell(100 * float(line[name]), title="no points" * pd.isna(line[name]))
            for name in rights
        ),
    ]
