"""The summary page's part on witness tests of a user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import LEVEL, adjusted, p_text
from vicinal_workflow.evidence_cells import p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

COLUMNS = (
    Column("test"),
    Column("samples", "of the training split; some of them go into a tuned σ", numeric=True),
    Column("points", "of the test split", numeric=True),
    Column("p of no difference", "by the largest F over these points", numeric=True),
    Column("significant", "by the paper's threshold, % of the points", True, 1),
    Column("at the level", "by their p-value, % of the points", True, 1),
    Column("discoveries", "by Benjamini and Hochberg at the level, % of the points", True, 1),
    Column("right, significant", "of these points the predicted class is the true one, %", True, 1),
    Column("right, others", "of the others, %", numeric=True, decimals=1),
)


def witness_tests_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """A table with a line a test, from the line that each has written, and whether samples differ.

    The paper claims nothing of own data: verdicts are open, whatever they say.
    """
    lines = [line for table in tables.values() for line in table.to_dict("records")]
    groups = [Group([_row(line)], setting=Setting(str(line["data"]))) for line in lines]
    table = Table(
        "Witness tests",
        "Fitted to the training split and tested at points of the test split. A point is "
        "significant where F exceeds the largest value under permuted labels (times the threshold "
        "factor). Discoveries, by Benjamini and Hochberg, control false ones under the hypothesis "
        "that classes differ nowhere; where they do differ, the kernel's tails and lobes carry the "
        "difference into its surroundings. Values are high or low, against the mean of the "
        "training samples. A line a point is in `witness/tests/<name>.csv`.",
        COLUMNS,
        groups,
    )
    p_values = adjusted([line["global_p"] for line in lines])
    return [table], [_verdict(*each) for each in zip(lines, p_values, strict=True)]


def _verdict(line: Mapping[Any, Any], p: float) -> Verdict:
    what = "classes" if line["classes"] else "high and low values"
    said = f"{what} differ somewhere" if p <= LEVEL else f"that {what} differ anywhere is not told"
    evidence = f"largest F over {line['points']} test points, corrected p {p_text(p)}"
    return Verdict(f"{line['test']}: {said} ({evidence}).", "open")


def _row(line: Mapping[Any, Any]) -> list[Cell | str]:
    shares = ("significant", "significant_at_level", "discoveries")
    rights = ("right_significant", "right_others")
    columns = f"{line['columns']} columns" if line["columns"] > 1 else "1 column"
    kernel = f"{line['kernel']}, n = {line['n']}" if line["kernel"] == "hermite" else line["kernel"]
    return [
        Cell(str(line["test"]), note=f"{kernel}, σ = {line['sigma']:.3g}, {columns}"),
        Cell(int(line["samples"])),
        Cell(int(line["points"])),
        p_cell(line["global_p"]),
        *(Cell(100 * float(line[name])) for name in shares),
        *(
            Cell(100 * float(line[name]), title="no points" * pd.isna(line[name]))
            for name in rights
        ),
    ]
