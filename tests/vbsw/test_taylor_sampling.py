"""Points concentrate where the function changes, within the box, and follow the seed."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.mixture import GaussianMixture

import vicinal
from vicinal.vbsw.taylor_sampling import (
    check_box,
    fit_mixture,
    sample_truncated,
    taylor_sampling,
)

BOX = [[-1.0, 2.0], [3.0, 5.0]]


def ridge(p):
    """Steep near p[0] = 1.2 only."""
    return torch.tanh(20 * (p[0] - 1.2)) + 0.01 * p[1]


def test_points_lie_where_the_function_is_steep():
    points = vicinal.taylor_sampling(ridge, BOX, 500, seed=0)
    assert points.shape == (500, 2)
    assert (abs(points[:, 0] - 1.2) < 0.15).mean() > 0.95
    assert np.ptp(points[:, 1]) > 1.8  # along the ridge nothing is preferred


def test_the_density_follows_the_measure():
    """D of x^2 / 2 at first order is proportional to x^2: on [0, 1] its CDF is x^3."""
    points = taylor_sampling(
        lambda x: x.square() / 2, [[0, 1]], 2000, order=1, components=8, grid=True, resamples=50_000
    )
    assert stats.kstest(points[:, 0], lambda x: x**3).statistic < 0.05


def test_candidates_may_be_the_initial_points():
    """Few of them: Gaussians of variance reg_covar, one around each."""
    initial = np.array([[0.2], [0.5], [0.8]])
    points = taylor_sampling(lambda x: 3 * x, [[0, 1]], 300, candidates=initial, reg_covar=1e-4)
    distance = abs(points - initial.T)
    assert distance.min(axis=1).max() < 5e-2
    assert distance.min(axis=1).std() > 5e-3
    np.testing.assert_allclose(np.bincount(distance.argmin(axis=1)) / 300, 1 / 3, atol=0.1)


def test_the_authors_way_of_repeating_candidates():
    """floor(100 D / max D) copies: with D = 1, 0.5, 0.009 the mixture has weights 2/3 and 1/3."""
    mixture = fit_mixture(
        np.array([[0.1], [0.5], [0.9]]),
        np.array([1.0, 0.5, 0.009]),
        components=2,
        resamples=None,
        reg_covar=1e-6,
        rng=np.random.default_rng(0),
    )
    order = mixture.means_[:, 0].argsort()
    np.testing.assert_allclose(mixture.means_[order, 0], [0.1, 0.5], atol=1e-9)
    np.testing.assert_allclose(mixture.weights_[order], [2 / 3, 1 / 3], atol=1e-9)


def test_the_seed_fixes_the_points():
    first, again, other = (taylor_sampling(ridge, BOX, 40, seed=seed) for seed in (5, 5, 6))
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)


def test_the_units_of_the_box_do_not_matter():
    """The same function in other units gives the same points in these units."""
    wide = taylor_sampling(lambda x: torch.tanh(x / 100 - 3), [[0, 1000]], 50, order=1)
    narrow = taylor_sampling(lambda x: torch.tanh(10 * x - 3), [[0, 1]], 50, order=1)
    np.testing.assert_allclose(wide / 1000, narrow, rtol=1e-6)


def test_truncation_keeps_the_shape_inside_the_box():
    mixture = GaussianMixture(1)
    mixture.weights_, mixture.means_ = np.array([1.0]), np.array([[0.9]])
    mixture.covariances_ = np.array([[[0.04]]])
    draws = sample_truncated(mixture, 5000, np.random.default_rng(0))
    truncated = stats.truncnorm(-0.9 / 0.2, 0.1 / 0.2, loc=0.9, scale=0.2)
    assert draws.min() >= 0
    assert draws.max() <= 1
    assert stats.kstest(draws[:, 0], truncated.cdf).pvalue > 0.01


def test_points_stay_in_the_box_when_the_function_is_steepest_at_its_corner():
    points = taylor_sampling(lambda p: torch.exp(3 * p[0] - 3 * p[1]), BOX, 300, components=1)
    box = np.array(BOX)
    assert ((points >= box[:, 0]) & (points <= box[:, 1])).all()
    assert len(np.unique(points, axis=0)) == 300


def test_hopeless_rejection_names_the_fraction():
    with pytest.raises(ArithmeticError, match=r"only a fraction \S+ of the mixture's draws"):
        taylor_sampling(ridge, BOX, 10, reg_covar=1e6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bounds": [[0, 1], [2, 2]]}, r"bounds of axis 1 are \[2, 2\].*lower < upper"),
        ({"bounds": [[0, 1], [3, 2]]}, "bounds of axis 1"),
        ({"bounds": [[0, np.inf], [1, 2]]}, "finite"),
        ({"bounds": [0, 1]}, r"needed is \(d, 2\)"),
        ({"n": 0}, "n = 0 points"),
        ({"candidates": 2}, "3 components, but D is concentrated on [12] distinct"),
        ({"components": 0}, "components = 0"),
        ({"resamples": 0}, "resamples = 0"),
        ({"reg_covar": 0.0}, "reg_covar = 0"),
        ({"candidates": 0}, "candidates = 0"),
        ({"candidates": [[0.0, 4.0], [0.0, 6.0]]}, "outside the box, first in row 1"),
        ({"candidates": [[0.0]]}, "in a box of 2 axes"),
        ({"grid": True}, "grids are for one dimension"),
        ({"f": lambda p: 0 * p[0] + 3}, "does not change at any of the 1000 candidates"),
    ],
)
def test_arguments_that_cannot_be_met(arguments, message):
    f, bounds, n = (
        arguments.pop(name, default) for name, default in (("f", ridge), ("bounds", BOX), ("n", 5))
    )
    with pytest.raises(ValueError, match=message):
        taylor_sampling(f, bounds, n, **arguments)


def test_the_box_is_returned_as_floats():
    assert check_box([[0, 1]]).dtype == np.float64
