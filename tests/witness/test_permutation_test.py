"""The permutation test against a loop, and its p-values under the null hypothesis."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import binom, kstest

from vicinal import HermiteWitness, hermite_kernel


def loop(witness, X, y, Z, classes, n, sigma):
    """F of the labels and of each permutation, one after another, (P + 1, M, K)."""
    kernel = hermite_kernel(Z - X.mean(0), X - X.mean(0), n, sigma)
    codes = np.searchsorted(classes, y)
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(
        np.broadcast_to(codes.astype(np.uint8), (witness.n_permutations, len(y))), axis=1
    )
    found = []
    for labels in [codes, *shuffled]:
        of_class = [labels == k for k in range(len(classes))]
        found.append(
            np.stack([kernel[:, own].mean(1) - kernel[:, ~own].mean(1) for own in of_class], 1)
        )
    return np.stack(found)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("path", ["features", "pairwise"])
@pytest.mark.parametrize("block_bytes", [2**16, 2**26])
def test_permutations_equal_a_loop(classes, path, block_bytes):
    rng = np.random.default_rng(1)
    y = rng.integers(0, classes, 90)
    X, Z = rng.normal(0, 1, (90, 2)) + 0.7 * y[:, None], rng.normal(0.5, 1, (25, 2))
    settings = {"n_permutations": 99, "threshold_factor": 0.8, "level": 0.1}
    witness = HermiteWitness(4, 1.1, path=path, block_bytes=block_bytes, **settings).fit(X, y)
    tested = witness.test(Z)
    own, *others = loop(witness, X, y, Z, np.arange(classes), 4, 1.1)
    others = np.stack(others)

    np.testing.assert_allclose(tested.class_statistics, own, atol=1e-13)
    best = own.argmax(1)
    at = np.arange(len(Z)), best
    threshold = 0.8 * np.abs(others).max(0)[at]
    np.testing.assert_allclose(tested.threshold, threshold, atol=1e-13)
    np.testing.assert_array_equal(tested.significant, own[at] > threshold)
    np.testing.assert_allclose(tested.ratio, own[at] / np.abs(others).max(0)[at], atol=1e-9)
    reached = (others.max(2) >= own.max(1) - 1e-12).sum(0)
    np.testing.assert_array_equal(tested.p_values, (1 + reached) / 100)
    by_class = (others >= own - 1e-12).sum(0)
    np.testing.assert_array_equal(tested.class_p_values, (1 + by_class) / 100)
    np.testing.assert_array_equal(tested.significant_at_level, tested.p_values <= 0.1)
    # Benjamini and Hochberg: the largest rank i whose p-value is at most i level / M.
    ranked = np.sort(tested.p_values)
    passed = np.flatnonzero(ranked <= np.arange(1, 26) * 0.1 / 25)
    limit = ranked[passed[-1]] if len(passed) else -1.0
    with pytest.warns(UserWarning, match="permutations no p-value is below 0.01"):
        np.testing.assert_array_equal(tested.discoveries, tested.p_values <= limit)
    assert tested.significant.any()


def test_two_classes_are_tested_on_both_sides():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 60)
    X, Z = rng.normal(0, 1, (60, 1)), rng.normal(0, 1, (10, 1))
    witness = HermiteWitness(3, 1.0, n_permutations=199).fit(X, y)
    own, *others = loop(witness, X, y, Z, np.arange(2), 3, 1.0)
    reached = (np.abs(np.stack(others)[:, :, 0]) >= np.abs(own[:, 0]) - 1e-12).sum(0)
    np.testing.assert_array_equal(witness.test(Z).p_values, (1 + reached) / 200)


def test_permutations_that_tie_count():
    """Six samples of two classes have 20 divisions: whole shares of permutations are the same."""
    X, y, at = np.arange(6.0)[:, None], np.array([0, 0, 0, 1, 1, 1]), np.zeros((1, 1))
    kernel = hermite_kernel(at - 2.5, X - 2.5, 3, 2.0)[0]
    halves = np.array([kernel[list(half)].sum() for half in combinations(range(6), 3)])
    differences = np.abs(2 * halves - kernel.sum())
    expected = (differences >= abs(2 * kernel[:3].sum() - kernel.sum()) - 1e-12).mean()
    for path in ("features", "pairwise"):
        tested = HermiteWitness(3, 2.0, path=path, n_permutations=4000).fit(X, y).test(at)
        assert tested.p_values[0] == pytest.approx(expected, abs=0.03)
    # Of all permutations none is beyond the largest of the divisions, though many reach it.
    top = np.argsort(kernel)[3:]
    tested = HermiteWitness(3, 2.0, n_permutations=4000).fit(X, np.isin(np.arange(6), top)).test(at)
    assert not tested.significant[0]
    assert tested.p_values[0] == pytest.approx(0.1, abs=0.02)


def test_threshold_is_over_the_ball():
    """At points of the ball the threshold by itself is at most the one of the ball."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 80)
    X, Z = rng.normal(0, 1, (80, 2)), rng.normal(0, 1, (12, 2))
    near = HermiteWitness(4, 1.0, n_permutations=50).fit(X, y)
    ball = HermiteWitness(4, 1.0, n_permutations=50, radius=0.5, radius_points=40).fit(X, y)
    alone, over = near.test(Z), ball.test(Z)
    assert (over.threshold >= alone.threshold).all()
    assert (over.threshold > alone.threshold).mean() > 0.9
    np.testing.assert_array_equal(over.p_values, alone.p_values)
    # By hand, at a fine grid of the first point's ball.
    angle, distance = np.meshgrid(np.linspace(0, 2 * np.pi, 60), np.linspace(0, 0.5, 20))
    grid = Z[0] + np.stack([distance * np.cos(angle), distance * np.sin(angle)], -1).reshape(-1, 2)
    supremum = near.test(grid).threshold.max()
    assert alone.threshold[0] < over.threshold[0] <= supremum * (1 + 1e-6)
    assert over.threshold[0] > 0.9 * supremum


@pytest.mark.parametrize("kind", ["two", "three", "values"])
def test_p_values_are_uniform_under_the_null(kind):
    """One point of each of 400 independent draws in which labels hang on nothing."""
    found = []
    for draw in range(400):
        rng = np.random.default_rng([7, draw])
        X = rng.normal(0, 1, (60, 2))
        y = {
            "two": rng.permutation(np.repeat([0, 1], [40, 20])),
            "three": rng.permutation(np.repeat([0, 1, 2], [30, 20, 10])),
            "values": rng.exponential(1, 60),
        }[kind]
        witness = HermiteWitness(4, 0.8, n_permutations=99, random_state=draw).fit(X, y)
        found.append(witness.test([[0.3, -0.2]]).p_values[0])
    # P-values are multiples of 1/100: a uniform share of one of them makes them continuous.
    spread = np.array(found) - np.random.default_rng(0).uniform(0, 0.01, 400)
    assert kstest(spread, "uniform").pvalue > 0.001
    below = int((np.array(found) <= 0.05).sum())
    assert binom.ppf(0.001, 400, 0.05) <= below <= binom.ppf(0.999, 400, 0.05)


def test_too_few_permutations_for_discoveries_are_told():
    X, y = np.random.default_rng(0).normal(0, 1, (40, 1)), np.arange(40) % 2
    tested = HermiteWitness(3, 1.0, n_permutations=99).fit(X, y).test(X[:10])
    with pytest.warns(UserWarning, match="should be of the order of 200"):
        assert tested.discoveries.shape == (10,)


def test_seed_decides():
    X, y = np.random.default_rng(0).normal(0, 1, (40, 1)), np.arange(40) % 2
    tests = [
        HermiteWitness(3, 1.0, n_permutations=50, random_state=seed).fit(X, y).test(X)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(tests[0].threshold, tests[1].threshold)
    assert (tests[0].threshold != tests[2].threshold).any()


@pytest.mark.parametrize("path", ["features", "pairwise"])
@pytest.mark.parametrize("block_bytes", [2**16, 2**26])
def test_global_test_equals_a_loop(path, block_bytes):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 3, 90)
    X = rng.normal(0, 1, (90, 2)) + 0.2 * y[:, None]
    witness = HermiteWitness(4, 1.1, path=path, block_bytes=block_bytes, n_permutations=99)
    tested = witness.fit(X, y).global_test(X)
    largest = loop(witness, X, y, X, np.arange(3), 4, 1.1).max((1, 2))
    assert tested.statistic == pytest.approx(largest[0], abs=1e-13)
    assert tested.p_value == (1 + (largest[1:] >= largest[0]).sum()) / 100
    assert 0.01 < tested.p_value < 1


def test_global_test_needs_points():
    witness = HermiteWitness(3, 1.0).fit(np.arange(4.0)[:, None], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="Z has no rows"):
        witness.global_test(np.zeros((0, 1)))
