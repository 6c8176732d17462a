"""What VBSW's weights add over uniform ones: mean paired differences and their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from vicinal.statistics import PairedDifference

COLOURS = {"vbsw_over_uniform": "#c8553d", "vbsw_over_shuffled": "#7a7a7a"}
LABELS = {
    "vbsw_over_uniform": "over uniform weights",
    "vbsw_over_shuffled": "over its own weights, shuffled",
}


@dataclass(frozen=True)
class GainRow:
    """An experiment and metric, with its differences by name."""

    label: str
    unit: str
    gains: Mapping[str, PairedDifference]


def gains(rows: Sequence[GainRow]) -> Figure:
    """One panel a unit, one line an experiment and metric; right of zero VBSW is better."""
    units = list(dict.fromkeys(row.unit for row in rows))
    heights = [sum(row.unit == unit for row in rows) + 0.8 for unit in units]
    figure = Figure(figsize=(8, 0.55 * sum(heights) + 1.2), layout="constrained")
    panels = figure.subplots(len(units), 1, squeeze=False, height_ratios=heights)[:, 0]
    for panel, unit in zip(panels, units, strict=True):
        shown = [row for row in rows if row.unit == unit]
        for line, row in enumerate(shown):
            for offset, (name, colour) in zip((-0.14, 0.14), COLOURS.items(), strict=True):
                gain = row.gains[name]
                panel.plot([gain.low, gain.high], [line + offset] * 2, color=colour, lw=2)
                panel.plot(gain.mean, line + offset, "o", color=colour, ms=5)
        panel.axvline(0, color="black", lw=0.8)
        panel.set_yticks(range(len(shown)), [row.label for row in shown])
        panel.set_ylim(len(shown) - 0.5, -0.5)
        panel.set_xlabel(f"gain of VBSW, {unit}")
        panel.grid(axis="x", alpha=0.3)
    for name, colour in COLOURS.items():
        panels[0].plot([], [], "o-", color=colour, label=LABELS[name])
    figure.legend(loc="outside upper right", ncols=2, frameon=False)
    return figure
