"""Gaussian radial basis functions, their derivatives, and where to put their centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RadialBasis:
    """Bells exp(-||x - c||^2 / r^2) around centres (eq. 16, there in one dimension).

    centres : (C, d) finite floats.     radius : r, above 0, in units of the samples.
    as_printed : take eq. 18 and 19 for the derivative, which have -2 (x - c)^2 / r^2 in the place
        of -2 (x - c) / r^2: a slip, the derivative of nothing.

    Samples are (..., N, d): leading axes are stacks of data sets.
    """

    centres: FloatArray
    radius: float
    as_printed: bool = False

    def features(self, X: FloatArray) -> FloatArray:
        """Each bell's height (..., N, C) at each sample."""
        offsets = self._offsets(X)
        return np.exp(-np.square(offsets).sum(axis=-2))

    def derivatives(self, X: FloatArray) -> FloatArray:
        """Each bell's derivatives (..., N, d, C) by the coordinates of each sample."""
        offsets = self._offsets(X)
        bells = np.exp(-np.square(offsets).sum(axis=-2, keepdims=True))
        if self.as_printed:
            return -2 * np.square(offsets) * bells
        return -2 / self.radius * offsets * bells

    def _offsets(self, X: FloatArray) -> FloatArray:
        """(x - c) / r as (..., N, d, C)."""
        return np.asarray((X[..., None] - self.centres.T) / self.radius, dtype=np.float64)


def radial_basis(
    X: FloatArray,
    centres: int | npt.ArrayLike,
    radius: float | Literal["spacing"],
    *,
    as_printed: bool = False,
    seed: int = 0,
) -> RadialBasis:
    """The basis for samples X (N, d).

    centres : how many, placed by `place_centres` with `seed`, or where: (C, d), or (C,) for
        d = 1.
    radius : a number above 0, or `spacing` for the distance between neighbouring centres.

    Raises ValueError for centres that do not fit the samples or are not finite, and other radii.
    """
    where = np.array(np.asarray(centres), dtype=np.float64)
    if where.ndim == 0:
        if where < 1 or where != round(float(where)):
            raise ValueError(f"centres = {float(where):g}; allowed are 1, 2, ... and arrays (C, d)")
        where = place_centres(X, int(where), seed)
    if where.ndim == 1 and X.shape[1] == 1:
        where = where[:, None]
    if where.ndim != 2 or where.shape[1] != X.shape[1] or not len(where):
        raise ValueError(
            f"centres have shape {where.shape}; samples of {X.shape[1]} coordinates need "
            f"(C, {X.shape[1]})"
        )
    if not np.isfinite(where).all():
        raise ValueError("centres hold NaN or infinity")
    width = spacing(where) if radius == "spacing" else radius
    if isinstance(width, str) or not (np.isfinite(width) and width > 0):
        raise ValueError(f"radius is {radius!r}; allowed are 'spacing' and numbers above 0")
    return RadialBasis(where, float(width), as_printed)


def place_centres(X: FloatArray, count: int, seed: int = 0) -> FloatArray:
    """Centres (C, d) for samples X (N, d): C = count, or fewer where samples coincide.

    In one dimension they are evenly spaced from the least to the greatest sample, both included
    (all samples equal: one centre). In more, where a grid would need a power of d, they are the
    means that k-means finds, started from `seed`; no more than `count` distinct samples are
    centres themselves.
    """
    distinct = np.unique(X, axis=0)
    if X.shape[1] == 1 and len(distinct) > 1:
        if count == 1:
            return np.array([[(distinct[0, 0] + distinct[-1, 0]) / 2]])
        return np.linspace(distinct[0], distinct[-1], count)
    if len(distinct) <= count:
        return distinct
    from sklearn.cluster import KMeans  # takes a second to import

    means = KMeans(count, n_init=4, random_state=seed).fit(X).cluster_centers_
    return np.asarray(means, dtype=np.float64)


def spacing(centres: FloatArray) -> float:
    """The largest distance of a centre from its nearest other; 1 for a single centre."""
    distinct = np.unique(centres, axis=0)
    if len(distinct) < 2:
        return 1.0
    square = np.square(distinct[:, None] - distinct).sum(axis=-1)
    np.fill_diagonal(square, np.inf)
    return float(np.sqrt(square.min(axis=1).max()))
