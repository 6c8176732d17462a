"""Witness functions, figure 1: a circle against ellipses, and where they significantly differ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Green as in the paper, where neither dominates; the sets in the colours that all studies share.
CIRCLE, NEITHER, ELLIPSE = "#3b6fb6", "#a9d3a1", "#c8553d"
ROWS = {"gaussian": "Gaussian kernel", "hermite": "Hermite kernel"}


def witness_toy(
    differences: FloatArray,
    samples: FloatArray,
    labels: IntArray,
    points: FloatArray,
    signs: dict[str, npt.NDArray[np.int8]],
) -> Figure:
    """A column a difference: samples above, below them the points of the ring by both kernels.

    differences : (D,).     samples : (D, 2 N, 2), of the ellipse where labels (D, 2 N) are 1.
    points : (D, M, 2).     signs : by the names of `ROWS`, (D, M), -1, 0 or 1.
    """
    count = len(differences)
    figure = Figure(figsize=(2.1 * count + 0.5, 7), layout="constrained")
    axes = figure.subplots(3, count, squeeze=False, sharex=True, sharey=True)
    for column, difference in enumerate(differences):
        panels = axes[:, column]
        panels[0].set_title(f"difference {difference:g}")
        drawn = np.where(labels[column] == 1, 1, -1)
        _scatter(panels[0], samples[column], drawn, size=1.5, order=(-1, 1))
        for panel, name in zip(panels[1:], ROWS, strict=True):
            _scatter(panel, points[column], signs[name][column], size=4, order=(0, -1, 1))
    for panel, title in zip(axes[:, 0], ("samples", *ROWS.values()), strict=True):
        panel.set_ylabel(title)
    named = {"circle": CIRCLE, "neither": NEITHER, "ellipse": ELLIPSE}
    for label, colour in named.items():
        axes[0, 0].scatter([], [], s=20, color=colour, label=label)
    figure.legend(loc="outside lower center", ncols=3, frameon=False, title="denser")
    return figure


def _scatter(
    panel: Axes, points: FloatArray, signs: IntArray, *, size: float, order: tuple[int, ...]
) -> None:
    colours = {-1: CIRCLE, 0: NEITHER, 1: ELLIPSE}
    for sign in order:
        own = points[signs == sign]
        panel.scatter(own[:, 0], own[:, 1], s=size, color=colours[sign], lw=0)
    panel.set_aspect("equal")
    panel.set_xticks([-1, 0, 1])
    panel.set_yticks([-1, 0, 1])
