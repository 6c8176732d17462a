"""Witness functions, figure 3: prototypes of classes in a latent plane, and their images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vicinal.figures.witness_latent_space import class_colours, class_handles, draw_codes, tinted

FloatArray = npt.NDArray[np.float64]
UInt8Array = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Prototypes:
    """Codes (c, k, 2) of k prototypes a class, NaN where there is none, and their images.

    images : uint8 (c * k, C, H, W), class by class.
    """

    codes: FloatArray
    images: UInt8Array


def latent_prototypes(
    codes: FloatArray,
    labels: npt.NDArray[np.int64],
    class_names: Sequence[str],
    prototypes: Mapping[str, Prototypes],
) -> Figure:
    """Above, where the prototypes lie among the codes; below, their images, a row a class.

    codes : (N, 2).     labels : (N,) in 0, ..., c - 1.     class_names : c of them.
    prototypes : by title. Where a class has none, its images' places stay empty.

    Raises ValueError for prototypes of other numbers than their images.
    """
    columns = len(prototypes)
    figure = Figure(figsize=(4.4 * columns, 8.6), layout="constrained")
    above, below = figure.subplots(2, columns, squeeze=False, height_ratios=[4, 5])
    colours = class_colours(len(class_names))
    for plane, images, (title, own) in zip(above, below, prototypes.items(), strict=True):
        draw_codes(plane, codes, labels, 0.5 + 0.5 * colours)
        for centres, colour in zip(own.codes, colours, strict=True):
            plane.scatter(
                centres[:, 0], centres[:, 1], s=45, c=[tuple(colour)], edgecolors="black", lw=0.8
            )
        plane.set(title=title, aspect="equal")
        _draw_images(images, own, class_names)
    for plane in above[1:]:
        plane.sharex(above[0])
        plane.sharey(above[0])
    figure.legend(
        handles=class_handles(class_names, colours),
        loc="outside lower center",
        ncols=min(len(class_names), 10),
        frameon=False,
    )
    return figure


def _draw_images(axes: Axes, own: Prototypes, class_names: Sequence[str]) -> None:
    axes.imshow(_rows(own), interpolation="nearest")
    height = own.images.shape[2] + 1
    axes.set_yticks(np.arange(len(class_names)) * height + height / 2, class_names)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _rows(own: Prototypes) -> FloatArray:
    """The images in one picture: a row a class, a blank pixel between neighbours."""
    classes, count = own.codes.shape[:2]
    if len(own.images) != classes * count:
        raise ValueError(f"{classes * count} prototypes have {len(own.images)} images")
    height, width = own.images.shape[2:]
    known = np.isfinite(own.codes).all(axis=2).reshape(-1)
    tiles = np.ones((classes * count, height + 1, width + 1, 3))
    tiles[known, :height, :width] = tinted(own.images, np.ones((len(known), 3)))[known]
    grid = tiles.reshape(classes, count, height + 1, width + 1, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(classes * (height + 1), count * (width + 1), 3)
