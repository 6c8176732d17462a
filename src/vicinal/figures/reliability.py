"""HWA: how often predictions are right, by the probability that they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from vicinal.bayes.predictive_metrics import ReliabilityBins, expected_calibration_error
from vicinal.figures.posterior_methods import MethodStyle, style_of
from vicinal.statistics import mean_interval

COLUMNS = 4
# Bins with fewer predictions a repetition say little.
FEW = 10


def reliability_diagram(bins_by_method: Mapping[str, Sequence[ReliabilityBins]]) -> Figure:
    """One panel a method: accuracy by confidence; below, the share of predictions in each bin.

    bins_by_method : by method, as `posterior_methods.STYLES` names them, the bins of each
        repetition, of the same number everywhere.

    A point has the mean confidence and accuracy of a bin's predictions in all repetitions; bars
    reach from the least to the largest repetition. Hollow points, beside the line, have fewer than
    `FEW` predictions a repetition. In the titles, the ECE as mean and half-width of the
    repetitions' 95 % Student interval.

    Raises ValueError for no method, an unknown one, one without repetitions, and bins of differing
    number.
    """
    _check(bins_by_method)
    columns = min(COLUMNS, len(bins_by_method))
    rows = -(-len(bins_by_method) // columns)
    figure = Figure(figsize=(0.6 + 2.7 * columns, 0.4 + 3.6 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, columns, squeeze=False, height_ratios=[3, 1] * rows)
    pairs = np.swapaxes(grid.reshape(rows, 2, columns), 1, 2).reshape(-1, 2)
    for axes in pairs[len(bins_by_method) :].ravel():
        axes.set_axis_off()
    for number, (method, found) in enumerate(bins_by_method.items()):
        above, below = pairs[number]
        style = style_of(method)
        _draw_accuracy(above, found, style)
        _draw_shares(below, found, style)
        above.set_title(f"{style.label}\n{_describe(found)}", fontsize="medium")
        below.set_xlabel("confidence")
        if number % columns == 0:
            above.set_ylabel("accuracy")
            below.set_ylabel("share")
    return figure


def _draw_accuracy(axes: Axes, found: Sequence[ReliabilityBins], style: MethodStyle) -> None:
    axes.plot([0, 1], [0, 1], color="black", lw=0.9, ls=":")
    counts = np.array([bins.count for bins in found])
    total = counts.sum(axis=0)
    filled = total > 0
    confidence, accuracy = (
        np.array([np.nan_to_num(getattr(bins, name)) * bins.count for bins in found]).sum(axis=0)
        for name in ("confidence", "accuracy")
    )
    x, y = confidence[filled] / total[filled], accuracy[filled] / total[filled]
    many = total[filled] >= FEW * len(found)
    if len(found) > 1:
        hits = np.array([bins.accuracy for bins in found])[:, filled]
        low, high = np.nanmin(hits, axis=0), np.nanmax(hits, axis=0)
        shades = np.where(many, 1.0, 0.4)
        axes.vlines(x, low, high, color=style.colour, lw=1, alpha=shades)
    axes.plot(x[many], y[many], style.line, color=style.colour, lw=1.4)
    for chosen, face in ((many, style.colour), (~many, "white")):
        axes.plot(x[chosen], y[chosen], "o", ms=4.5, mec=style.colour, mfc=face, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks([0, 0.5, 1], labels=[])
    axes.grid(alpha=0.3)


def _draw_shares(axes: Axes, found: Sequence[ReliabilityBins], style: MethodStyle) -> None:
    """Of all repetitions' predictions; logarithmic, as most have nearly all in the last bin."""
    total = np.sum([bins.count for bins in found], axis=0)
    edges = np.linspace(0, 1, len(total) + 1)
    middle, share = (edges[1:] + edges[:-1]) / 2, total / total.sum()
    axes.bar(middle, share, np.diff(edges), color=style.colour, ec="white", lw=0.5)
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1])
    axes.set_ylim(min(1e-4, 0.5 / total.sum()), 1.5)
    axes.set_yticks([1e-4, 1e-2, 1])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def _describe(found: Sequence[ReliabilityBins]) -> str:
    """ECE, mean and half-width of the repetitions."""
    ece = mean_interval([expected_calibration_error(bins) for bins in found])
    spread = f" ± {ece.half_width:.4f}" if ece.n > 1 else ""
    return f"ECE {ece.mean:.4f}{spread}"


def _check(bins_by_method: Mapping[str, Sequence[ReliabilityBins]]) -> None:
    if not bins_by_method:
        raise ValueError("no methods; needed is at least one")
    without = [method for method, found in bins_by_method.items() if not found]
    if without:
        raise ValueError(f"no repetitions of {', '.join(without)}")
    numbers = {len(bins.count) for found in bins_by_method.values() for bins in found}
    if len(numbers) > 1:
        raise ValueError(f"numbers of bins {sorted(numbers)}; needed is the same everywhere")
