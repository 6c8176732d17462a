"""Section 5.1 in numbers: detections and errors by the difference of two sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]

STYLES = {
    "hermite": ("Hermite", "#c8553d", "-"),
    "gaussian": ("Gaussian", "#3b6fb6", "-"),
    "hermite_best": ("Hermite, best by detections", "#c8553d", "--"),
    "gaussian_best": ("Gaussian, best by detections", "#3b6fb6", "--"),
}
TITLES = {
    "detection": "detections",
    "false_positives": "false positives",
    "wrong_sign": "wrong signs",
}
# Rates that have a value to expect where the sets are the same.
_KNOWN = ("detection", "false_positives")
RULES = {"threshold": "by the paper's threshold", "level": "by the p-value"}


@dataclass(frozen=True)
class RateCurve:
    """A method's rates at (D,) differences, with the half-widths of their 95 % intervals."""

    sigma: float
    differences: FloatArray
    mean: FloatArray
    half_width: FloatArray


def witness_toy_rates(
    curves: Mapping[tuple[str, str], Mapping[str, RateCurve]], levels: Mapping[str, float]
) -> Figure:
    """A row a rule, a column a rate, a curve a method.

    curves : by (rule, rate), names of `RULES` and `TITLES`, then method, of `STYLES`.
    levels : rule -> probability of significance at one point without any difference, dotted
        where it is known and the rate has one.
    """
    figure = Figure(figsize=(13, 7), layout="constrained")
    axes = figure.subplots(len(RULES), len(TITLES), squeeze=False, sharex=True)
    for row, (rule, said) in zip(axes, RULES.items(), strict=True):
        for panel, (rate, title) in zip(row, TITLES.items(), strict=True):
            _draw(panel, curves[rule, rate])
            if rule in levels and rate in _KNOWN:
                panel.axhline(levels[rule], color="black", ls=":", lw=0.8)
            panel.set_title(f"{title} {said}")
        # Wrong signs are few: they have a scale of their own.
        row[1].sharey(row[0])
        row[0].set_ylabel("share of points")
    for panel in axes[-1]:
        panel.set_xlabel("difference of the ellipse's half-axes")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw(panel: Axes, curves: Mapping[str, RateCurve]) -> None:
    for name, (label, colour, line) in STYLES.items():
        if name not in curves:
            continue
        own = curves[name]
        band = own.mean - own.half_width, own.mean + own.half_width
        text = rf"{label}, $\sigma = {own.sigma:g}$"
        panel.plot(own.differences, own.mean, color=colour, ls=line, marker="o", ms=3, label=text)
        panel.fill_between(own.differences, *band, color=colour, alpha=0.12, lw=0)
    panel.grid(axis="y", alpha=0.3)
