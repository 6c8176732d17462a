"""The witness test on a user's own data: where a class dominates, in one, two or more columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

Arrays = Mapping[str, npt.NDArray[Any]]

# The two that all studies compare by; more classes than two take a qualitative map.
TWO_COLOURS = ("#3b6fb6", "#c8553d")
_STRONG, _WEAK = 0.45, 0.15
# Entries that a legend can hold.
_MOST_NAMES = 12


def witness_test(arrays: Arrays) -> Figure:
    """Points of a test, filled where significant; beneath, the test on a grid where there is one.

    arrays : `points` (M, 1 or 2), `labels` (M,) classes or values, `predicted` (M,) classes,
        `significant` (M,), `class_names` (K,), `columns`, `level`. With one or two columns also
        `grid` (G, columns), `grid_statistic`, `grid_threshold`, `grid_predicted`,
        `grid_significant`, `grid_level`, all (G,).

    One column: |F| and its threshold along it. Two: regions in the colour of the class that
    dominates, strong where F exceeds the paper's threshold, weak where p is at most the level. Of
    more: the first two principal components of the points.
    """
    columns = int(arrays["columns"])
    figure = Figure(figsize=(6.4, 5), layout="constrained")
    axes = figure.subplots()
    colours = class_colours(len(arrays["class_names"]))
    if columns == 1:
        _draw_line(axes, arrays, colours)
    else:
        if columns == 2:
            _draw_regions(axes, arrays, colours)
        _draw_points(axes, arrays, colours)
        unit = "column" if columns == 2 else "principal component"
        axes.set_xlabel(f"first {unit}")
        axes.set_ylabel(f"second {unit}")
    _draw_legend(figure, arrays, colours)
    return figure


def class_colours(classes: int) -> list[tuple[float, float, float]]:
    """A colour a class."""
    if classes <= 2:
        return [to_rgb(colour) for colour in TWO_COLOURS[:classes]]
    shades = colormaps["tab10" if classes <= 10 else "tab20"]
    return [to_rgb(shades(number % shades.N)) for number in range(classes)]


def _draw_line(axes: Axes, arrays: Arrays, colours: list[tuple[float, float, float]]) -> None:
    x = arrays["grid"][:, 0]
    size, threshold = np.abs(arrays["grid_statistic"]), arrays["grid_threshold"]
    axes.plot(x, size, color="black", lw=1.4, label="|F|")
    axes.plot(x, threshold, color="grey", lw=1.1, ls="--", label="threshold")
    for number, colour in enumerate(colours):
        own = arrays["grid_predicted"] == number
        axes.fill_between(
            x, 0, size, where=own & arrays["grid_significant"], color=colour, alpha=_STRONG, lw=0
        )
    axes.set_ylim(bottom=0)
    axes.set_xlabel("the column")
    axes.set_ylabel("witness")
    axes.legend(fontsize="small")


def _draw_regions(axes: Axes, arrays: Arrays, colours: list[tuple[float, float, float]]) -> None:
    x, y = (np.unique(arrays["grid"][:, axis]) for axis in (0, 1))
    image = np.ones((len(y), len(x), 3))
    shape = image.shape[:2]
    predicted = arrays["grid_predicted"].reshape(shape)
    strength = np.where(
        arrays["grid_significant"], _STRONG, np.where(arrays["grid_level"], _WEAK, 0.0)
    ).reshape(shape, order="C")
    for number, colour in enumerate(colours):
        own = predicted == number
        share = strength[own][:, None]
        image[own] = share * np.array(colour) + 1 - share
    half = [(ends[1] - ends[0]) / 2 for ends in (x, y)]
    extent = (x[0] - half[0], x[-1] + half[0], y[0] - half[1], y[-1] + half[1])
    axes.imshow(image, origin="lower", extent=extent, aspect="auto", interpolation="nearest")


def _draw_points(axes: Axes, arrays: Arrays, colours: list[tuple[float, float, float]]) -> None:
    """In the colours of the classes they are predicted, hollow where not significant."""
    chosen = np.array(colours)[arrays["predicted"]]
    filled = arrays["significant"].astype(bool)
    x, y = arrays["points"][:, :2].T
    axes.scatter(x[filled], y[filled], s=14, c=chosen[filled], lw=0)
    axes.scatter(
        x[~filled], y[~filled], s=14, facecolors="none", edgecolors=chosen[~filled], lw=0.8
    )


def _draw_legend(figure: Figure, arrays: Arrays, colours: list[tuple[float, float, float]]) -> None:
    names = [str(name) for name in arrays["class_names"]]
    handles = [
        Line2D([], [], ls="", marker="o", color=colour, label=name)
        for name, colour in list(zip(names, colours, strict=True))[:_MOST_NAMES]
    ]
    if len(names) > _MOST_NAMES:
        handles.append(Line2D([], [], ls="", label=f"and {len(names) - _MOST_NAMES} more"))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(handles), 5), frameon=False
    )
