"""VBSW, figure 2: a two-dimensional data set, its weights, and two decision boundaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Classifier = Callable[[FloatArray], npt.NDArray[Any]]
CLASS_COLOURS = ("#3b6fb6", "#c8553d")


def decision_boundaries(
    samples: FloatArray,
    classes: npt.NDArray[np.int64],
    weights: FloatArray,
    classifiers: Mapping[str, Classifier],
) -> Figure:
    """Panels: the samples, the first classifier's regions, the weights, the second's regions.

    samples : (N, 2).     classes : (N,) 0 or 1.     weights : (N,).
    classifiers : two, by the titles of their panels; each maps (n, 2) to the probability of
        class 1, (n,).

    Raises ValueError for samples that do not lie in a plane.
    """
    if samples.ndim != 2 or samples.shape[1] != 2:
        raise ValueError(f"samples have shape {samples.shape}; a plane needs (N, 2)")
    figure = Figure(figsize=(13, 2.9), layout="constrained")
    axes = figure.subplots(1, 4, sharex=True, sharey=True)
    (first, before), (second, after) = classifiers.items()
    colours = np.array(CLASS_COLOURS)[classes]
    axes[0].scatter(*samples.T, c=colours, s=9)
    axes[0].set_title("(a) training samples")
    _draw_regions(axes[1], samples, before)
    axes[1].scatter(*samples.T, c=colours, s=9)
    axes[1].set_title(f"(b) {first}")
    order = weights.argsort()
    points = axes[2].scatter(*samples[order].T, c=weights[order], s=9, cmap="coolwarm")
    figure.colorbar(points, ax=axes[2], label="weight $w_i$", shrink=0.7)
    axes[2].set_title("(c) weights")
    _draw_regions(axes[3], samples, after)
    axes[3].scatter(*samples.T, c=colours, s=9)
    axes[3].set_title(f"(d) {second}")
    for panel in axes:
        panel.set_aspect("equal")
        panel.set_xlabel("$x_1$")
    axes[0].set_ylabel("$x_2$")
    return figure


def _draw_regions(axes: Axes, samples: FloatArray, classifier: Classifier) -> None:
    low, high = samples.min(axis=0) - 0.3, samples.max(axis=0) + 0.3
    x, y = np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200))
    probability = np.asarray(classifier(np.column_stack([x.ravel(), y.ravel()]))).reshape(x.shape)
    axes.contourf(x, y, probability, levels=[-1, 0.5, 2], colors=CLASS_COLOURS, alpha=0.18)
    axes.contour(x, y, probability, levels=[0.5], colors="black", linewidths=1.2)
