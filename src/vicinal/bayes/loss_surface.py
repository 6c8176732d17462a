"""A loss on the plane in which a trajectory of parameters moves most (section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Parameters that are taken to float64 at once: their points are many and may be float32.
BLOCK = 1 << 18
# A second component of less than this share of the first's variance is rounding.
NO_VARIANCE = 1e-12


@dataclass(frozen=True)
class TrajectoryPlane:
    """The plane through the mean of a trajectory along its first two principal components.

    origin : (P,).      directions : (2, P), orthonormal.
    explained : (2,) shares of the trajectory's variance.
    """

    origin: FloatArray
    directions: FloatArray
    explained: FloatArray

    def project(self, points: npt.NDArray[Any]) -> FloatArray:
        """Coordinates (T, 2) of points (T, P), on the plane or beside it.

        Raises ValueError for points of other than P parameters.
        """
        if points.ndim != 2 or points.shape[1] != len(self.origin):
            raise ValueError(f"points have shape {points.shape}; needed is (T, {len(self.origin)})")
        found = [self.directions @ (point - self.origin) for point in points]
        return np.array(found, dtype=np.float64).reshape(-1, 2)

    def point(self, x: float, y: float) -> FloatArray:
        """(P,) of a point of the plane."""
        return self.origin + x * self.directions[0] + y * self.directions[1]


def trajectory_plane(points: npt.NDArray[Any]) -> TrajectoryPlane:
    """The plane of (T, P) points: their thin SVD, by the T x T matrix of their products.

    points : float32 or float64, of which P may be millions; the sums are in float64.

    Each direction points to where the last point lies, seen from the first.
    Raises ValueError for fewer than three points, for points on a line, of which all may be the
    same, and for values that are not finite.
    """
    points = np.asarray(points)
    if points.ndim != 2 or len(points) < 3:
        raise ValueError(f"points have shape {points.shape}; needed is (T, P), T at least 3")
    if not np.isfinite(points).all():
        raise ValueError("points are not all finite")
    origin = points.mean(axis=0, dtype=np.float64)
    products = np.zeros((len(points), len(points)))
    for block in _blocks(points):
        centred = points[:, block] - origin[block]
        products += centred @ centred.T
    values, vectors = np.linalg.eigh(products)
    if values[-2] <= NO_VARIANCE * values[-1]:
        raise ValueError("the points lie on a line; they make no plane")
    chosen = vectors[:, [-1, -2]].T
    directions = np.empty((2, points.shape[1]))
    for block in _blocks(points):
        directions[:, block] = chosen @ (points[:, block] - origin[block])
    # Products square rounding's errors: the second direction may have a part of the first.
    directions[0] /= np.linalg.norm(directions[0])
    directions[1] -= (directions[1] @ directions[0]) * directions[0]
    directions[1] /= np.linalg.norm(directions[1])
    ahead = directions @ (points[-1] - points[0].astype(np.float64))
    directions *= np.where(ahead < 0, -1.0, 1.0)[:, None]
    return TrajectoryPlane(origin, directions, values[[-1, -2]] / np.trace(products))


def surface_grid(
    paths: Sequence[FloatArray], count: int, margin: float
) -> tuple[FloatArray, FloatArray]:
    """Coordinates (G,) along both axes of a grid that holds all paths.

    paths : (T, 2) each, of their own length.     count : G, points an axis.
    margin : space on each side, the same on all four, as a share of the larger range of both axes.
    Raises ValueError for fewer than two points an axis, a negative margin, and paths of other
    shapes or that stay in one place.
    """
    if count < 2 or not margin >= 0:
        raise ValueError(f"{count} points, margin {margin}; needed are 2 or more, and 0 or more")
    shapes = [np.shape(path) for path in paths]
    if not shapes or any(len(shape) != 2 or shape[1] != 2 for shape in shapes):
        raise ValueError(f"paths have shapes {shapes}; needed are (T, 2)")
    points = np.concatenate(list(paths))
    if not len(points) or not np.ptp(points, axis=0).max() > 0:
        raise ValueError("the paths stay in one place; there is no range to lay a grid over")
    low, high = points.min(axis=0), points.max(axis=0)
    space = margin * (high - low).max()
    x, y = np.linspace(low - space, high + space, count).T
    return x, y


def evaluate_surface(
    loss: Callable[[FloatArray], float], plane: TrajectoryPlane, x: FloatArray, y: FloatArray
) -> FloatArray:
    """Losses (len(y), len(x)) of the plane's points, row by row: y is constant along a row.

    loss : of a point (P,).
    """
    return np.array([[loss(plane.point(a, b)) for a in x] for b in y], dtype=np.float64)


def _blocks(points: npt.NDArray[Any]) -> Iterator[slice]:
    """The parameters of (T, P) points, some at a time."""
    return (slice(first, first + BLOCK) for first in range(0, points.shape[1], BLOCK))
