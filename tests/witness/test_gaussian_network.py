"""A witness function as a network of Gaussians (remark 4.1)."""

import numpy as np
import pytest

from vicinal import HermiteWitness


@pytest.mark.parametrize(("q", "n", "tolerance"), [(1, 5, 1e-9), (2, 3, 1e-11), (3, 2, 1e-12)])
def test_equals_the_witness(q, n, tolerance):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 80)
    X, Z = rng.normal(3, 1, (80, q)) + y[:, None], rng.normal(4, 2, (50, q))
    witness = HermiteWitness(n, 0.9).fit(X, y)
    network = witness.as_gaussian_network()
    decision = witness.decision_function(Z)
    assert np.abs(network(Z) - decision).max() < tolerance * np.abs(decision).max()


def test_centers_are_independent_of_the_data():
    rng = np.random.default_rng(1)
    networks = [
        HermiteWitness(3, 1.0).fit(rng.normal(0, 1, (30, 2)), np.arange(30) % 2) for _ in range(2)
    ]
    first, second = (witness.as_gaussian_network() for witness in networks)
    np.testing.assert_array_equal(first.centers, second.centers)
    assert np.abs(first.coefficients - second.coefficients).max() > 0


def test_real_values():
    rng = np.random.default_rng(2)
    X = rng.normal(0, 1, (60, 1))
    witness = HermiteWitness(3, 1.0).fit(X, X[:, 0] + rng.normal(0, 1, 60))
    np.testing.assert_allclose(
        witness.as_gaussian_network()(X)[:, 1], witness.decision_function(X), atol=1e-11
    )


def test_what_cannot_be_is_refused():
    rng = np.random.default_rng(3)
    X, y = rng.normal(0, 1, (30, 4)), np.arange(30) % 2
    with pytest.raises(ValueError, match="n is 8; at most 6 is allowed"):
        HermiteWitness(8, 1.0).fit(X[:, :1], y).as_gaussian_network()
    with pytest.raises(ValueError, match="nodes in each of 4 dimensions"):
        HermiteWitness(3, 1.0).fit(X, y).as_gaussian_network()
    with pytest.raises(ValueError, match="Gaussian already"):
        HermiteWitness(3, 1.0, kernel="gaussian").fit(X, y).as_gaussian_network()
    with pytest.raises(ValueError, match="Z has 2 columns"):
        HermiteWitness(3, 1.0).fit(X[:, :1], y).as_gaussian_network()(X[:, :2])
