"""Gradients, figure 1: errors and changes of the parameters in training with and without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from vicinal.gradients.training_curves import TrainingCurves

FloatArray = npt.NDArray[np.float64]
# Without and with gradients, as in all figures of this study.
COLOURS = ("#3b6fb6", "#c8553d")
LABELS = ("without gradients", "with gradients")


def training_curves(curves: Mapping[int, TrainingCurves], *, noise: float = 0.0) -> Figure:
    """Above, the RMSE on training and test samples; below, the change of the parameters.

    curves : by number of training samples, one column each. Lines are means over the runs, bands
        reach from the least to the largest.
    noise : standard deviation of the noise in the values, below which no error on unseen ones can
        fall: a dotted line, where above 0.
    """
    figure = Figure(figsize=(4.8 * len(curves), 6), layout="constrained")
    panels = figure.subplots(2, len(curves), sharex="col", sharey="row", squeeze=False)
    for column, (size, found) in enumerate(curves.items()):
        above, below = panels[:, column]
        above.set_title(f"{size} training samples, {_runs(found.updates.shape[1])}")
        for method, (colour, label) in enumerate(zip(COLOURS, LABELS, strict=True)):
            _draw(above, found.test_rmse[method], colour, f"test, {label}", "-")
            _draw(above, found.train_rmse[method], colour, f"training, {label}", "--")
            _draw(below, found.updates[method], colour, label, "-")
        if noise > 0:
            above.axhline(noise, color="black", lw=0.9, ls=":", label="noise")
        below.set_xlabel("epoch")
        for panel in (above, below):
            panel.set_yscale("log")
            panel.grid(alpha=0.3)
    panels[0, 0].set_ylabel("RMSE")
    panels[1, 0].set_ylabel("mean absolute change\nof a parameter in an epoch")
    panels[0, -1].legend(frameon=False, fontsize="small")
    panels[1, -1].legend(frameon=False, fontsize="small")
    return figure


def _draw(axes: Axes, values: FloatArray, colour: str, label: str, style: str) -> None:
    """Mean, least and largest of (R, E) values; epochs count from 1."""
    epochs = np.arange(1, values.shape[1] + 1)
    axes.plot(epochs, values.mean(axis=0), style, color=colour, lw=1.3, label=label)
    if len(values) > 1 and style == "-":
        low, high = values.min(axis=0), values.max(axis=0)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.15, lw=0)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"mean of {count} runs"
