"""The summary page's part on Taylor-based sampling: tables 6 and 7, and the answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, emphasis, known, p_text
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Figure, Group, Setting, Study, Table, Verdict

TITLES = {
    "table6": "Table 6: simple functions",
    "table7": "Table 7: solutions of an ODE system",
    "further_samplings": "Further samplings",
}
SAMPLINGS = {"uniform": "uniform points", "taylor": "Taylor points"}
ERRORS = {
    "l2": "L2 error (root mean square)",
    "mse": "L2 error (mean square)",
    "linf": "L∞ error (largest)",
    "aeg": "average error gain (AEG)",
    "ael": "average error loss (AEL)",
    "ael - aeg": "AEL less AEG",
}
_HALF_WIDTH = "± half-width of its 95 % interval"
ERROR_COLUMNS = (
    Column("points"),
    Column("error"),
    Column("mean", _HALF_WIDTH, numeric=True, source="published"),
    Column("mean", _HALF_WIDTH, numeric=True, source="measured"),
    Column("n", "repetitions", numeric=True),
)
PAIRED_COLUMNS = (
    Column("error", "Taylor less uniform points: below 0, Taylor points are better"),
    Column("mean difference", numeric=True),
    Column("95 % interval", "bootstrap over the repetitions"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("n", "repetitions", numeric=True),
)


def sampling_section(
    tables: Mapping[str, pd.DataFrame],
    paired: Mapping[str, pd.DataFrame],
    comparison: pd.DataFrame,
    figures: Sequence[Figure],
) -> Study:
    """The study's part of the page from its tables, by the tables' names."""
    shown = []
    for name, table in tables.items():
        shown.append(_errors_table(name, table, comparison[comparison["item"] == name]))
        shown.append(_paired_table(name, paired[name]))
    return Study(
        name="vbsw_sampling",
        title="VBSW, appendices A and B: Taylor-based sampling, and the bound behind it",
        question="Where labels can be had for any point: is a network better when its training "
        "points are denser where the function changes, than with as many uniform points?",
        verdicts=[verdict for name in tables for verdict in _verdicts(tables[name], paired[name])],
        tables=shown,
        figures=figures,
        reference="Novello, Poëtte, Lugato, Congedo: Variance Based Samples Weighting for "
        "Supervised Deep Learning, appendices A and B",
    )


def _errors_table(name: str, table: pd.DataFrame, published: pd.DataFrame) -> Table:
    groups = []
    for row, part in table.groupby("row", sort=False):
        papers = published[published["row"] == row].set_index("metric")
        rows = [_error_row(line, papers) for line in part.to_dict("records")]
        groups.append(Group(rows, title=_title(part), setting=_setting(part)))
    caption = (
        "Errors of networks trained on the same number of points, of which both samplings share "
        "the initial ones."
    )
    if "aeg" in set(table["metric"]):
        caption += (
            " AEG and AEL are the parts by which Taylor points lower and raise the squared error "
            "that is worst over time, mean over a grid of starts."
        )
    return Table(TITLES[name], caption, ERROR_COLUMNS, groups)


def _error_row(line: Mapping[Any, Any], papers: pd.DataFrame) -> list[Cell | str]:
    key = f"{line['sampling']} {line['metric']}"
    found = papers.loc[key].to_dict() if key in papers.index else {}
    return [
        SAMPLINGS[line["sampling"]],
        ERRORS[line["metric"]],
        Cell(known(found.get("published")), error=known(found.get("published_error"))),
        Cell(line["mean"], error=known(line["half_width"])),
        Cell(line["n"]),
    ]


def _paired_table(name: str, table: pd.DataFrame) -> Table:
    groups = []
    for _, part in table.groupby("row", sort=False):
        rows = [
            [
                ERRORS[line["metric"]],
                Cell(line["mean"], emphasis=emphasis(line, "down")),
                interval_cell(line["low"], line["high"], "one repetition"),
                p_cell(line["p_value"]),
                line["n"],
            ]
            for line in part.to_dict("records")
        ]
        groups.append(Group(rows, title=_title(part), setting=_setting(part)))
    caption = (
        "Taylor less uniform points. Both networks of a repetition have the initial points and the "
        "initial parameters in common, so that their errors are paired."
    )
    return Table(f"{TITLES[name]}, paired", caption, PAIRED_COLUMNS, groups)


def _title(part: pd.DataFrame) -> str:
    row, entry = str(part["row"].iloc[0]), str(part["entry"].iloc[0])
    return row if row == entry else f"{row}, here by {entry}"


def _setting(part: pd.DataFrame) -> Setting:
    scale = str(part["scale"].iloc[0])
    return Setting(str(part["function"].iloc[0]), "" if scale == "not in the paper" else scale)


def _verdicts(table: pd.DataFrame, paired: pd.DataFrame) -> Iterator[Verdict]:
    """For each row and error: do Taylor points lower it?"""
    uniform = table[table["sampling"] == "uniform"].set_index(["row", "metric"])["mean"]
    p_values = adjusted(paired["p_value"])
    for line, p in zip(paired.to_dict("records"), p_values, strict=True):
        yield _verdict(line, uniform.get((line["row"], line["metric"])), float(p))


def _verdict(line: Mapping[Any, Any], uniform: float | None, p: float) -> Verdict:
    """p : corrected for the number of verdicts of the table."""
    low, high, mean = line["low"], line["high"], line["mean"]
    error = (
        "worst squared error over time, mean over the map,"
        if line["metric"] == "ael - aeg"
        else ERRORS[line["metric"]]
    )
    start = f"`{line['row']}`:"
    if pd.isna(low):
        return Verdict(f"{start} one repetition only, {mean:+.2g} in the {error}.", "open")
    share = f"{abs(mean) / uniform:.0%} of it; ".replace("%", " %") if uniform else ""
    interval = (
        f"95 % interval {low:+.2g} to {high:+.2g}, corrected p {p_text(p)}, "
        f"n = {line['n']} repetitions"
    )
    found = direction(low, high, p)
    if not found:
        text = (
            f"{start} no difference between the samplings can be told in the {error} ({interval})."
        )
        return Verdict(text, "open")
    tone: Literal["for", "against"] = "for" if found == "down" else "against"
    does = "lower" if tone == "for" else "raise"
    text = f"{start} Taylor points {does} the {error} by {abs(mean):.2g} ({share}{interval})."
    return Verdict(text, tone)
