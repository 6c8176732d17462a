"""Gradient-trained GAN: true images beside those that the generators of both trainings make."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from vicinal.data.image_arrays import check_images

UInt8Array = npt.NDArray[np.uint8]


def gan_samples(images: Mapping[str, UInt8Array], *, columns: int = 8, rows: int = 8) -> Figure:
    """One panel a set of images: the first ones of each, row by row.

    images : by title, uint8 (N, C, H, W) of one or three channels, all of one size. Of generators
        that were given the same noise, images in the same place are of the same noise.

    Panels hold `rows` rows, and fewer where there are fewer images. Raises ValueError for a set
    without images and for images of another kind.
    """
    size = (0.45 * columns * len(images) + 0.4, 0.45 * rows + 0.5)
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(wspace=0.05))
    panels = figure.subplots(1, len(images), squeeze=False)[0]
    for axes, (title, shown) in zip(panels, images.items(), strict=True):
        check_images(shown, f"images of {title!r}")
        axes.imshow(
            _mosaic(shown[: rows * columns], columns),
            cmap="gray_r",
            vmin=0,
            vmax=255,
            interpolation="nearest",
        )
        axes.set_title(title)
        axes.set_axis_off()
    return figure


def _mosaic(images: UInt8Array, columns: int) -> UInt8Array:
    """Images (N, C, H, W) in one picture, row by row, a blank pixel between neighbours."""
    channels, height, width = images.shape[1:]
    rows = -(-len(images) // columns)
    blank = 255 if channels > 1 else 0  # grey images are drawn dark on white
    tiles = np.full((rows * columns, channels, height + 1, width + 1), blank, dtype=np.uint8)
    tiles[: len(images), :, :height, :width] = images
    grid = tiles.reshape(rows, columns, channels, height + 1, width + 1)
    picture = grid.transpose(0, 3, 1, 4, 2).reshape(rows * (height + 1), columns * (width + 1), -1)
    return picture[:-1, :-1].squeeze(axis=2) if channels == 1 else picture[:-1, :-1]
