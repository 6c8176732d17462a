"""Centroids of groups of points, of all of them and of those that are not astray."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist, pdist

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def group_sizes(groups: IntArray, count: int, kept: BoolArray | None = None) -> IntArray:
    """Number of points of each of `count` groups (K,), of those that are kept.

    groups : (N,) numbers 0, ..., K - 1.     kept : (N,), None for all.
    """
    chosen = groups if kept is None else groups[kept]
    return np.bincount(chosen, minlength=count).astype(np.int64)


def group_centroids(
    points: FloatArray, groups: IntArray, count: int, kept: BoolArray | None = None
) -> FloatArray:
    """Mean of each group's kept points, (K, q); of all its points where none is kept.

    points : (N, q).     groups, count, kept : see `group_sizes`, which also tells where none is.
    Raises ValueError for a group without points.
    """
    own = np.ones(len(groups), dtype=bool) if kept is None else kept.copy()
    if not group_sizes(groups, count).all():
        empty = int(group_sizes(groups, count).argmin())
        raise ValueError(f"group {empty} of {count} has no point; it has no centroid")
    own |= ~np.isin(groups, groups[own])
    sums = np.zeros((count, points.shape[1]))
    np.add.at(sums, groups[own], points[own])
    means: FloatArray = sums / group_sizes(groups, count, own)[:, None]
    return means


def nearest_to_centroid(points: FloatArray, groups: IntArray, sizes: IntArray) -> BoolArray:
    """Marks (N,), in each group, the `sizes` (K,) points nearest to the mean of the group.

    What is kept when a share of the points is trimmed; ties go to the point that comes first.
    """
    centres = group_centroids(points, groups, len(sizes))
    distances = np.linalg.norm(points - centres[groups], axis=1)
    chosen = np.zeros(len(points), dtype=bool)
    for group, size in enumerate(sizes):
        own = np.flatnonzero(groups == group)
        chosen[own[np.argsort(distances[own], kind="stable")[:size]]] = True
    return chosen


def geometric_median(
    points: FloatArray, *, tolerance: float = 1e-10, steps: int = 10_000
) -> FloatArray:
    """The point (q,) with the least sum of distances from points (N, q).

    Weiszfeld's iteration in the form of Vardi and Zhang (2000), which also leaves a point of the
    sample that it lands on. It ends where a step is below `tolerance` of the points' mean distance
    from their mean. Raises RuntimeError where that takes more steps.
    """
    centre = points.mean(axis=0)
    scale = float(np.linalg.norm(points - centre, axis=1).mean())
    for _ in range(steps):
        distances = np.linalg.norm(points - centre, axis=1)
        there = distances <= 1e-14 * scale
        if there.all():
            return centre
        pull = ((points[~there] - centre) / distances[~there, None]).sum(axis=0)
        weight = float((1 / distances[~there]).sum())
        strength = float(np.linalg.norm(pull))
        held = min(1.0, there.sum() / strength) if strength > 0 else 1.0
        step = (1 - held) * pull / weight
        centre = centre + step
        if np.linalg.norm(step) <= tolerance * scale:
            return centre
    raise RuntimeError(f"the geometric median of {len(points)} points took over {steps} steps")


def matched_centroids(centres: FloatArray, others: FloatArray) -> FloatArray:
    """The `others` (K, q), each in the place of the one of `centres` (K, q) that it is paired with.

    One to one, so that the sum of distances is least (the Hungarian algorithm).
    """
    rows, columns = linear_sum_assignment(cdist(centres, others))
    matched = np.empty_like(others)
    matched[rows] = others[columns]
    return matched


def relative_distance(centres: FloatArray, others: FloatArray) -> float:
    """Mean distance of centroids (K, q) from those in the same places, over that between groups.

    The latter is the mean over both sets of the distances between different groups.
    """
    apart = np.linalg.norm(centres - others, axis=1).mean()
    return float(apart / ((pdist(centres).mean() + pdist(others).mean()) / 2))


def nearest_centroid(points: FloatArray, centres: FloatArray) -> IntArray:
    """Number of the centroid (of K, q) that each point (M, q) is nearest to, (M,)."""
    nearest: IntArray = cdist(points, centres).argmin(axis=1)
    return nearest
