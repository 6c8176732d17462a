"""Gradients, figure 2: errors of surrogates by complexity, with and without gradients."""

from __future__ import annotations

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.gradients.sweep_curves import SweepCurves

FloatArray = npt.NDArray[np.float64]


def surrogate_errors(curves: SweepCurves) -> Figure:
    """Left the RMSE on test samples, right Pearson's correlation: one colour a training size.

    Full lines in dark colours are with gradients, dashed ones in light colours without. Points are
    means over the draws, bars their standard errors. The right panel shows 1 less the correlation,
    upside down and on a logarithmic axis, as correlations crowd below 1.
    """
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    palette = matplotlib.colormaps["viridis"](np.linspace(0.05, 0.85, len(curves.sizes)))
    for row, (size, colour) in enumerate(zip(curves.sizes, palette, strict=True)):
        for method, (alpha, style, label) in enumerate(
            [(0.45, "--", f"{size} without"), (1.0, "-", f"{size} with")]
        ):
            for axes, values in (
                (left, curves.test_rmse[row, :, method]),
                (right, 1 - curves.test_pearson[row, :, method]),
            ):
                _draw(axes, curves.complexities, values, colour, alpha, style, label)
    left.set_ylabel("RMSE on test samples")
    right.set_ylabel("1 - Pearson correlation (better upwards)")
    right.invert_yaxis()
    for axes in (left, right):
        axes.set_yscale("log")
        axes.set_xlabel("complexity $\\eta$")
        axes.grid(alpha=0.3, which="both", lw=0.5)
        axes.set_xticks(curves.complexities)
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside right upper",
        frameon=False,
        title="training samples,\ngradients",
    )
    return figure


def _draw(
    axes: Axes,
    complexities: tuple[int, ...],
    values: FloatArray,
    colour: FloatArray,
    alpha: float,
    style: str,
    label: str,
) -> None:
    """Means and standard errors of (C, D) values."""
    draws = values.shape[1]
    spread = values.std(axis=1, ddof=1) / np.sqrt(draws) if draws > 1 else None
    axes.errorbar(
        complexities,
        values.mean(axis=1),
        spread,
        fmt=f"o{style}",
        ms=3.5,
        lw=1.5,
        color=colour,
        alpha=alpha,
        label=label,
    )
