"""HWA, section 3.3: the loss on the plane in which the iterates move, with the paths on it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps, patheffects
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from vicinal.figures.posterior_methods import STYLES

FloatArray = npt.NDArray[np.float64]
LEVELS = 24
# From this ratio of the largest to the least loss, levels are spaced by ratio.
WIDE = 5.0
# What is drawn, from below: the path's name, the method whose colour it has, its label and marker.
PATHS = {
    "bayes_by_backprop": ("bayes_by_backprop", "Bayes by Backprop", "s"),
    "svi": ("unaveraged", "HWA's iterates, not averaged", "o"),
    "hwa": ("hwa", "HWA: their average", "D"),
}
# Below the paths: from white to a grey that colours stand out from.
SHADES = colormaps["Greys"](np.linspace(0.0, 0.62, LEVELS))


def loss_surface(
    loss: FloatArray,
    x: FloatArray,
    y: FloatArray,
    paths: Mapping[str, FloatArray],
    explained: npt.ArrayLike,
) -> Figure:
    """Filled contours of the loss, darker where it is higher, and paths over them.

    loss : (len(y), len(x)) in nats at the coordinates x and y; what is not finite is left white.
    paths : (T, 2) coordinates by name, some of `PATHS`; a large ring is around a path's first
        point and a star on its last.
    explained : (2,) shares of the trajectory's variance along x and y.

    Levels are spaced by ratio where the largest loss is more than `WIDE` times the least; else so
    that a bowl, whose loss rises as the square of the distance, has rings of equal width. Both axes
    have the same scale, in units of the parameters.

    Raises ValueError for arrays that do not match and an unknown path.
    """
    _check(loss, x, y, paths)
    tall = np.ptp(y) / np.ptp(x)
    figure = Figure(figsize=(8, 1.4 + 6.2 * min(max(tall, 0.3), 1.2)), layout="constrained")
    axes = figure.subplots()
    levels = _levels(loss)
    shown, norm = np.ma.masked_invalid(loss), BoundaryNorm(levels, LEVELS)
    filled = axes.contourf(x, y, shown, levels=levels, cmap=ListedColormap(SHADES), norm=norm)
    bar = figure.colorbar(filled, ax=axes, label="loss (eq. 3), nats", pad=0.02)
    bar.set_ticks(levels[::4].tolist(), labels=_labels(levels[::4]))
    for name in PATHS:
        if name in paths:
            _draw_path(axes, name, np.asarray(paths[name]))
    share = 100 * np.asarray(explained)
    axes.set_xlabel(f"first principal component ({share[0]:.3g} % of the variance)")
    axes.set_ylabel(f"second principal component ({share[1]:.2g} %)")
    axes.set_aspect("equal")
    axes.plot([], [], "o", ms=11, mfc="none", mec="black", mew=1.4, label="first point")
    axes.plot([], [], "*", ms=12, mfc="white", mec="black", mew=0.9, label="last point")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _levels(loss: FloatArray) -> FloatArray:
    """LEVELS + 1 borders from the least finite loss to the largest."""
    finite = loss[np.isfinite(loss)]
    low, high = float(finite.min()), float(finite.max())
    if not high > low:  # a plain: any levels around it will do
        low, high = low - 0.5, high + 0.5
    if low > 0 and high > WIDE * low:
        return np.asarray(np.geomspace(low, high, LEVELS + 1), dtype=np.float64)
    return low + (high - low) * np.linspace(0, 1, LEVELS + 1) ** 2


def _labels(ticks: FloatArray) -> list[str]:
    """Levels in digits that tell the lowest two apart, at least three."""
    step = ticks[1] - ticks[0]
    if step > 0.02 * abs(ticks[1]):
        return [f"{tick:.3g}" for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step)))
    return [f"{tick:.{decimals}f}" for tick in ticks]


def _draw_path(axes: Axes, name: str, path: FloatArray) -> None:
    method, label, marker = PATHS[name]
    colour = STYLES[method].colour
    halo = [patheffects.withStroke(linewidth=3, foreground="white")]
    axes.plot(
        *path.T,
        f"-{marker}",
        color=colour,
        lw=1.4,
        ms=4,
        mec="white",
        mew=0.5,
        path_effects=halo,
        label=label,
    )
    axes.plot(*path[0], "o", ms=13, mfc="none", mec="black", mew=1.4)
    axes.plot(*path[-1], "*", ms=14, color=colour, mec="black", mew=0.9)


def _check(loss: FloatArray, x: FloatArray, y: FloatArray, paths: Mapping[str, FloatArray]) -> None:
    if np.shape(loss) != (len(y), len(x)) or min(np.shape(loss)) < 2:
        raise ValueError(
            f"loss has shape {np.shape(loss)} on {len(y)} rows and {len(x)} columns; needed are "
            "as many, two at least"
        )
    if not np.isfinite(loss).any():
        raise ValueError("no loss is finite")
    unknown = [name for name in paths if name not in PATHS]
    if unknown:
        raise ValueError(f"unknown paths {unknown}; known are {', '.join(PATHS)}")
    for name, path in paths.items():
        if np.ndim(path) != 2 or np.shape(path)[1] != 2 or not len(path):
            raise ValueError(f"path {name!r} has shape {np.shape(path)}; needed is (T, 2)")
