"""Gradients, figure 3: errors of maximum-likelihood estimates by the surrogate's training size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.statistics import mean_interval

if TYPE_CHECKING:
    from vicinal.gradients.parameter_recovery import Recovery

FloatArray = npt.NDArray[np.float64]
COLOURS = ("#3b6fb6", "#c8553d")
LABELS = ("without gradients", "with gradients")


def parameter_errors(found: Mapping[str, Recovery]) -> Figure:
    """One column a truth, by its name: above, errors; below, what the surrogate adds to the noise.

    Points are means over the parameters, estimators and sets of observations, bars their 95 %
    Student intervals over the sets. Above, the line and its band are the true simulator's; below
    is the distance of its estimates from the surrogates', on a logarithmic axis.
    """
    figure = Figure(figsize=(5.2 * len(found), 6.6), layout="constrained")
    panels = figure.subplots(2, len(found), squeeze=False)
    for (name, recovery), (above, below) in zip(found.items(), panels.T, strict=True):
        floor = mean_interval(recovery.simulator.mean(axis=1))
        above.axhline(floor.mean, color="black", lw=1, label="true simulator")
        if floor.n > 1:
            band = floor.mean - floor.half_width, floor.mean + floor.half_width
            above.axhspan(*band, color="black", alpha=0.12, lw=0)
        _draw(above, recovery.sizes, recovery.surrogates)
        _draw(below, recovery.sizes, recovery.distances)
        above.set_title(name)
        above.set_ylim(bottom=0)
        below.set_yscale("log")
        below.set_xlabel("training samples of the surrogate")
    panels[0, 0].set_ylabel("$|\\hat\\theta - \\theta|$")
    panels[1, 0].set_ylabel("distance from the true simulator's\nestimate of the same data")
    panels[0, -1].legend(frameon=False, fontsize="small")
    return figure


def _draw(axes: Axes, sizes: tuple[int, ...], errors: FloatArray) -> None:
    """Errors (S, 2, M, R, p) by size, of both methods."""
    places = np.arange(len(sizes))
    for method, (colour, label) in enumerate(zip(COLOURS, LABELS, strict=True)):
        intervals = [mean_interval(row.mean(axis=(0, 2))) for row in errors[:, method]]
        half = np.array([interval.half_width for interval in intervals])
        axes.errorbar(
            places + (method - 0.5) * 0.06,
            [interval.mean for interval in intervals],
            None if np.isnan(half).all() else half,
            fmt="o-",
            ms=5,
            lw=1.5,
            capsize=3,
            color=colour,
            label=label,
        )
    axes.set_xticks(places, [str(size) for size in sizes])
    axes.grid(axis="y", alpha=0.3)
