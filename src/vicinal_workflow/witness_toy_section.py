"""The summary page's part on the toy sets: rates, kernels against one another, level and rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import adjusted, emphasis
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_toy_names import DENSITIES, METHODS, NAMES, RATES
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
    "false_discoveries": Column(
        "false discoveries",
        f"significant ones with hardly a difference or the wrong sign; {_HALF}",
        True,
        3,
    ),
}
RATE_COLUMNS = (
    Column("kernel"),
    Column("sigma", numeric=True),
    *_SHARES.values(),
    Column("detected", "the same, at p-values of at most the level", True, 3),
    Column("false positives", "the same, at p-values of at most the level", True, 3),
    Column("n", "draws", numeric=True),
)
PAIR_COLUMNS = (
    Column("first less second"),
    Column("detected", numeric=True, decimals=3),
    Column("95 % interval", numeric=True),
    Column("p", "of no difference", numeric=True),
    Column("false positives", numeric=True, decimals=3),
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
            shown = [("threshold", rate) for rate in RATES]
            shown += [("level", rate) for rate in RATES[:2]]
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
        "test is not wrong that there is a difference, but where. A kernel's own best sigma is "
        "that of the highest detection rate on other draws.",
        RATE_COLUMNS,
        groups,
    )


def _mean_cell(line: Mapping[Any, Any] | None) -> Cell:
    if line is None:
        return Cell(None, title="the densities are the same")
    return Cell(float(line["mean"]), error=float(line["half_width"]))


def _paired_table(paired: pd.DataFrame) -> Table:
    """p-values are corrected for all of the table."""
    own = paired[paired["metric"].isin(RATES[:2])]
    own = own.assign(p_value=adjusted(own["p_value"]))
    groups = []
    for rule, part in own.groupby("rule", sort=False):
        rows: list[list[Cell | str]] = []
        for (method, against), lines in part.groupby(["method", "against"], sort=False):
            by_rate = lines.set_index("metric").to_dict("index")
            row: list[Cell | str] = [f"{NAMES[str(method)]} − {NAMES[str(against)]}"]
            for rate, better in (("detection", "up"), ("false_positives", "down")):
                row += _difference_cells(by_rate[rate], better)  # type: ignore[arg-type]
            rows.append([*row, Cell(int(by_rate["detection"]["n"]))])
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


def _difference_cells(line: Mapping[Any, Any], better: Literal["up", "down"]) -> list[Cell | str]:
    return [
        Cell(float(line["mean"]), emphasis=emphasis(line, better)),
        interval_cell(line["low"], line["high"], "a single draw"),
        p_cell(line["p_value"]),
    ]


def _calibration_table(calibration: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            NAMES[line["kernel"]],
            "all" if pd.isna(line["x"]) else f"({line['x']:g}, {line['y']:g})",
            Cell(float(line["share"])),
            _range_cell(line),
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


def _range_cell(line: Mapping[Any, Any]) -> Cell:
    if pd.isna(line["low"]):
        return Cell(None, title="no interval")
    return Cell(float(line["low"]), text=f"{line['low']:.3f} to {line['high']:.3f}")


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
        "the error should fall at least as fast as the bound; with n kept it stops falling at the "
        "error that no sample removes. Slopes are fitted to each repetition. The exponent, "
        "gamma / (2 q + 2 gamma) of log(N) / N, follows from the theorem's argument: its formulas "
        "are not legible. p-values are not corrected.",
        SLOPE_COLUMNS,
        [Group(rows, setting=_setting(slopes, "known densities"))],
    )


def _kept(line: Mapping[Any, Any]) -> str:
    if pd.isna(line["n_kept"]):
        return f"{line['n_first']} to {line['n_last']}"
    return f"{line['n_first']}, kept"
