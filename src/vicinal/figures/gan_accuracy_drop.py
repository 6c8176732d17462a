"""Gradient-trained GAN, figure 9: how much each step of the generator costs the discriminator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.statistics import mean_interval

FloatArray = npt.NDArray[np.float64]
COLOURS = ("#3b6fb6", "#c8553d")


def gan_accuracy_drop(
    iterations: npt.ArrayLike, drops: Mapping[str, FloatArray], *, window: int = 10
) -> Figure:
    """Above, the drop of D's accuracy by an update of the generator; below, the pairs' difference.

    iterations : (R,) number of iterations done at each record.
    drops : by name, (trials, R) drops in [-1, 1], two of them: without and with gradients, of the
        same trials in the same order.
    window : records of the rolling average, which lies in their middle; fewer near the ends.

    Thin lines are means over the trials; thick ones their rolling averages, with the 95 % Student
    interval over the trials (no band for a single one). Below, gradients are better above zero.

    Raises ValueError for other than two sets of the same shape, and for a window below 1.
    """
    places = np.asarray(iterations)
    shapes = [np.shape(drop) for drop in drops.values()]
    if len(shapes) != 2 or len(set(shapes)) != 1 or shapes[0][1:] != places.shape:
        raise ValueError(
            f"drops have shapes {shapes}, iterations {places.shape}; needed are two of the same "
            "(trials, records) and (records,)"
        )
    if window < 1:
        raise ValueError(f"window is {window}; it must be at least 1")
    figure = Figure(figsize=(8, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    for (name, drop), colour in zip(drops.items(), COLOURS, strict=True):
        _draw(above, places, 100 * drop, window, colour, name)
    above.set_ylabel("drop of $D$'s accuracy\n(percentage points)")
    above.legend(frameon=False)
    without, with_gradients = drops
    difference = 100 * (drops[with_gradients] - drops[without])
    _draw(below, places, difference, window, "black", f"{with_gradients} less {without}")
    below.set_ylabel("difference\n(percentage points)")
    below.set_xlabel("iterations")
    below.legend(frameon=False)
    for panel in (above, below):
        panel.axhline(0, color="black", lw=0.8)
        panel.grid(axis="y", alpha=0.3)
    return figure


def rolling_mean(values: FloatArray, window: int) -> FloatArray:
    """Means (..., R) of `window` of (..., R) values around each, of fewer near the ends."""
    places = np.arange(values.shape[-1])
    first = np.maximum(places - window // 2, 0)
    behind = np.minimum(places + (window + 1) // 2, values.shape[-1])
    sums = np.insert(np.cumsum(values, axis=-1), 0, 0.0, axis=-1)
    return (sums[..., behind] - sums[..., first]) / (behind - first)


def _draw(
    axes: Axes,
    iterations: npt.NDArray[np.int64],
    values: FloatArray,
    window: int,
    colour: str,
    name: str,
) -> None:
    """Mean, rolling average and its interval of (trials, R) values."""
    axes.plot(iterations, values.mean(axis=0), color=colour, lw=0.6, alpha=0.5)
    found = [mean_interval(column) for column in rolling_mean(values, window).T]
    mean = np.array([interval.mean for interval in found])
    half = np.array([interval.half_width for interval in found])
    axes.plot(iterations, mean, color=colour, lw=2, label=name)
    if len(values) > 1:
        axes.fill_between(iterations, mean - half, mean + half, color=colour, alpha=0.2, lw=0)
