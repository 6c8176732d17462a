"""Boxes of points: their ends, and points drawn uniformly or on a grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def uniform_points(bounds: npt.ArrayLike, n: int, rng: np.random.Generator) -> FloatArray:
    """Uniform points (n, d) in the box (d, 2)."""
    box = check_box(bounds)
    return rng.uniform(box[:, 0], box[:, 1], size=(n, len(box)))


def grid_points(bounds: npt.ArrayLike, n: int) -> FloatArray:
    """A regular grid (n, 1) on an interval (1, 2), both ends included.

    Raises ValueError in more dimensions, and for fewer than 2 points.
    """
    box = check_box(bounds)
    if len(box) != 1 or n < 2:
        raise ValueError(
            f"a grid of {n} points in {len(box)} dimensions; grids are for one dimension and at "
            "least 2 points, uniform points for more"
        )
    return np.linspace(box[0, 0], box[0, 1], n)[:, None]


def check_box(bounds: npt.ArrayLike) -> FloatArray:
    """The box as (d, 2) float64; ValueError where lower >= upper."""
    box = np.asarray(bounds, dtype=np.float64)
    if box.ndim != 2 or box.shape[1] != 2 or not len(box):
        raise ValueError(f"bounds have shape {box.shape}; needed is (d, 2), [lower, upper] an axis")
    bad = ~(np.isfinite(box).all(axis=1) & (box[:, 0] < box[:, 1]))
    if bad.any():
        axis = int(bad.argmax())
        raise ValueError(
            f"bounds of axis {axis} are [{box[axis, 0]:g}, {box[axis, 1]:g}]; needed are finite "
            "numbers, lower < upper"
        )
    return box


def evaluation_points(bounds: npt.ArrayLike, n: int, rng: np.random.Generator) -> FloatArray:
    """Points (n, d) to measure errors at: a regular grid on an interval, else uniform ones."""
    return grid_points(bounds, n) if len(check_box(bounds)) == 1 else uniform_points(bounds, n, rng)
