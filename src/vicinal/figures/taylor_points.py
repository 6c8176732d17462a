"""VBSW, figure 4: functions, how much they change, and the points that Taylor sampling draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt
from matplotlib.figure import Figure

FUNCTION_COLOUR, MEASURE_COLOUR, POINT_COLOUR = "black", "#3b6fb6", "#c8553d"


@dataclass(frozen=True)
class SampledFunction:
    """A function of one variable with points drawn for it.

    grid, values, measure : (n,) places, f and D there.
    points, point_values : (m,) the drawn points and f there.
    order : of D.
    """

    title: str
    grid: npt.ArrayLike
    values: npt.ArrayLike
    measure: npt.ArrayLike
    points: npt.ArrayLike
    point_values: npt.ArrayLike
    order: int = 2


def taylor_points(functions: Sequence[SampledFunction]) -> Figure:
    """One panel a function: f on the left axis, D on the right, points on the x-axis and on f."""
    columns = min(2, len(functions))
    rows = -(-len(functions) // columns)
    figure = Figure(figsize=(5.5 * columns, 0.4 + 3.4 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels[len(functions) :]:
        panel.set_axis_off()
    for panel, shown in zip(panels, functions, strict=False):
        (curve,) = panel.plot(shown.grid, shown.values, color=FUNCTION_COLOUR, lw=1.4)
        (on_curve,) = panel.plot(
            shown.points, shown.point_values, "o", color=POINT_COLOUR, ms=4, alpha=0.7
        )
        panel.plot(
            shown.points,
            [0.0] * len(list(shown.points)),  # type: ignore[arg-type]
            "|",
            color=POINT_COLOUR,
            ms=14,
            transform=panel.get_xaxis_transform(),
            clip_on=False,
        )
        right = panel.twinx()
        (change,) = right.plot(shown.grid, shown.measure, color=MEASURE_COLOUR, lw=1.2, ls="--")
        right.set_ylabel(rf"$Df_\epsilon^{shown.order}(x)$", color=MEASURE_COLOUR)
        right.tick_params(axis="y", colors=MEASURE_COLOUR)
        right.set_ylim(bottom=0)
        panel.set_title(shown.title)
        panel.set_xlabel("$x$")
        panel.set_ylabel("$f(x)$")
    figure.legend(
        [curve, change, on_curve],
        ["$f$", r"$Df_\epsilon^n$ (right)", "points drawn"],
        loc="outside lower center",
        ncols=3,
        frameon=False,
    )
    return figure
