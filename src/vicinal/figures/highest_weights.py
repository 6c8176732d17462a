"""VBSW, figure 3: the training images that have the highest weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure


def highest_weights(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    class_names: Sequence[str],
    weights: npt.NDArray[np.float64],
    count: int,
) -> Figure:
    """A grid of the `count` heaviest images, the heaviest first, with label and weight.

    images : (N, C, H, W).     labels : (N,) into class_names.     weights : (N,).
    """
    chosen = np.argsort(-weights, kind="stable")[:count]
    columns = min(8, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.5 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, index in zip(grid.flat, chosen, strict=False):
        image = images[index].transpose(1, 2, 0)
        axes.imshow(image.squeeze(), cmap="gray_r", interpolation="nearest")
        axes.set_title(f"{class_names[labels[index]]}, {weights[index]:.1f}", fontsize=8)
    return figure
