"""Neighbours against all pairs in float64, where a float32 engine alone would be wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vicinal.neighbours import nearest_neighbours


def brute_force(samples, k):
    distance = ((samples[:, None, :] - samples[None, :, :]) ** 2).sum(axis=-1)
    np.fill_diagonal(distance, -1.0)
    return np.argsort(distance, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize(("size", "dimension", "k"), [(200, 3, 5), (300, 40, 20), (60, 2, 60)])
def test_equals_all_pairs_on_random_points(size, dimension, k):
    samples = np.random.default_rng(size).normal(size=(size, dimension))
    np.testing.assert_array_equal(nearest_neighbours(samples, k), brute_force(samples, k))


def test_a_lattice_full_of_ties_is_ordered_by_index():
    axes = np.meshgrid(*[np.arange(8.0)] * 3)
    lattice = np.stack(axes, axis=-1).reshape(-1, 3)
    np.testing.assert_array_equal(nearest_neighbours(lattice, 7), brute_force(lattice, 7))


def test_each_of_a_thousand_identical_rows_is_its_own_first_neighbour():
    neighbours = nearest_neighbours(np.ones((1000, 4)), 5)
    expected = [[i, *[j for j in range(6) if j != i][:4]] for i in range(1000)]
    np.testing.assert_array_equal(neighbours, expected)


def test_differences_below_float32_resolution_are_seen():
    # Around 1e4 float32 resolves 1e-3: the float32 engine sees ties where float64 does not.
    rng = np.random.default_rng(3)
    samples = 1e4 * np.eye(2)[rng.integers(0, 2, 400)] + 1e-5 * rng.normal(size=(400, 2))
    np.testing.assert_array_equal(nearest_neighbours(samples, 6), brute_force(samples, 6))


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e30, 1e150])
def test_scale_of_the_samples_does_not_matter(scale):
    samples = np.random.default_rng(4).normal(size=(150, 5))
    power = 2.0 ** np.round(np.log2(scale))
    np.testing.assert_array_equal(
        nearest_neighbours(samples * power, 9), nearest_neighbours(samples, 9)
    )


@pytest.mark.parametrize("far", [1e4, 1e12, 1e30])
def test_an_outlier_changes_nothing_for_the_others(far):
    samples = np.random.default_rng(6).normal(size=(300, 8))
    samples[17] = far
    np.testing.assert_array_equal(nearest_neighbours(samples, 5), brute_force(samples, 5))


def test_block_size_does_not_matter():
    samples = np.random.default_rng(5).normal(size=(500, 8))
    samples[100:200] = samples[0]  # rows that are searched again
    np.testing.assert_array_equal(
        nearest_neighbours(samples, 10, block_bytes=1), nearest_neighbours(samples, 10)
    )


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.int8, st.tuples(st.integers(2, 40), st.integers(1, 3)), elements={"max_value": 3})
)
def test_equals_all_pairs_on_few_distinct_points(points):
    samples = points.astype(float)
    k = min(len(samples), 6)
    np.testing.assert_array_equal(nearest_neighbours(samples, k), brute_force(samples, k))


def test_bad_rows_are_named():
    samples = np.zeros((10, 2))
    samples[7, 1] = np.nan
    with pytest.raises(ValueError, match="first is row 7"):
        nearest_neighbours(samples, 3)
    with pytest.raises(ValueError, match="allowed are 1 to 10"):
        nearest_neighbours(np.zeros((10, 2)), 11)
