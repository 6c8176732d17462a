"""VBSW, figure 6: the error for every pair of m and k, and the pairs that one would choose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.figure import Figure

from vicinal.vbsw.grid_scores import ChosenCells, GridScores, ScoredCell, chosen_cells

FloatArray = npt.NDArray[np.float64]

# How the cells chosen on either split are marked: shape, size, and width of the line.
MARKERS = {"validation": ("o", 11, 2.0), "test": ("x", 8, 2.4)}
ERRORS = {"mse": "mean squared error", "accuracy": "1 - accuracy (%)"}


@dataclass(frozen=True)
class GridMap:
    """One panel: the scores of a grid by a metric of `vicinal.metrics`."""

    title: str
    metric: str
    scores: GridScores


def grid_heat_maps(maps: Sequence[GridMap]) -> Figure:
    """One panel a grid: the mean test error of each cell, m to the right and k upwards.

    Blue is lower, as in the paper. Metrics of which more is better are in percent, and their error
    is 100 less the metric. A circle marks the cell chosen on validation data, a cross the one
    chosen on test data, and a line across the colour bar the error with uniform weights; a
    triangle beyond its end where that error is outside the range of the cells.
    """
    figure = Figure(figsize=(5.6 * len(maps), 5.0), layout="constrained")
    panels = figure.subplots(1, len(maps), squeeze=False)[0]
    for panel, shown in zip(panels, maps, strict=True):
        _draw_map(figure, panel, shown)
    return figure


def _draw_map(figure: Figure, axes: Axes, shown: GridMap) -> None:
    scores, chosen = shown.scores, chosen_cells(shown.scores)
    rows, columns = np.argsort(scores.ks), np.argsort(scores.ms)
    ks, ms = np.asarray(scores.ks)[rows], np.asarray(scores.ms)[columns]
    error = _error(scores, scores.test.mean(axis=2))[np.ix_(rows, columns)]
    mesh = axes.pcolormesh(_edges(ms), _edges(ks), error, cmap="coolwarm", rasterized=True)
    axes.set_xlabel("$m$, ratio of the largest weight to 1")
    axes.set_ylabel("$k$, neighbours")
    axes.set_title(shown.title)
    label = ERRORS.get(shown.metric, f"1 - {shown.metric} (%)")
    bar = figure.colorbar(mesh, ax=axes, label=f"{label}, test data", pad=0.03)
    uniform = _mark_uniform(bar, float(_error(scores, np.array(chosen.uniform.test))))
    _mark_cells(axes, scores, chosen)
    axes.plot([], [], uniform, color="black", label=_describe("uniform", chosen.uniform, scores))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False, fontsize="small")


def _error(scores: GridScores, values: FloatArray) -> FloatArray:
    return 100 - values if scores.larger_is_better else values


def _edges(values: FloatArray) -> FloatArray:
    """Borders (n + 1,) of the cells around n increasing values, half-way between them."""
    middle = (values[1:] + values[:-1]) / 2
    first = middle[0] - values[0] if len(middle) else 0.5
    last = values[-1] - middle[-1] if len(middle) else 0.5
    return np.concatenate([[values[0] - first], middle, [values[-1] + last]])


def _mark_cells(axes: Axes, scores: GridScores, chosen: ChosenCells) -> None:
    for split, cell in (("validation", chosen.by_validation), ("test", chosen.by_test)):
        if cell is None or cell.k is None or cell.m is None:
            continue
        shape, size, width = MARKERS[split]
        label = _describe(f"best on {split} data", cell, scores)
        for colour, wider, shown in (("white", 2.0, None), ("black", 0.0, label)):
            axes.plot(
                cell.m,
                cell.k,
                shape,
                ms=size,
                mew=width + wider,
                mec=colour,
                mfc="none",
                clip_on=False,
                label=shown,
            )


def _describe(name: str, cell: ScoredCell, scores: GridScores) -> str:
    """A line of the legend: which cell, its mean test error, and the standard error."""
    where = " weights" if cell.k is None else f", $k$ = {cell.k}, $m$ = {cell.m:.3g}"
    error = float(_error(scores, np.array(cell.test)))
    if not cell.test_error > 1e-6 * abs(error):  # one seed, or seeds that agree
        return f"{name}{where}: {error:.4g}"
    digits = max(0, 1 - math.floor(math.log10(cell.test_error)))
    return f"{name}{where}: {error:.{digits}f} ± {cell.test_error:.{digits}f}"


def _mark_uniform(bar: Colorbar, level: float) -> str:
    """Mark the level by a line, or by a triangle beyond the nearer end; what it was marked by."""
    low, high = bar.mappable.get_clim()
    if low <= level <= high:
        bar.ax.axhline(level, color="white", lw=4)
        bar.ax.axhline(level, color="black", lw=1.6)
        return "-"
    beyond, shape = (-0.03, "v") if level < low else (1.03, "^")
    bar.ax.plot(0.5, beyond, shape, color="black", ms=7, transform=bar.ax.transAxes, clip_on=False)
    return shape
