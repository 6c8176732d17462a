"""Treatment effects: each estimator's with its interval, beside what it is to come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS = {
    "logistic": "black",
    "logistic_products": "black",
    "hermite": "#c8553d",
    "gaussian_equal": "#3b6fb6",
    "gaussian": "#3b6fb6",
}
_OTHER = "#777777"
COLUMNS = 3


@dataclass(frozen=True)
class EffectRow:
    """An estimator: its label, its method (for the colour), value and interval (NaN: none).

    reference : what it is to come to by itself, where that is not the panel's; else NaN.
    """

    label: str
    method: str
    value: float
    low: float
    high: float
    reference: float = float("nan")


@dataclass(frozen=True)
class EffectPanel:
    """Estimators of one study, from top to bottom, and the value they are to come to (or None)."""

    axis: str
    rows: Sequence[EffectRow]
    reference: float | None = None
    band: tuple[float, float] | None = None


def effect_estimates(panels: Mapping[str, EffectPanel]) -> Figure:
    """One panel a study, by its name; one line of points an estimator, the same in all.

    The line is what estimates are to come to, the band its 95 % interval, crosses the same for the
    people whom an estimator keeps. A difference of means may lie beyond the axis, which is then
    said at its edge. Raises ValueError for no panel, and for panels of other estimators.
    """
    if not panels:
        raise ValueError("no studies; needed is at least one")
    labels = [row.label for row in next(iter(panels.values())).rows]
    if any([row.label for row in panel.rows] != labels for panel in panels.values()):
        raise ValueError("the studies have different estimators; needed are the same in all")
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    size = (4.6 + 2.9 * columns, (1.2 + 0.27 * len(labels)) * rows)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes, (study, panel) in zip(grid, panels.items(), strict=False):
        _draw(axes, panel)
        axes.set_title(study)
        axes.set_xlabel(panel.axis)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    grid[0].set_yticks(range(len(labels)), labels)
    grid[0].set_ylim(len(labels) - 0.5, -0.5)
    return figure


def _draw(axes: Axes, panel: EffectPanel) -> None:
    if panel.reference is not None:
        axes.axvline(panel.reference, color="black", lw=1)
    if panel.band is not None:
        axes.axvspan(*panel.band, color="black", alpha=0.1, lw=0)
    left, right = _limits(panel)
    for place, row in enumerate(panel.rows):
        colour = COLOURS.get(row.method, _OTHER)
        if not np.isfinite(row.value):
            _note(axes, place, "too few left", colour, at_right=False)
        elif not left <= row.value <= right:
            beyond = row.value > right
            number = f"{row.value:.0f}" if abs(row.value) >= 100 else f"{row.value:.2g}"
            number = number.replace("-", "−")
            text = f"{number} →" if beyond else f"← {number}"
            _note(axes, place, text, colour, at_right=beyond)
        else:
            if np.isfinite(row.low):
                axes.plot([row.low, row.high], [place, place], color=colour, lw=1.6)
            axes.plot(row.value, place, "o", ms=5, color=colour)
            if np.isfinite(row.reference):
                axes.plot(row.reference, place, "x", ms=5, color="black", mew=1)
    axes.set_xlim(left, right)
    axes.grid(axis="x", alpha=0.3)


def _note(axes: Axes, place: int, text: str, colour: str, *, at_right: bool) -> None:
    """A word in a row, at the edge of the axis."""
    axes.annotate(
        text,
        (1.0 if at_right else 0.0, place),
        (-4 if at_right else 4, 0),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="right" if at_right else "left",
        va="center",
        fontsize="small",
        color=colour,
    )


def _limits(panel: EffectPanel) -> tuple[float, float]:
    """Of all but the difference of means, where that is far beyond; with a margin."""
    ends = [
        (row.low if np.isfinite(row.low) else row.value, row.high)
        for row in panel.rows
        if row.method != "difference" and np.isfinite(row.value)
    ]
    values = [*ends, (0.0, 0.0)] if panel.band is None else [*ends, panel.band]
    low, high = np.nanmin(values), np.nanmax(values)
    for row in panel.rows:
        # One that takes little more room is shown.
        if row.method == "difference" and np.isfinite(row.value):
            ends_of_row = [row.value, row.low, row.high]
            reach = np.nanmin([low, *ends_of_row]), np.nanmax([high, *ends_of_row])
            if reach[1] - reach[0] <= 1.2 * (high - low):
                low, high = reach
    margin = 0.05 * (high - low) or 1.0
    return float(low - margin), float(high + margin)
