"""The summary page's part on maximum likelihood: figure 3 in numbers, and intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, emphasis, p_text, percent
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict

METHODS = {
    "true simulator": "true simulator",
    "without_gradients": "without gradients",
    "with_gradients": "with gradients",
}
_SETS = "± half-width of its 95 % interval over the sets of observations"
_DRAWS = "± half-width of its 95 % interval over the draws"
ERROR_COLUMNS = (
    Column("samples", "of the surrogates", numeric=True),
    Column("outputs"),
    Column("error", f"|theta_hat - theta| by the mean outputs, {_SETS}", numeric=True),
    Column("distance", f"from the true simulator's estimate, {_SETS}", numeric=True),
    Column("error alone", f"by each draw's surrogate, {_DRAWS}", numeric=True),
    Column("distance alone", f"by each draw's surrogate, {_DRAWS}", numeric=True),
)
GAIN_COLUMNS = (
    Column("samples", "of the surrogates", numeric=True),
    Column("of"),
    Column("with less without", numeric=True),
    Column("95 % interval", "bootstrap over the draws"),
    Column("p", "Wilcoxon signed-rank test, two-sided", numeric=True, decimals=3),
    Column("n", "draws of training samples", numeric=True),
)
INTERVAL_COLUMNS = (
    Column("outputs"),
    Column("parameter"),
    Column("holds the truth", "bootstrap", numeric=True),
    Column("holds the truth", "chi-square", numeric=True),
    Column("width", "bootstrap, mean", numeric=True),
    Column("width", "chi-square, mean", numeric=True),
    Column("threshold", "bootstrap, mean; chi-square has 3.84 at 95 %", numeric=True),
    Column("n", "sets of observations", numeric=True),
)


def likelihood_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `parameter_errors`, `parameter_gains`, `likelihood_intervals`."""
    errors, gains = tables["parameter_errors"], tables["parameter_gains"]
    intervals = tables.get("likelihood_intervals")
    shown = [_errors_table(errors), _gains_table(gains)]
    verdicts = list(_gains(errors, gains))
    if intervals is not None:
        shown.append(_intervals_table(intervals))
        verdicts += _coverage(intervals)
    return shown, verdicts


def _groups(table: pd.DataFrame) -> Iterator[tuple[str, Setting, pd.DataFrame]]:
    """The truths, each with its title, its setting and its lines."""
    for truth, part in table.groupby("truth", sort=False):
        yield f"truth {truth}", Setting("", str(part["scale"].iloc[0])), part


def _errors_table(errors: pd.DataFrame) -> Table:
    groups = [
        Group([_error_row(line) for line in part.to_dict("records")], title=title, setting=setting)
        for title, setting, part in _groups(errors)
    ]
    return Table(
        "Figure 3: maximum likelihood with surrogates",
        f"Errors of the most likely parameters in {errors['n'].iloc[0]} sets of observations, by "
        f"surrogates of {int(errors['draws'].max())} draws, modulo the exchange of interchangeable "
        "parameters. Where "
        "a truth is not identifiable, an error of the surrogate can hide in that of the noise, or "
        "even make up for it: the distance from what the true simulator finds in the same "
        "observations cannot.",
        ERROR_COLUMNS,
        groups,
    )


def _error_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    def mean(name: str, half_width: str) -> Cell:
        if pd.isna(line[name]):
            return Cell(None)
        half = line[half_width]
        return Cell(line[name], error=None if pd.isna(half) else half)

    single = pd.isna(line["samples"])
    return [
        Cell(None) if single else Cell(int(line["samples"])),
        METHODS[line["method"]],
        mean("error", "half_width"),
        mean("distance", "distance_half_width"),
        mean("alone_error", "alone_error_half_width"),
        mean("alone_distance", "alone_distance_half_width"),
    ]


def _gains_table(gains: pd.DataFrame) -> Table:
    groups = [
        Group([_gain_row(line) for line in part.to_dict("records")], title=title, setting=setting)
        for title, setting, part in _groups(gains)
    ]
    return Table(
        "Figure 3: with gradients less without",
        "By draw of training samples, of surrogates that estimate alone: the draws are "
        "replications of a method, as further sets of observations are not. Below 0, gradients "
        "help.",
        GAIN_COLUMNS,
        groups,
    )


def _gain_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    return [
        Cell(line["samples"]),
        line["of"],
        Cell(line["mean"], emphasis=emphasis(line, "down")),
        interval_cell(line["low"], line["high"], "one draw"),
        p_cell(line["p_value"]),
        Cell(line["n"]),
    ]


def _intervals_table(intervals: pd.DataFrame) -> Table:
    groups = []
    for title, setting, part in _groups(intervals):
        rows = [
            _interval_row(own.set_index("calibration"))
            for _, own in part.groupby(["method", "parameter"], sort=False)
        ]
        groups.append(Group(rows, title=title, setting=setting))
    level, size = intervals["level"].iloc[0], intervals["samples"].iloc[0]
    return Table(
        "Confidence intervals",
        f"Intervals by the likelihood ratio, at {percent(level)}, of surrogates of {size} samples "
        "and of the true simulator: their threshold by a parametric bootstrap, or "
        "chi-square's. A surrogate's own error is part of neither.",
        INTERVAL_COLUMNS,
        groups,
    )


def _interval_row(own: pd.DataFrame) -> list[Cell | str]:
    first, both = own.iloc[0], ("bootstrap", "chi-square")
    n = int(first["n"])
    held = [round(own["held"][name] * n) for name in both]
    return [
        METHODS[str(first["method"])],
        str(first["parameter"]),
        *(Cell(count, text=f"{count} of {n}") for count in held),
        *(Cell(float(own["width"][name])) for name in both),
        Cell(float(own["threshold"]["bootstrap"])),
        Cell(n),
    ]


def _gains(errors: pd.DataFrame, gains: pd.DataFrame) -> Iterator[Verdict]:
    """Figure 3's claim, truth by truth, over all numbers of samples."""
    means = errors.set_index(["truth", "samples", "method"]).to_dict("index")
    tested = gains.assign(p=adjusted(gains["p_value"]))
    for (truth, of), part in tested.groupby(["truth", "of"], sort=False):
        said, found = [], []
        for line in part.to_dict("records"):
            without, helped = (
                means[truth, line["samples"], method][f"alone_{of}"]
                for method in ("without_gradients", "with_gradients")
            )
            found.append(direction(line["low"], line["high"], line["p"]))
            p = "p not known" if pd.isna(line["p"]) else f"p {p_text(line['p'])}"
            said.append(f"{helped:.2g} for {without:.2g} at {line['samples']} samples ({p})")
        what = "error" if of == "error" else "distance from the true simulator's estimate"
        text = (
            f"Truth {truth}: the {what} is, with gradients for without, {', '.join(said)}; lower "
            f"beyond doubt (corrected p at most 0.05) at {found.count('down')} of {len(found)} "
            f"sizes, higher at {found.count('up')} (n = {part['n'].min()} draws)."
        )
        yield Verdict(text, _tone(found))


def _tone(found: Sequence[str]) -> Literal["for", "against", "open"]:
    if "up" in found:
        return "against"
    return "for" if found.count("down") == len(found) else "open"


def _coverage(intervals: pd.DataFrame) -> Iterator[Verdict]:
    """How often bootstrap intervals hold the truth, parameter by parameter: a set's go together."""
    own = intervals[intervals["calibration"] == "bootstrap"]
    for truth, part in own.groupby("truth", sort=False):
        said = [
            f"{METHODS[str(method)]} "
            + ", ".join(
                f"{line['parameter']} in {round(line['held'] * line['n'])}"
                for line in lines.to_dict("records")
            )
            for method, lines in part.groupby("method", sort=False)
        ]
        first = part.iloc[0]
        yield Verdict(
            f"Truth {truth}: intervals calibrated by bootstrap hold it, of sets of observations "
            f"that number {first['n']}: {'; '.join(said)}. Due is {percent(first['level'])}.",
            "open",
        )
