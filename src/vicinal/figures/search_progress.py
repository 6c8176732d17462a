"""Gradients, figure 4: evolutionary searches with and without a bound on the complexity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

FloatArray = npt.NDArray[np.float64]

STYLES = {
    "full": ("all complexities", "#3b6fb6", "-"),
    "full_curve": ("all complexities, the curve first", "#3b6fb6", "--"),
    "bound": ("up to delta-min, given", "#c8553d", "-"),
    "bound_paid": ("up to delta-min, paid for: both curves first", "#c8553d", "--"),
}
TITLES = {
    "with_gradients": "networks trained with gradients",
    "without_gradients": "networks trained without",
}
_TICKS = [1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100]


def search_progress(
    shares: FloatArray, panels: Mapping[tuple[int, str], Mapping[str, FloatArray]]
) -> Figure:
    """One row a number of samples, one column a method: best error so far by work spent.

    shares : (W,) of the whole lattice's work.
    panels : by samples and method (`TITLES`), curves by the names of `STYLES`, each (D, W): least
        validation error so far, by the least of the lattice, in D repetitions. Lines are medians,
        bands reach from the lower to the upper quartile; infinite values are not drawn.
    """
    sizes = sorted({samples for samples, _ in panels})
    figure = Figure(figsize=(10, 0.8 + 3.4 * len(sizes)), layout="constrained")
    grid = figure.subplots(len(sizes), len(TITLES), squeeze=False, sharex=True, sharey="row")
    for row, samples in zip(grid, sizes, strict=True):
        for axes, (method, title) in zip(row, TITLES.items(), strict=True):
            for name, (_, colour, line) in STYLES.items():
                _draw(axes, shares, panels[samples, method][name], colour, line)
            axes.set_title(f"{title}, {samples} samples")
            axes.axhline(1, color="black", lw=0.8)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.grid(alpha=0.3, which="both", lw=0.5)
            axes.yaxis.set_major_locator(FixedLocator(_TICKS))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))
        # What the very first networks do is of no interest, and may be far up.
        row[0].set_ylim(0.95, min(row[0].get_ylim()[1], 10))
        row[0].set_ylabel("least validation error so far,\nby that of the whole lattice")
    for axes in grid[-1]:
        axes.set_xlabel("work spent, of the whole lattice's")
    labels = [label for label, _, _ in STYLES.values()]
    handles = grid[0, 0].get_lines()[: len(labels)]
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _draw(axes: Axes, shares: FloatArray, curves: FloatArray, colour: str, line: str) -> None:
    """The median of (D, W) curves and the quartiles around it."""
    ranked = np.sort(curves, axis=0)  # quantiles by rank: infinite values have no mean
    places = np.rint(np.array([0.25, 0.5, 0.75]) * (len(curves) - 1)).astype(int)
    low, middle, high = np.where(np.isfinite(ranked[places]), ranked[places], np.nan)
    axes.plot(shares, middle, color=colour, ls=line, lw=1.6)
    axes.fill_between(shares, low, high, color=colour, alpha=0.13, lw=0)
