"""Witness functions: what a classifier says of decoded points, by the share that is kept."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.statistics import mean_interval

FloatArray = npt.NDArray[np.float64]
Curve = tuple[FloatArray, FloatArray]
# Name, colour and line of each method; colours are those of the kernels in the other figures.
STYLES = {
    "hermite": ("Hermite kernel", "#c8553d", "-"),
    "gaussian": ("Gaussian kernel, same σ", "#3b6fb6", "-"),
    "hermite_best": ("Hermite kernel, own best σ (accuracy on half the codes)", "#c8553d", "--"),
    "gaussian_best": ("Gaussian kernel, own best σ (accuracy on half the codes)", "#3b6fb6", "--"),
}


def latent_curves(agreement: Mapping[str, Curve], confidence: Mapping[str, Curve]) -> Figure:
    """Left, the share of points to which classifier and witness give one class; right, confidence.

    agreement, confidence : by method, as `STYLES` names them: shares kept (S,), and values (R, S)
        of R autoencoders.

    Lines are means over the autoencoders, bands their 95 % Student intervals (none for a single
    one). Raises KeyError for an unknown method.
    """
    figure = Figure(figsize=(9.5, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    for axes, curves in zip(panels, (agreement, confidence), strict=True):
        for method, (shares, values) in curves.items():
            _draw(axes, shares, values, *STYLES[method])
        axes.set_xlabel("share of grid points kept, the most significant first")
        axes.grid(alpha=0.3)
        # Intervals of shares near 1 reach beyond it.
        axes.set_ylim(top=min(axes.get_ylim()[1], 1.01))
    panels[0].set_ylabel("share in the witness's class")
    panels[1].set_ylabel("mean confidence of the classifier")
    panels[0].legend(frameon=False, loc="lower left", fontsize="small")
    return figure


def _draw(
    axes: Axes, shares: FloatArray, values: FloatArray, label: str, colour: str, line: str
) -> None:
    found = [mean_interval(column) for column in values.T]
    mean = np.array([each.mean for each in found])
    half = np.array([each.half_width for each in found])
    axes.plot(shares, mean, line, color=colour, lw=1.8, label=label)
    if len(values) > 1:
        axes.fill_between(shares, mean - half, mean + half, color=colour, alpha=0.12, lw=0)
