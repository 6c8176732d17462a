"""Witness functions, figure 2: codes of a latent plane, and the decoded points that are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

FloatArray = npt.NDArray[np.float64]
UInt8Array = npt.NDArray[np.uint8]
# How much of a class's colour lies behind an image: enough to tell ten of them apart.
_TINT = 0.45


@dataclass(frozen=True)
class DecodedGrid:
    """A grid of side x side codes, row by row from the top, and their images.

    extent : the grid is of [-extent, extent]^2.      images : uint8 (side^2, C, H, W).

    Raises ValueError for another number of images than of a square.
    """

    extent: float
    images: UInt8Array

    def __post_init__(self) -> None:
        if self.side**2 != len(self.images) or self.side < 2:
            raise ValueError(
                f"{len(self.images)} images; needed are those of a square grid, 2 x 2 or more"
            )

    @property
    def side(self) -> int:
        """Points a side."""
        return round(len(self.images) ** 0.5)

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the picture: half a tile beyond the outer points."""
        half = self.extent * self.side / (self.side - 1)
        return (-half, half, -half, half)


@dataclass(frozen=True)
class ShownPoints:
    """Which of the grid's points a panel shows, (M,) booleans, and their classes (M,) or None."""

    shown: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.int64] | None = None


def latent_space(
    codes: FloatArray,
    labels: npt.NDArray[np.int64],
    class_names: Sequence[str],
    grid: DecodedGrid,
    panels: Mapping[str, ShownPoints],
) -> Figure:
    """First the codes, then a panel for each title with the images of its points of the grid.

    codes : (N, 2).     labels : (N,) in 0, ..., c - 1.     class_names : c of them.
    panels : by title. Behind an image lies the colour of the class that the witness gives it.

    Raises ValueError for panels of another number of points than the grid has.
    """
    columns = -(-(len(panels) + 1) // 2)
    figure = Figure(figsize=(4.2 * columns, 9.4), layout="constrained")
    places = figure.subplots(2, columns, squeeze=False, sharex=True, sharey=True).ravel()
    colours = class_colours(len(class_names))
    draw_codes(places[0], codes, labels, colours)
    places[0].set_title("codes of training images")
    for axes, (title, points) in zip(places[1:], panels.items(), strict=False):
        axes.imshow(_mosaic(grid, points, colours), extent=grid.corners, interpolation="nearest")
        axes.set_title(title)
    for axes in places[len(panels) + 1 :]:
        axes.set_axis_off()
    left, right, bottom, top = grid.corners
    for axes in places:
        axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        axes.label_outer(remove_inner_ticks=True)
    figure.legend(
        handles=class_handles(class_names, colours),
        loc="outside lower center",
        ncols=min(len(class_names), 10),
        frameon=False,
    )
    return figure


def class_colours(count: int) -> FloatArray:
    """One colour (count, 3) a class."""
    if count <= 10:
        return np.array(mpl.colormaps["tab10"].colors[:count], dtype=np.float64)  # type: ignore[attr-defined]
    return np.asarray(mpl.colormaps["hsv"](np.arange(count) / count)[:, :3], dtype=np.float64)


def class_handles(class_names: Sequence[str], colours: FloatArray) -> list[Line2D]:
    """The classes, for a legend."""
    return [
        Line2D([], [], ls="", marker="o", color=tuple(colour), label=name)
        for name, colour in zip(class_names, colours, strict=True)
    ]


def draw_codes(
    axes: Axes, codes: FloatArray, labels: npt.NDArray[np.int64], colours: FloatArray
) -> None:
    """Codes (N, 2) as points of their classes' colours."""
    axes.scatter(codes[:, 0], codes[:, 1], s=3, c=colours[labels], alpha=0.6, lw=0, rasterized=True)


def tinted(images: UInt8Array, tints: FloatArray) -> FloatArray:
    """Images (N, C, H, W) as (N, H, W, 3) in [0, 1], on backgrounds of a colour (N, 3) each.

    Grey ones are ink on the background; coloured ones are laid over it, half transparent, where it
    is not white.
    """
    pixels = images.transpose(0, 2, 3, 1) / 255.0
    background = tints[:, None, None]
    if images.shape[1] == 1:
        found: FloatArray = (1 - pixels) * background
        return found
    share = np.where(np.all(tints == 1, axis=1), 0.0, 0.3)[:, None, None, None]
    mixed: FloatArray = (1 - share) * pixels + share * background
    return mixed


def _mosaic(grid: DecodedGrid, points: ShownPoints, colours: FloatArray) -> FloatArray:
    """The images of the points that are shown, in their places; white elsewhere."""
    shown, classes = points.shown, points.classes
    if shown.shape != (len(grid.images),):
        raise ValueError(f"a panel is of {shown.shape} points, the grid of {len(grid.images)}")
    tints = np.ones((len(shown), 3))
    if classes is not None:
        tints = 1 - _TINT * (1 - colours[classes])
    tiles = np.where(shown[:, None, None, None], tinted(grid.images, tints), 1.0)
    height, width = tiles.shape[1:3]
    rows = tiles.reshape(grid.side, grid.side, height, width, 3).transpose(0, 2, 1, 3, 4)
    return rows.reshape(grid.side * height, grid.side * width, 3)
