"""The summary page's part on the toy sets: rates, kernels against one another, level and rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal_workflow.evidence import adjusted, emphasis
from vicinal_workflow.evidence_cells import interval_cell, p_cell, range_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_toy_names import COMPARED, DENSITIES, METHODS, NAMES
from vicinal_workflow.witness_toy_verdicts import toy_verdicts

Tables = Mapping[str, pd.DataFrame]

RULES = {"threshold": "the paper's threshold", "level": "p-value at its level"}
_HALF = "mean over the draws, 95 % interval"
_SHARES = {
    "detection": Column("detected", f"of the points where densities differ; {_HALF}", True, 3),
    "false_positives": Column(
        "false positives",
        f"significant, of the points where densities hardly differ; {_HALF}",
        True,
        3,
    ),
    "wrong_sign": Column(
        "wrong sign",
        f"significant for the set that is less dense there, of all points; {_HALF}",
        True,
        3,
    ),
    "false_discoveries": Column(
        "false discoveries",
        "of the significant ones where densities differ or hardly do, those with the wrong sign or "
        f"hardly a difference; {_HALF}",
        True,
        3,
    ),
}
# False discoveries are in the paired table and in the csv file: one column more is wider than
# the page.
_SHOWN = ("detection", "false_positives", "wrong_sign")
RATE_COLUMNS = (
    Column("kernel"),
    Column("sigma", numeric=True),
    *(_SHARES[rate] for rate in _SHOWN),
    Column("detected", "the same, at p-values of at most the level", True, 3),
    Column("false positives", "the same, at p-values of at most the level", True, 3),
    Column("n", "draws", numeric=True),
)
PAIR_COLUMNS = (
    Column("first less second"),
    Column("rate"),
    Column("first", numeric=True, decimals=3),
    Column("second", numeric=True, decimals=3),
    Column("difference", numeric=True, decimals=3),
    Column("95 % interval", numeric=True),
    Column("p", "of no difference", numeric=True),
    Column("n", "draws", numeric=True),
)
CALIBRATION_COLUMNS = (
    Column("kernel"),
    Column("point"),
    Column("share", "of p-values at most the level", numeric=True, decimals=3),
    Column("95 % interval", numeric=True),
    Column("expected", "by the number of permutations", numeric=True, decimals=3),
    Column("p", "of the share's being as expected", numeric=True),
    Column("n", "independent draws", numeric=True),
)
SLOPE_COLUMNS = (
    Column("density"),
    Column("gamma", "derivatives by which n is chosen", numeric=True),
    Column("n", "at the least and the largest number of samples"),
    Column("error", "mean, at the largest number of samples", numeric=True),
    Column("slope", "of log error over log N", numeric=True, decimals=3),
    Column("95 % interval", numeric=True),
    Column("theorem 3.1", "slope of its bound over the same numbers", True, 3),
    Column("p", "of both slopes' being equal", numeric=True),
    Column("runs", "repetitions", numeric=True),
)


def witness_toy_section(
    tables: Tables, comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from the tables that the stage wrote, by name.

    comparison : the study's lines; the paper has no number of this part.
    """
    rates, paired = tables["toy_rates"], tables["toy_paired"]
    calibration, slopes = tables["toy_calibration"], tables["toy_densities"]
    shown = [
        _rates_table(rates),
        _paired_table(paired),
        _calibration_table(calibration),
        _slopes_table(slopes),
    ]
    return shown, toy_verdicts(rates, paired, calibration, slopes)


def _setting(table: pd.DataFrame, data: str = "circle and ellipse") -> Setting:
    return Setting(data, str(table["scale"].iloc[0]))


def _rates_table(rates: pd.DataFrame) -> Table:
    groups = []
    for difference, own in rates.groupby("difference", sort=False):
        lines = {(x["method"], x["rule"], x["metric"]): x for x in own.to_dict("records")}
        rows: list[list[Cell | str]] = []
        for method in METHODS:
            shown = [("threshold", rate) for rate in _SHOWN]
            shown += [("level", rate) for rate in ("detection", "false_positives")]
            first = lines[method, "threshold", "false_positives"]
            cells = [_mean_cell(lines.get((method, *key))) for key in shown]
            rows.append([NAMES[method], Cell(first["sigma"]), *cells, Cell(int(first["n"]))])
        groups.append(Group(rows, title=f"difference {difference:g}", setting=_setting(own)))
    return Table(
        "Section 5.1: detections and false positives",
        "First by the paper's threshold, then by the p-value. A point counts as detected with the "
        "right sign only. False positives are of all points where the sets are the same; else of "
        "those where the densities differ by a small share of their largest difference. Nearly all "
        "of these lie off both sets, where a small difference can still be a large ratio: such a "
        "test is not wrong that there is a difference, but where. Best by detections is, on other "
        "draws, the sigma of most detections among those with no more false positives than the "
        "Hermite kernel has at the common sigma: the same rule for both kernels. It leaves wrong "
        "signs as they come.",
        RATE_COLUMNS,
        groups,
    )


def _mean_cell(line: Mapping[Any, Any] | None) -> Cell:
    if line is None:
        return Cell(None, title="the densities are the same")
    return Cell(float(line["mean"]), error=float(line["half_width"]))


def _paired_table(paired: pd.DataFrame) -> Table:
    """p-values are corrected for all of the table."""
    own = paired.assign(p_value=adjusted(paired["p_value"]))
    groups = []
    for rule, part in own.groupby("rule", sort=False):
        rows = [_paired_row(line) for line in part.to_dict("records")]
        groups.append(Group(rows, title=RULES[str(rule)], setting=_setting(part)))
    return Table(
        "Hermite against Gaussian, draw by draw",
        "Differences of shares, in the mean over all differences above 0. Draws of the same number "
        "count once: samples, points and permutations are the same for both. Coloured where the "
        "interval (Student) excludes zero and p, corrected for all of the table (Benjamini and "
        "Hochberg), is at most 0.05.",
        PAIR_COLUMNS,
        groups,
    )


def _paired_row(line: Mapping[Any, Any]) -> list[Cell | str]:
    return [
        f"{NAMES[line['method']]} − {NAMES[line['against']]}",
        _SHARES[line["metric"]].title,
        Cell(float(line["first"])),
        Cell(float(line["second"])),
        Cell(float(line["mean"]), emphasis=emphasis(line, COMPARED[line["metric"]])),
        interval_cell(line["low"], line["high"], "a single draw"),
        p_cell(line["p_value"]),
        Cell(int(line["n"])),
    ]


def _calibration_table(calibration: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            NAMES[line["kernel"]],
            "all" if pd.isna(line["x"]) else f"({line['x']:g}, {line['y']:g})",
            Cell(float(line["share"])),
            range_cell(line["low"], line["high"], "{:.3f}".format, "no interval"),
            Cell(float(line["expected"])),
            p_cell(line["p_value"]),
            Cell(int(line["n"])),
        ]
        for line in calibration.to_dict("records")
    ]
    level = calibration["level"].iloc[0]
    return Table(
        "p-values where both sets are the same",
        f"Share of independent draws of two circles in which the p-value at a fixed point is at "
        f"most {level:g}, at the common sigma. At a point the interval is Clopper's and Pearson's; "
        "over all points, which are dependent, it is Student's over the draws' shares. p-values "
        "are not corrected.",
        CALIBRATION_COLUMNS,
        [Group(rows, setting=_setting(calibration, "two circles"))],
    )


def _slopes_table(slopes: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            DENSITIES[line["density"]],
            Cell(line["gamma"]),
            _kept(line),
            Cell(float(line["last_error"])),
            Cell(float(line["slope"])),
            interval_cell(line["low"], line["high"], "a single repetition"),
            Cell(line["bound"]),
            p_cell(line["p_value"]),
            Cell(int(line["n"])),
        ]
        for line in slopes.to_dict("records")
    ]
    return Table(
        "Theorem 3.1: how errors fall with the number of samples",
        "Largest error of the estimated density on a grid. With n growing as the theorem has it, "
        "the error should fall at least as fast as the bound. With n kept, an error stays that no "
        "sample removes, the larger the smaller n is; whether it is reached at these numbers of "
        f"samples, the slopes show. Steepest: {_steepest(slopes)}. Slopes are fitted to each "
        "repetition. gamma is our choice where a density has all derivatives. The exponent, "
        "gamma / (2 q + 2 gamma) of log(N) / N, follows from the theorem's argument: its formulas "
        "are not legible. p-values are not corrected.",
        SLOPE_COLUMNS,
        [Group(rows, setting=_setting(slopes, "known densities"))],
    )


def _steepest(slopes: pd.DataFrame) -> str:
    """Of each density, the n of which errors fall fastest."""
    lines = slopes.loc[slopes.groupby("density", sort=False)["slope"].idxmin()].to_dict("records")
    said = [
        f"{DENSITIES[line['density']]}, n = {_kept(line)} ({line['slope']:.2f})" for line in lines
    ]
    return "; ".join(said)


def _kept(line: Mapping[Any, Any]) -> str:
    if pd.isna(line["n_kept"]):
        return f"{line['n_first']} to {line['n_last']}"
    return f"{line['n_first']}, kept"
