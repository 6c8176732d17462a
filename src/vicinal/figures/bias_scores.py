"""Treatment effects: estimated shares of treated, of both groups, before and after trimming."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

FloatArray = npt.NDArray[np.float64]

TREATED, CONTROL = "#c8553d", "#3b6fb6"
# Shares beyond go to the outermost bins.
EDGES = np.linspace(-0.1, 1.1, 37)


@dataclass(frozen=True)
class ScorePanel:
    """Of N people: (N,) estimated shares of treated (NaN: none), groups 0 and 1, who is left."""

    share: FloatArray
    treatment: npt.NDArray[np.int64]
    kept: npt.NDArray[np.bool_]


def bias_scores(studies: Mapping[str, Mapping[str, ScorePanel]]) -> Figure:
    """A column a study, a row a score: treated upwards, controls downwards, those left filled.

    studies : by their names; each has the same scores, by theirs. Numbers of people are on a
        logarithmic axis (linear up to 1).
    Raises ValueError for no study.
    """
    if not studies:
        raise ValueError("no studies; needed is at least one")
    names = list(next(iter(studies.values())))
    size = (1.2 + 3.4 * len(studies), 0.5 + 2.7 * len(names))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(names), len(studies), squeeze=False, sharex=True)
    for column, (study, scores) in zip(grid.T, studies.items(), strict=True):
        for axes, name in zip(column, names, strict=True):
            _draw(axes, scores[name])
            axes.set_ylabel(name.replace(", ", ",\n") if axes in grid[:, 0] else "")
        column[0].set_title(study)
        column[-1].set_xlabel("estimated share of treated")
    first = grid[0, 0]
    first.fill_between([], [], color=TREATED, label="treated, upwards")
    first.fill_between([], [], color=CONTROL, label="controls, downwards")
    first.fill_between([], [], fc="white", ec="black", lw=1, label="outline: before trimming")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _draw(axes: Axes, panel: ScorePanel) -> None:
    known = np.isfinite(panel.share)
    inside = np.clip(np.where(known, panel.share, 0), EDGES[0], EDGES[-1])
    for group, colour, sign in ((1, TREATED, 1), (0, CONTROL, -1)):
        own = known & (panel.treatment == group)
        every, left = (
            sign * np.histogram(inside[chosen], EDGES)[0] for chosen in (own, own & panel.kept)
        )
        axes.stairs(left, EDGES, fill=True, color=colour, alpha=0.75, lw=0)
        axes.stairs(every, EDGES, color=colour, lw=1)
    axes.axhline(0, color="black", lw=0.8)
    axes.set_yscale("symlog", linthresh=1)
    most = max(2.0, *np.abs(axes.get_ylim()))
    axes.set_ylim(-most, most)
    powers = [10.0**k for k in range(int(np.log10(most)) + 1)]
    axes.set_yticks([-p for p in reversed(powers)] + [0.0, *powers])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}"))
    axes.grid(axis="x", alpha=0.3)
