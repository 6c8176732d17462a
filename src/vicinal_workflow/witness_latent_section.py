"""The summary page's part on the latent plane: which decoded points and prototypes are good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from vicinal_workflow.evidence import emphasis, known
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_latent_names import (
    AGREEMENT,
    ALL,
    ALL_CODES,
    BEST,
    CLASS_ONLY,
    CONFIDENCE,
    CURVE,
    DROPPED,
    EQUAL,
    GAUSSIAN,
    GAUSSIAN_BEST,
    GAUSSIAN_CLASS_ONLY,
    HERMITE,
    HERMITE_BEST,
    JUDGED,
    KEPT,
    KERNELS,
    LEVEL_OF_THRESHOLD,
    METHODS,
    NEARBY,
    RECONSTRUCTIONS,
    SIGNIFICANT_ONLY,
    THRESHOLD,
    TRIMMED,
    TRUE_IMAGES,
)
from vicinal_workflow.witness_latent_verdicts import latent_verdicts

Line = Mapping[Any, Any]
NAMES = {
    HERMITE: "Hermite kernel",
    GAUSSIAN: "Gaussian kernel, same σ",
    HERMITE_BEST: "Hermite kernel, own best σ (accuracy on half the codes)",
    GAUSSIAN_BEST: "Gaussian kernel, own best σ (accuracy on half the codes)",
    TRUE_IMAGES: "true test images",
    RECONSTRUCTIONS: "test images, decoded from their codes",
}
CODES = {
    ALL_CODES: "all codes of the class",
    HERMITE: "significant and given their own class, Hermite kernel",
    SIGNIFICANT_ONLY: "significant, for whichever class, Hermite kernel",
    CLASS_ONLY: "given their own class, significant or not, Hermite kernel",
    TRIMMED: "as many as in the second row, nearest to the class's mean",
    GAUSSIAN: "significant and given their own class, Gaussian kernel",
    GAUSSIAN_CLASS_ONLY: "given their own class, significant or not, Gaussian kernel",
}
_SHORT = {
    ALL_CODES: "all codes",
    HERMITE: "Hermite, both",
    SIGNIFICANT_ONLY: "Hermite, significant",
    CLASS_ONLY: "Hermite, own class",
    TRIMMED: "nearest to the mean",
    GAUSSIAN: "Gaussian, both",
    GAUSSIAN_CLASS_ONLY: "Gaussian, own class",
}
MEASURED = {
    AGREEMENT: "in the witness's class",
    CONFIDENCE: "classifier's confidence",
    NEARBY: "with a code nearby",
}
CHOSEN = {
    THRESHOLD: "beyond the threshold",
    EQUAL: "as many as Hermite keeps",
    CURVE: "mean over all shares kept",
}
_HALF_WIDTH = "± half-width of its 95 % interval over the autoencoders"
POINT_COLUMNS = (
    Column("points kept by"),
    Column("σ", "mean of the autoencoders'", numeric=True, decimals=2),
    Column("kept", f"% of the grid's points, {_HALF_WIDTH}", numeric=True, decimals=1),
    Column("in class: kept", f"% that the classifier gives the witness's class, {_HALF_WIDTH}",
           numeric=True, decimals=1),
    Column("dropped", "the same of the points that are not kept", numeric=True, decimals=1),
    Column("confidence: kept", f"classifier's largest probability, %, {_HALF_WIDTH}",
           numeric=True, decimals=1),
    Column("dropped", "the same of the points that are not kept", numeric=True, decimals=1),
    Column("nearby: kept", f"% with a training image's code within a step of the grid, "
           f"{_HALF_WIDTH}", numeric=True, decimals=1),
    Column("n", "autoencoders", numeric=True),
)  # fmt: skip
PAIRED_COLUMNS = (
    Column("compared"),
    Column("points"),
    Column("measured is"),
    Column("mean difference", "percentage points", numeric=True, decimals=1),
    Column("95 % interval", "Student, over the autoencoders"),
    Column("p", "t-test, two-sided, not corrected", numeric=True, decimals=3),
    Column("n", "autoencoders", numeric=True),
)
PROTOTYPE_COLUMNS = (
    Column("prototypes of"),
    Column("codes used", "% of those tested", numeric=True, decimals=1),
    Column("prototypes", "of classes that have some by all rows", numeric=True, decimals=0),
    Column("in class", f"% that the classifier gives their class, {_HALF_WIDTH}", numeric=True,
           decimals=1),
    Column("confidence", f"classifier's largest probability, %, {_HALF_WIDTH}", numeric=True,
           decimals=1),
    Column("n", "autoencoders", numeric=True),
)  # fmt: skip


def witness_latent_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from `latent_points`, `latent_paired` and `latent_prototypes`.

    comparison : the study's lines; the paper's section has none.
    """
    points, paired, prototypes = (
        tables[f"latent_{name}"] for name in ("points", "paired", "prototypes")
    )
    shown = [_points_table(points), _prototypes_table(prototypes), _paired_table(paired)]
    return shown, list(latent_verdicts(paired, points, prototypes))


def _setting(table: pd.DataFrame) -> Setting:
    return Setting(str(table["data"].iloc[0]), str(table["scale"].iloc[0]))


def _percent(line: Line | None, column: str) -> Cell:
    if line is None or pd.isna(line[column]):
        return Cell(None, title="there are no such points")
    half = known(line[f"{column}_half_width"])
    return Cell(100 * line[column], error=None if half is None else 100 * half)


def _points_table(points: pd.DataFrame) -> Table:
    keys = ["method", "selection", "side"]
    lines: dict[Any, Line] = {tuple(row[k] for k in keys): row for row in points.to_dict("records")}
    setting = _setting(points)
    groups = [
        Group(
            [_point_row(NAMES[method], lines, method, selection) for method in METHODS],
            title=title,
            setting=setting,
        )
        for selection, title in (
            (THRESHOLD, "beyond the paper's threshold"),
            (EQUAL, "as many as the Hermite kernel keeps, by falling ratio to the threshold"),
        )
    ]
    whole = {HERMITE: "all points of the grid, classes by the Hermite kernel"}
    whole |= {name: NAMES[name] for name in (RECONSTRUCTIONS, TRUE_IMAGES)}
    rows = [_whole_row(text, lines[name, THRESHOLD, ALL]) for name, text in whole.items()]
    groups.append(Group(rows, title="for comparison: nothing is dropped", setting=setting))
    return Table(
        "Figure 2: decoded points of the latent plane",
        "A classifier that was trained on true images judges what is decoded from the points of a "
        "grid: how often it sees the class that the witness gives the point, and how sure it is. "
        f"Of test images it is their own class. {LEVEL_OF_THRESHOLD}",
        POINT_COLUMNS,
        groups,
    )


def _point_row(
    name: str, lines: Mapping[Any, Line], method: str, selection: str
) -> list[Cell | str]:
    kept = lines[method, selection, KEPT]
    dropped = lines.get((method, selection, DROPPED))
    measured = [_percent(line, measure) for measure in JUDGED for line in (kept, dropped)]
    measured.append(_percent(kept, NEARBY))
    return [name, Cell(kept["sigma"]), _percent(kept, "share"), *measured, Cell(kept["n"])]


def _whole_row(name: str, line: Line) -> list[Cell | str]:
    agreement, confidence, nearby = (_percent(line, measure) for measure in MEASURED)
    nothing = Cell(None, title="nothing is dropped")
    none = Cell(None, title="no kernel decides")
    return [name, none, none, agreement, nothing, confidence, nothing, nearby, Cell(line["n"])]


def _prototypes_table(prototypes: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            CODES[line["codes"]],
            _percent(line, "used"),
            Cell(line["prototypes"]),
            _percent(line, "agreement"),
            _percent(line, "confidence"),
            Cell(line["n"]),
        ]
        for line in prototypes.to_dict("records")
    ]
    return Table(
        "Figure 3: prototypes of the classes",
        "Means of a Gaussian mixture of each class's codes, decoded and judged by the classifier. "
        "A code is in the significant region of its class where the witness is beyond the paper's "
        "threshold and gives it that class: two conditions, the second of which uses the code's "
        "own label. Other rows have either by itself, and as many codes chosen without a witness.",
        PROTOTYPE_COLUMNS,
        [Group(rows, setting=_setting(prototypes))],
    )


def _paired_table(paired: pd.DataFrame) -> Table:
    rows: list[list[Cell | str]] = [
        [
            _compared(line),
            CHOSEN.get(line["selection"], "prototypes"),
            MEASURED[line["measure"]] if line["what"] != "prototypes" else _of(line["measure"]),
            Cell(None if pd.isna(line["mean"]) else 100 * line["mean"], emphasis=_emphasis(line)),
            interval_cell(100 * line["low"], 100 * line["high"], "one autoencoder"),
            p_cell(line["p_value"]),
            Cell(line["n"]),
        ]
        for line in paired.to_dict("records")
    ]
    return Table(
        "Figures 2 and 3, paired",
        "Differences within an autoencoder: what is compared has codes, classes, permutations and "
        "classifier in common. Differences between kernels are coloured only where both keep "
        "equally many.",
        PAIRED_COLUMNS,
        [Group(rows, setting=_setting(paired))],
    )


def _emphasis(line: Line) -> Literal["", "for", "against"]:
    """A kernel that keeps less has it easier: between kernels only equal numbers count."""
    kernels = {line["first"], line["second"]} in ({*KERNELS}, {*BEST})
    return "" if kernels and line["selection"] not in (EQUAL, CURVE) else emphasis(line)


def _of(measure: str) -> str:
    return "in their class" if measure == AGREEMENT else MEASURED[measure]


def _compared(line: Line) -> str:
    if line["what"] == "sides":
        return "Hermite: kept less dropped"
    if line["what"] == "kernels":
        best = line["first"] == HERMITE_BEST
        return f"Hermite less Gaussian, {'each at its best σ' if best else 'same σ'}"
    return f"{_SHORT[line['first']]}, less {_SHORT[line['second']]}"
