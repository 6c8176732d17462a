"""The summary page's part on rejection by the last hidden layer: section 5.3 in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from vicinal.figures.witness_rejection import STYLES
from vicinal_workflow.evidence import adjusted, direction, emphasis, known, p_text
from vicinal_workflow.evidence_cells import interval_cell, p_cell
from vicinal_workflow.page import Cell, Column, Group, Setting, Table, Verdict
from vicinal_workflow.witness_rejection_names import (
    AGREEING,
    CHOSEN,
    GAUSSIAN,
    HERMITE,
    RANDOM,
    SCORES,
    SOFTMAX_GAP,
    WITNESSES,
    witness_score,
)
from vicinal_workflow.witness_rejection_tables import AREA, COVERAGES

NAMES = {name: style.label for name, style in STYLES.items()} | {
    RANDOM: "all points, or any of them by chance",
    "all": "that of all points",
}
AGREEING_CHOSEN = witness_score(HERMITE, AGREEING, CHOSEN)
_HALF = "± half-width of its 95 % interval over the networks"
SCORE_COLUMNS = (
    Column("kept first by"),
    Column("AURC", f"mean error over all shares kept, %, {_HALF}", numeric=True, decimals=2),
    *(
        Column(f"error at {share} %", f"of the {share} % kept first, %, {_HALF}", True, 2)
        for share in COVERAGES
    ),
)
KEPT_COLUMNS = (
    Column("witness"),
    Column("σ", "in median distances between nearest neighbours", numeric=True, decimals=2),
    Column("kept", "of the points, %", numeric=True, decimals=1),
    Column("error", "of the network, of those kept, %", numeric=True, decimals=2),
    Column("kept that agree", "of the points, %", numeric=True, decimals=1),
    Column("error", "of the network, of those, %", numeric=True, decimals=2),
    Column("agreement", "of the witness's class with the network's, all points, %", True, 2),
    Column("of the kept", "agreement among them, %", numeric=True, decimals=2),
    Column("of the surest half", "agreement in it, %", numeric=True, decimals=2),
)
PAIRED_COLUMNS = (
    Column("kept first by"),
    Column("less"),
    Column("AURC", "difference, percentage points; below 0 the first is better", True, 3),
    Column("95 % interval", "Student, over the networks"),
    Column("p", "corrected for all of the table", numeric=True, decimals=3),
    Column("n", "networks", numeric=True),
)


@dataclass(frozen=True)
class Claim:
    """A difference of one table line that the page puts in words.

    up, down, open : what a rise, a fall, and neither say.     expected : where the claim holds.
    """

    score: str
    against: str
    metric: str
    expected: str
    up: str
    down: str
    open: str


CLAIMS = (
    Claim(
        HERMITE, RANDOM, AREA, "down",
        "keeping what the Hermite witness is sure of raises the error, against the paper's claim",
        "keeping what the Hermite witness is sure of lowers the error, as the paper claims",
        "that keeping what the Hermite witness is sure of lowers the error cannot be told",
    ),
    Claim(
        HERMITE, "all", "agreement_half", "up",
        "where the Hermite witness is surest its class is more often the network's, as the paper "
        "says",
        "where the Hermite witness is surest its class is less often the network's, against the "
        "paper",
        "that the Hermite witness agrees more with the network where it is surest cannot be told",
    ),
    Claim(
        HERMITE, SOFTMAX_GAP, AREA, "down",
        "the network's own soft-max gap rejects better than the Hermite witness",
        "the Hermite witness rejects better than the network's own soft-max gap",
        "between the Hermite witness and the network's own soft-max gap no difference can be told",
    ),
    Claim(
        HERMITE, GAUSSIAN, AREA, "down",
        "the Gaussian kernel rejects better than the Hermite kernel at the same σ",
        "the Hermite kernel rejects better than the Gaussian kernel at the same σ",
        "between the Hermite and the Gaussian kernel at the same σ no difference can be told",
    ),
    Claim(
        f"{HERMITE}{CHOSEN}", f"{GAUSSIAN}{CHOSEN}", AREA, "down",
        "the Gaussian kernel rejects better than the Hermite kernel, each at its σ of least AURC "
        "on other data",
        "the Hermite kernel rejects better than the Gaussian kernel, each at its σ of least AURC "
        "on other data",
        "between both kernels, each at its σ of least AURC on other data, no difference can be "
        "told",
    ),
    Claim(
        AGREEING_CHOSEN, SOFTMAX_GAP, AREA, "down",
        "the soft-max gap rejects better than a Hermite witness, at its σ of least AURC on other "
        "data, that must agree with the network (not in the paper)",
        "a Hermite witness, at its σ of least AURC on other data, that must agree with the network "
        "(not in the paper) rejects better than the soft-max gap",
        "between a Hermite witness, at its σ of least AURC on other data, that must agree with the "
        "network (not in the paper) and the soft-max gap no difference can be told",
    ),
)  # fmt: skip


def witness_rejection_section(
    tables: Mapping[str, pd.DataFrame], comparison: pd.DataFrame
) -> tuple[list[Table], list[Verdict]]:
    """Tables and verdicts from the tables that the stage wrote, by name."""
    scores, kept = tables["rejection_scores"], tables["rejection_kept"]
    paired = tables["rejection_paired"]
    shown = [_scores_table(scores, kept), _kept_table(kept), _paired_table(paired)]
    return shown, list(_verdicts(paired, scores, kept))


def _groups(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, Setting, str]]:
    for experiment, own in table.groupby("experiment", sort=False):
        setting = Setting(str(own["data"].iloc[0]), str(own["scale"].iloc[0]))
        networks = int(own["n"].max())
        remark = f"{networks} networks" if networks > 1 else "1 network: no interval"
        yield str(experiment), own, setting, remark


def _cell(lines: Mapping[Any, Mapping[Any, Any]], key: tuple[str, str], note: str = "") -> Cell:
    if key not in lines:
        return Cell(None, title="nothing is kept")
    line = lines[key]
    return Cell(float(line["mean"]), error=known(line["half_width"]), note=note)


def _choice(kept: pd.DataFrame, experiment: str) -> str:
    """What the choice of σ rests on: predictions that are not the test points."""
    own = kept[(kept["experiment"] == experiment) & (kept["score"] == f"{HERMITE}{CHOSEN}")]
    lines = own.set_index("metric")
    sums = lines["mean"] * lines["n"]
    errors, points = (round(sums[f"choosing_{name}"]) for name in ("errors", "points"))
    return f"σ chosen on {errors} errors among {points} predictions in all"


def _scores_table(scores: pd.DataFrame, kept: pd.DataFrame) -> Table:
    metrics = (AREA, *(f"error_{share}" for share in COVERAGES))
    groups = []
    for experiment, own, setting, remark in _groups(scores):
        lines = {(line["score"], line["metric"]): line for line in own.to_dict("records")}
        rows: list[list[Cell | str]] = [
            [NAMES[score], *(_cell(lines, (score, metric)) for metric in metrics)]
            for score in (*SCORES, RANDOM)
        ]
        remark = f"{remark}; {_choice(kept, experiment)}"
        groups.append(Group(rows, title=experiment, remark=remark, setting=setting))
    return Table(
        "Figure 4: errors among the predictions that are kept",
        "Of the network's predictions on test data, those are kept first of which a score is "
        "surest. A witness's score is F over its threshold from permuted labels, of the last "
        "hidden layer; σ is the median distance between nearest neighbours (the paper), or the one "
        "of a few multiples of it with each kernel's least AURC on data that are not the test "
        "points. It is as rough as the errors there, whose number is given, are few. "
        "A witness that agrees (not in the paper) rejects first what it gives another class than "
        "the network does. Intervals are of the networks' training; the test points are the same.",
        SCORE_COLUMNS,
        groups,
    )


def _kept_table(kept: pd.DataFrame) -> Table:
    groups = []
    for experiment, own, setting, remark in _groups(kept):
        lines = {(line["score"], line["metric"]): line for line in own.to_dict("records")}
        rows = [_kept_row(score, lines) for score in WITNESSES]
        groups.append(Group(rows, title=experiment, remark=remark, setting=setting))
    return Table(
        "What the witnesses keep at the threshold itself",
        "Kept is what exceeds the largest value of all permutations (threshold factor 1). "
        "Agreement is how often the witness's class is the network's.",
        KEPT_COLUMNS,
        groups,
    )


def _kept_row(score: str, lines: Mapping[Any, Mapping[Any, Any]]) -> list[Cell | str]:
    outside = lines[score, "outside"]["mean"]
    accuracy = lines[score, "accuracy"]["mean"]
    return [
        NAMES[score],
        Cell(
            float(lines[score, "scale"]["mean"]),
            note=f"{outside:.1f} % out of reach" if score.startswith(HERMITE) else "",
        ),
        *(
            _cell(lines, (score, metric))
            for metric in ("kept", "error_kept", "kept_agreeing", "error_agreeing")
        ),
        _cell(lines, (score, "agreement"), note=f"right: {accuracy:.1f} %"),
        *(_cell(lines, (score, f"agreement_{part}")) for part in ("kept", "half")),
    ]


def _paired_table(paired: pd.DataFrame) -> Table:
    own = paired[paired["metric"] == AREA]
    own = own.assign(p_value=adjusted(own["p_value"]))
    groups = []
    for experiment, part, setting, _ in _groups(own):
        rows: list[list[Cell | str]] = [
            [
                NAMES[line["score"]],
                NAMES[line["against"]],
                Cell(line["mean"], emphasis=emphasis(line, "down")),
                interval_cell(line["low"], line["high"], "one network"),
                p_cell(line["p_value"]),
                Cell(line["n"]),
            ]
            for line in part.to_dict("records")
        ]
        groups.append(Group(rows, title=experiment, setting=setting))
    return Table(
        "The Hermite witness less other scores",
        "Differences in AURC of the same network, by Student's t; coloured where the interval "
        "excludes zero and p, corrected for all of the table (Benjamini and Hochberg), is at most "
        "0.05.",
        PAIRED_COLUMNS,
        groups,
    )


def _verdicts(paired: pd.DataFrame, scores: pd.DataFrame, kept: pd.DataFrame) -> Iterator[Verdict]:
    """Every claim, experiment by experiment; p corrected for the number of verdicts."""
    keys = ["experiment", "score", "against", "metric"]
    found = {tuple(line[key] for key in keys): line for line in paired.to_dict("records")}
    means = {
        (line["experiment"], line["score"], line["metric"]): line["mean"]
        for table in (scores, kept)
        for line in table.to_dict("records")
    }
    chosen = [
        (experiment, claim, found[experiment, claim.score, claim.against, claim.metric])
        for experiment in paired["experiment"].unique()
        for claim in CLAIMS
    ]
    p_values = adjusted([line["p_value"] for _, _, line in chosen])
    for (experiment, claim, line), p in zip(chosen, p_values, strict=True):
        other = (
            means[experiment, claim.score, "agreement"]
            if claim.metric != AREA
            else means[experiment, claim.against, AREA]
        )
        yield _verdict(claim, line, float(p), (means[experiment, claim.score, claim.metric], other))


def _verdict(claim: Claim, line: Mapping[Any, Any], p: float, both: tuple[float, float]) -> Verdict:
    low, high, n = line["low"], line["high"], line["n"]
    what = "AURC" if claim.metric == AREA else "agreement"
    numbers = f"{what} {both[0]:.2f} % and {both[1]:.2f} %"
    experiment = line["experiment"]
    if pd.isna(low):
        return Verdict(f"{experiment}: {claim.open} ({numbers}; one network).", "open")
    where = direction(low, high, p)
    text = {"up": claim.up, "down": claim.down, "": claim.open}[where]
    said = "not known" if pd.isna(p) else p_text(p)
    evidence = (
        f"{numbers}; difference {line['mean']:+.2g} percentage points, 95 % interval {low:+.2g} to "
        f"{high:+.2g}, corrected p {said}, n = {n} networks"
    )
    if not where:
        return Verdict(f"{experiment}: {text} ({evidence}).", "open")
    return Verdict(
        f"{experiment}: {text} ({evidence}).", "for" if where == claim.expected else "against"
    )
