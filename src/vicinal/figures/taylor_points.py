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
    """

    title: str
    grid: npt.ArrayLike
    values: npt.ArrayLike
    measure: npt.ArrayLike
    points: npt.ArrayLike
    point_values: npt.ArrayLike


def taylor_points(functions: Sequence[SampledFunction], *, order: int = 2) -> Figure:
    """One panel a function: f on the left axis, D on the right, points on the x-axis and on f."""
    figure = Figure(figsize=(5.5 * len(functions), 3.8), layout="constrained")
    panels = figure.subplots(1, len(functions), squeeze=False)[0]
    for panel, shown in zip(panels, functions, strict=True):
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
        right.set_ylabel(rf"$Df_\epsilon^{order}(x)$", color=MEASURE_COLOUR)
        right.tick_params(axis="y", colors=MEASURE_COLOUR)
        right.set_ylim(bottom=0)
        panel.set_title(shown.title)
        panel.set_xlabel("$x$")
        panel.set_ylabel("$f(x)$")
    figure.legend(
        [curve, change, on_curve],
        ["$f$", rf"$Df_\epsilon^{order}$ (right)", "points drawn"],
        loc="outside lower center",
        ncols=3,
        frameon=False,
    )
    return figure
