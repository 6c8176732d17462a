"""Theorem 3.1: errors of estimated densities against the number of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator, ScalarFormatter

FloatArray = npt.NDArray[np.float64]

TITLES = {
    "two_normals_1d": "two normal densities on the line",
    "two_normals_2d": "two normal densities in the plane",
    "tent_1d": "a tent on the line",
}


@dataclass(frozen=True)
class ErrorCurve:
    """Errors at (S,) sizes, ascending; n : what is kept, None where it grows with the size."""

    n: int | None
    sizes: FloatArray
    errors: FloatArray
    slope: float


@dataclass(frozen=True)
class ErrorPanel:
    """A density's curves, and the bound's values at the growing one's sizes, with its slope."""

    curves: Sequence[ErrorCurve]
    bound: FloatArray
    bound_slope: float
    gamma: float


def density_errors(panels: Mapping[str, ErrorPanel]) -> Figure:
    """A panel a density, by the names of `TITLES`; slopes are in the legend."""
    figure = Figure(figsize=(4.2 * len(panels) + 0.4, 4.8), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for axis, (name, panel) in zip(axes, panels.items(), strict=True):
        _draw(axis, panel)
        axis.set_title(rf"{TITLES[name]}, $\gamma = {panel.gamma:g}$")
        axis.set_xlabel("samples $N$")
    axes[0].set_ylabel("largest error")
    return figure


def _draw(axis: Axes, panel: ErrorPanel) -> None:
    kept = sorted(curve.n for curve in panel.curves if curve.n is not None)
    shades = mpl.colormaps["Blues"](np.linspace(0.45, 0.85, max(len(kept), 1)))
    for curve in sorted(panel.curves, key=lambda c: -1 if c.n is None else c.n):
        if curve.n is None:
            colour, width = "#c8553d", 2.2
            label = f"$n$ grows (slope {curve.slope:.2f})"
            bound = panel.bound * curve.errors[0] / panel.bound[0]
            said = f"theorem 3.1 (slope {panel.bound_slope:.2f})"
            axis.plot(curve.sizes, bound, color="black", ls="--", lw=1.2, label=said)
        else:
            colour, width = shades[kept.index(curve.n)], 1.2
            label = f"$n = {curve.n}$ ({curve.slope:.2f})"
        axis.plot(curve.sizes, curve.errors, "o-", color=colour, lw=width, ms=3, label=label)
    axis.set_xscale("log", base=2)
    axis.set_yscale("log")
    for axes, plain in ((axis.xaxis, ScalarFormatter()), (axis.yaxis, ScalarFormatter())):
        axes.set_major_formatter(plain)
        axes.set_minor_formatter(NullFormatter())
    axis.yaxis.set_minor_locator(NullLocator())
    axis.set_yticks([0.01, 0.02, 0.05, 0.1, 0.2])
    axis.set_xticks(panel.curves[0].sizes)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)
    axis.grid(alpha=0.3)
