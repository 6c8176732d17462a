"""What the toy sets say of the paper's claims, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from vicinal_workflow.evidence import adjusted, direction, p_text
from vicinal_workflow.page import Verdict
from vicinal_workflow.witness_toy_names import COMPARED, DENSITIES, NAMES

Tone = Literal["for", "against", "open"]

# The level counts as kept where the whole interval of the share is within this much of it,
# relative to it: an interval that merely holds it may be a wide one.
MARGIN = 0.5
_SAID = {
    "detection": {
        "up": "finds more of the points where the densities differ",
        "down": "finds fewer of the points where the densities differ",
        "": "cannot be told to find more or fewer of the points where the densities differ",
    },
    "false_positives": {
        "up": "calls more of the points significant where the densities hardly differ",
        "down": "calls fewer of the points significant where the densities hardly differ",
        "": "cannot be told to call more or fewer of the points significant where the densities "
        "hardly differ",
    },
    "wrong_sign": {
        "up": "calls more of all points significant for the wrong set",
        "down": "calls fewer of all points significant for the wrong set",
        "": "cannot be told to call more or fewer of all points significant for the wrong set",
    },
}


def toy_verdicts(
    rates: pd.DataFrame, paired: pd.DataFrame, calibration: pd.DataFrame, slopes: pd.DataFrame
) -> list[Verdict]:
    """Verdicts from the part's tables. p-values are corrected for the number of verdicts."""
    pairs = paired[paired["rule"] == "threshold"].to_dict("records")
    levels = calibration[calibration["x"].isna()].to_dict("records")
    grown = slopes[slopes["n_kept"].isna()].to_dict("records")
    every = [*pairs, *levels, *grown]
    for line, p in zip(every, adjusted([line["p_value"] for line in every]), strict=True):
        line["p_value"] = float(p)
    sigmas = dict(zip(rates["method"], rates["sigma"], strict=True))
    pairs.sort(key=lambda line: list(COMPARED).index(line["metric"]))
    return [
        *(_of_pair(line, sigmas) for line in pairs),
        *(_of_level(line) for line in levels),
        *(_of_rate(line) for line in grown),
    ]


def _of_pair(line: Mapping[Any, Any], sigmas: Mapping[str, float]) -> Verdict:
    """More detections, and fewer false positives and wrong signs, bear the paper out."""
    first, second = (
        f"he {name.partition('_')[0].capitalize()} kernel at sigma of {sigmas[name]:g}"
        f"{' (best by detections)' if name.endswith('_best') else ''}"
        for name in (line["method"], line["against"])
    )
    metric, found = line["metric"], direction(line["low"], line["high"], line["p_value"])
    tone: Tone = "open"
    if found:
        tone = "for" if found == COMPARED[metric] else "against"
    shares = f"{_percent(line['first'])} against {_percent(line['second'])}"
    return Verdict(
        f"T{first} {_SAID[metric][found]} than t{second}, by the paper's threshold: {shares} "
        f"of them ({_evidence(line, 'draws')}).",
        tone,
    )


def _of_level(line: Mapping[Any, Any]) -> Verdict:
    """Where both sets are the same."""
    expected, name = line["expected"], NAMES[line["kernel"]]
    start = (
        f"{name}: where both sets are the same, {_percent(line['share'])} of the p-values are at "
        f"most {line['level']:g} ({line['n']} draws; with so many permutations "
        f"{_percent(expected)} should be"
    )
    if np.isnan(line["low"]):
        return Verdict(f"{start}).", "open")
    ends = f"95 % interval {_percent(line['low'])} to {_percent(line['high'])}"
    found = direction(line["low"] - expected, line["high"] - expected, line["p_value"])
    near = (1 - MARGIN) * expected <= line["low"] and line["high"] <= (1 + MARGIN) * expected
    if found == "up":
        return Verdict(f"{start}; {ends}): the level is exceeded.", "against")
    if near and not found:
        return Verdict(f"{start}; {ends}): the level is kept.", "for")
    return Verdict(f"{start}; {ends}): whether the level is kept is not told closely.", "open")


def _of_rate(line: Mapping[Any, Any]) -> Verdict:
    """The theorem bounds the error: falling faster is what it allows.

    It does so for every gamma that a density has: with one of our choice a faster fall says little.
    """
    found = direction(line["low"] - line["bound"], line["high"] - line["bound"], line["p_value"])
    said = {
        "down": "falls faster than theorem 3.1's bound, as it may",
        "up": "falls more slowly than theorem 3.1's bound",
        "": "falls as theorem 3.1's bound does, or as near to it as can be told",
    }[found]
    ours = bool(line["gamma_ours"])
    tones: dict[str, Tone] = {"down": "open" if ours else "for", "up": "against", "": "open"}
    remark = (
        f" gamma = {line['gamma']:g} is our choice, for this density has all derivatives; of a "
        "larger one the bound falls faster."
    )
    interval = "" if np.isnan(line["low"]) else f" ({line['low']:.2f} to {line['high']:.2f})"
    return Verdict(
        f"Density of {DENSITIES[line['density']]}: the largest error {said}: slope "
        f"{line['slope']:.2f}{interval} of its logarithm over that of the number of samples, the "
        f"bound's {line['bound']:.2f}, {_p_of(line)}, n = {line['n']} repetitions."
        f"{remark if ours else ''}",
        tones[found],
    )


def _evidence(line: Mapping[Any, Any], unit: str) -> str:
    if np.isnan(line["low"]):
        return f"n = {line['n']} {unit}"
    low, high = (f"{100 * line[key]:+.1f}" for key in ("low", "high"))
    return (
        f"difference {100 * line['mean']:+.1f} percentage points, 95 % interval {low} to {high}, "
        f"{_p_of(line)}, n = {line['n']} {unit}"
    )


def _p_of(line: Mapping[Any, Any]) -> str:
    p = line["p_value"]
    return f"corrected p {'not known' if np.isnan(p) else p_text(p)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
