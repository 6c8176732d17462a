"""Centroids by brute force, medians against a general minimiser, pairings against all pairings."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from vicinal.witness.robust_centroids import (
    geometric_median,
    group_centroids,
    group_sizes,
    matched_centroids,
    nearest_centroid,
    nearest_to_centroid,
    relative_distance,
)

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(30, 3))
GROUPS = RNG.integers(0, 4, 30)


def test_centroids_are_means_of_kept_points():
    kept = RNG.random(30) < 0.5
    kept[GROUPS == 2] = False  # of which none is kept: all count
    found = group_centroids(POINTS, GROUPS, 4, kept)
    for group in range(4):
        own = (group == GROUPS) & (kept if group != 2 else True)
        np.testing.assert_allclose(found[group], POINTS[own].mean(axis=0))
    np.testing.assert_array_equal(group_sizes(GROUPS, 5, kept)[[2, 4]], 0)
    everything = group_centroids(POINTS, GROUPS, 4)
    np.testing.assert_allclose(everything[0], POINTS[GROUPS == 0].mean(axis=0))
    np.testing.assert_array_equal(everything, group_centroids(POINTS, GROUPS, 4, GROUPS > 9))
    with pytest.raises(ValueError, match="group 4 of 5 has no point"):
        group_centroids(POINTS, GROUPS, 5)


def test_trimming_keeps_the_nearest():
    sizes = np.array([1, 3, 0, 2])
    chosen = nearest_to_centroid(POINTS, GROUPS, sizes)
    np.testing.assert_array_equal(np.bincount(GROUPS[chosen], minlength=4), sizes)
    for group in range(4):
        own = POINTS[group == GROUPS]
        distances = np.linalg.norm(own - own.mean(axis=0), axis=1)
        inside = chosen[group == GROUPS]
        if inside.any():
            assert distances[inside].max() <= distances[~inside].min()


@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_the_median_minimises_the_sum_of_distances(shift):
    points = POINTS + np.r_[np.zeros(25), np.full(5, shift)][:, None]
    best = minimize(
        lambda c: np.linalg.norm(points - c, axis=1).sum(),
        points.mean(axis=0),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10_000},
    )
    np.testing.assert_allclose(geometric_median(points), best.x, atol=1e-5)


def test_medians_that_are_points():
    # More than half of the points in one place, which is where the iteration cannot divide.
    points = np.concatenate([np.zeros((5, 2)), [[1.0, 0], [0, 2], [7, 1]]])
    np.testing.assert_allclose(geometric_median(points), 0, atol=1e-7)
    # A start on a point that is not the median is left again.
    cross = np.array([[0.0, 0], [3, 0.1], [3, -0.1], [-6, 0]])
    np.testing.assert_array_equal(cross.mean(axis=0), 0)
    best = min(
        np.linspace(-1, 3, 40_001), key=lambda x: np.hypot(cross[:, 0] - x, cross[:, 1]).sum()
    )
    np.testing.assert_allclose(geometric_median(cross), [best, 0], atol=2e-4)
    np.testing.assert_array_equal(geometric_median(np.ones((3, 2))), 1)
    with pytest.raises(RuntimeError, match="took over 1 steps"):
        geometric_median(POINTS, steps=1)


def test_pairings_have_the_least_sum():
    centres, others = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2))

    def total(order):
        return np.linalg.norm(centres - others[list(order)], axis=1).sum()

    best = min(itertools.permutations(range(5)), key=total)
    np.testing.assert_array_equal(matched_centroids(centres, others), others[list(best)])


def test_distances_are_relative_to_those_between_groups():
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    between = (4 + 2 * 2**0.5) / 6
    moved = square + np.array([0.1, 0])
    assert relative_distance(square, moved) == pytest.approx(0.1 / between)
    assert relative_distance(7 * square, 7 * moved) == pytest.approx(0.1 / between)
    assert relative_distance(square, 3 * square) == pytest.approx(
        2 * (0 + 1 + 2**0.5 + 1) / 4 / (2 * between)
    )


def test_nearest_centroids():
    found = nearest_centroid(POINTS, POINTS[:4])
    expected = [min(range(4), key=lambda k: np.linalg.norm(p - POINTS[k])) for p in POINTS]
    np.testing.assert_array_equal(found, expected)
