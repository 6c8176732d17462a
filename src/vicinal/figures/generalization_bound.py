"""VBSW, figure 1: how steep cells of a function dominate the generalization bound."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.vbsw.generalization_bound import BoundExample

FUNCTION_COLOUR, NETWORK_COLOUR = "#3b6fb6", "#c8553d"


def generalization_bound(example: BoundExample) -> Figure:
    """Above, f with its tangents and the cones of K-Lipschitz approximations; below, the errors.

    The lower panel holds the largest possible error in each cell, to leading order and exactly, and
    each cell's share of the squared error.
    """
    figure = Figure(figsize=(8, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    _draw_function(above, example)
    _draw_errors(below, example)
    for panel in (above, below):
        for edge in example.edges:
            panel.axvline(edge, color="black", lw=0.6, ls=":")
        panel.set_xlim(example.edges[0], example.edges[-1])
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return figure


def _draw_function(axes: Axes, example: BoundExample) -> None:
    axes.plot(example.grid, example.exact, color="black", lw=1.4, label="$f$")
    cells = zip(
        example.points,
        example.values,
        example.slopes,
        example.edges[:-1],
        example.edges[1:],
        strict=True,
    )
    for number, (point, value, slope, low, high) in enumerate(cells):
        x = np.array([low, point, high])
        reach = example.lipschitz * np.abs(x - point)
        first = number == 0
        axes.fill_between(
            x,
            value - reach,
            value + reach,
            color=NETWORK_COLOUR,
            alpha=0.2,
            lw=0,
            label=rf"$f_\theta$, $K_\theta = {example.lipschitz:g}$" if first else None,
        )
        axes.plot(
            x,
            value + slope * (x - point),
            color=FUNCTION_COLOUR,
            lw=1.4,
            ls="--",
            label="$f(X_i) + f'(X_i)(x - X_i)$" if first else None,
        )
        # Below the axes' upper edge, in coordinates of data along x and of the axes along y.
        axes.text(
            (low + high) / 2,
            0.96,
            f"$S_{{{number + 1}}}$",
            ha="center",
            va="top",
            transform=axes.get_xaxis_transform(),
        )
    axes.plot(example.points, example.values, "ko", ms=4)
    axes.margins(y=0.15)
    axes.set_ylabel("value")


def _draw_errors(axes: Axes, example: BoundExample) -> None:
    cell = np.clip(
        np.searchsorted(example.edges, example.grid, side="right") - 1, 0, len(example.points) - 1
    )
    steep = np.abs(example.slopes) + example.lipschitz
    leading = steep[cell] * np.abs(example.grid - example.points[cell])
    axes.fill_between(
        example.grid,
        example.largest_error,
        color="#7a7a7a",
        alpha=0.35,
        lw=0,
        label=r"largest $|f - f_\theta|$",
    )
    axes.plot(
        example.grid,
        np.ma.masked_where(np.diff(cell, prepend=cell[0]) != 0, leading),
        color=NETWORK_COLOUR,
        lw=1.2,
        label=r"$(|f'(X_i)| + K_\theta)\,|x - X_i|$",
    )
    axes.set_ylim(0, 1.3 * max(example.largest_error.max(), leading.max()))
    shares = example.worst / example.worst.sum()
    for share, low, high in zip(shares, example.edges[:-1], example.edges[1:], strict=True):
        axes.text(
            (low + high) / 2,
            0.96,
            f"{100 * share:.0f} %",
            ha="center",
            va="top",
            transform=axes.get_xaxis_transform(),
        )
    axes.set_xlabel("$x$   (percentages: the cell's share of the squared error)")
    axes.set_ylabel("error")
