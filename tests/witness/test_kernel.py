"""The localised Hermite kernel against its definition, in every dimension and by every path."""

import numpy as np
import pytest
import torch
from kernel_formulas import section_4_1, tensor_sum

from vicinal import hermite_kernel
from vicinal.witness.hermite_functions import hermite_functions
from vicinal.witness.kernel import common_log_factor, kernel_diagonal, pairwise_kernel
from vicinal.witness.tensor_features import TensorFeatures, multi_indices, rank


def draw(size, q, scale, seed=0):
    return np.random.default_rng([seed, q]).normal(0, scale, (size, q))


def relative(found, expected, X, Y, n):
    """Largest difference by sqrt(Phi(x, x) Phi(y, y))."""
    scales = [
        np.sqrt(kernel_diagonal(torch.as_tensor(points), n, 0.0).numpy()) for points in (X, Y)
    ]
    return np.max(np.abs(found - expected) / np.maximum(np.outer(*scales), 1e-250))


@pytest.mark.parametrize(
    ("q", "n"), [(1, 1), (1, 5), (2, 1), (2, 4), (3, 3), (4, 2), (5, 2), (6, 2)]
)
def test_equals_the_sum_over_tensor_products(q, n):
    X, Y = draw(12, q, n / 2), draw(15, q, n / 2, seed=1)
    expected = tensor_sum(X, Y, n)
    assert relative(hermite_kernel(X, Y, n), expected, X, Y, n) < 1e-13


@pytest.mark.parametrize(("q", "n"), [(2, 5), (5, 3), (64, 3), (64, 5)])
def test_equals_the_formula_of_section_4_1(q, n):
    """The formula itself cancels; at high degree it is no longer a truth to hold against."""
    X, Y = draw(10, q, 0.4), draw(11, q, 0.4, seed=1)
    assert relative(hermite_kernel(X, Y, n), section_4_1(X, Y, n), X, Y, n) < 1e-11


@pytest.mark.parametrize(("q", "n"), [(1, 8), (1, 16), (2, 8), (2, 16), (3, 4), (4, 3)])
def test_both_paths_agree(q, n):
    """Near, far, at the origin, along one line, opposite to one another."""
    X = draw(60, q, 0.7 * n)
    X[0], X[1], X[2], X[3] = 0, X[4] * (1 + 1e-9), -X[5] + 1e-8, 3 * X[6]
    points = torch.as_tensor(X)
    features = TensorFeatures(q, n)(points)
    by_features = (features.T @ features).numpy()
    assert relative(pairwise_kernel(points, points, n, 0.0).numpy(), by_features, X, X, n) < 1e-12
    torch.testing.assert_close(
        kernel_diagonal(points, n, 0.0), (features**2).sum(0), rtol=1e-12, atol=1e-300
    )


def test_rotations_change_nothing():
    q, n = 7, 5
    X, Y = draw(20, q, 1.5), draw(20, q, 1.5, seed=1)
    turn, _ = np.linalg.qr(draw(q, q, 1.0, seed=2))
    found, turned = hermite_kernel(X, Y, n), hermite_kernel(X @ turn, Y @ turn, n)
    assert relative(turned, found, X, Y, n) < 1e-12


def test_moments_are_preserved():
    """Integrated against the kernel, functions of degree up to n^2 / 4 come back: H is 1 there."""
    n = 6
    nodes, weights = np.polynomial.hermite.hermgauss(80)
    total = weights * np.exp(nodes**2)
    at = np.linspace(-3, 3, 7)[:, None]
    kernel = hermite_kernel(at, nodes[:, None], n)
    values = hermite_functions(torch.as_tensor(nodes), n * n).numpy()
    expected = hermite_functions(torch.as_tensor(at[:, 0]), n * n).numpy()
    back = kernel @ (total[:, None] * values.T)
    kept = n * n // 4 + 1
    assert np.abs(back.T[:kept] - expected[:kept]).max() < 1e-12
    assert np.abs(back.T[kept + 3] - expected[kept + 3]).max() > 1e-3


@pytest.mark.parametrize("q", [200, 1000])
def test_many_dimensions_neither_overflow_nor_underflow(q):
    """Divided by its value at the origin, where the kernel itself leaves float64."""
    X = draw(30, q, 0.3)
    for n in (8, 16):
        kernel = hermite_kernel(X, X, n)
        assert np.isfinite(kernel).all()
        assert (np.diag(kernel) > 1e-290).all()
        assert hermite_kernel(np.zeros((1, q)), np.zeros((1, q)), n)[0, 0] == pytest.approx(1)
    few = {dimension: common_log_factor(dimension, 8) for dimension in (1, 100, 101)}
    assert few[1] == few[100] == 0 < few[101]


def test_common_factor_is_what_it_says():
    X = draw(20, 150, 0.3)
    plain = hermite_kernel(X, X, 4, log_factor=0.0)
    divided = hermite_kernel(X, X, 4)
    origin = hermite_kernel(np.zeros((1, 150)), np.zeros((1, 150)), 4, log_factor=0.0)[0, 0]
    np.testing.assert_allclose(divided, plain / origin, rtol=1e-10)


def test_sigma_is_the_unit():
    X, Y = draw(9, 3, 2.0), draw(8, 3, 2.0, seed=1)
    np.testing.assert_allclose(
        hermite_kernel(X, Y, 4, 2.5), hermite_kernel(X / 2.5, Y / 2.5, 4), rtol=1e-12, atol=1e-15
    )


def test_tensors_stay_tensors():
    X = torch.as_tensor(draw(5, 2, 1.0))
    found = hermite_kernel(X, X, 3)
    assert isinstance(found, torch.Tensor)
    np.testing.assert_array_equal(found.numpy(), hermite_kernel(X.numpy(), X.numpy(), 3))


def test_far_points_are_zero_and_finite():
    far = np.array([[1e300, 0], [60.0, 60.0], [0.0, 0.0]])
    kernel = hermite_kernel(far, far, 8)
    assert np.isfinite(kernel).all()
    assert (kernel[:2] == 0).all()
    assert kernel[2, 2] > 0


@pytest.mark.parametrize(("q", "n"), [(1, 4), (2, 3), (4, 2)])
def test_multi_indices(q, n):
    indices = multi_indices(q, n)
    assert len(indices) == rank(q, n) == len(indices.unique(dim=0))
    assert indices.sum(1).max() == n * n - 1
    assert (indices >= 0).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"n": 0}, "n is 0; it must be an integer of at least 1"),
        ({"n": 2.5}, "n is 2.5"),
        ({"sigma": 0.0}, "sigma is 0.0; it must be a finite number above 0"),
        ({"sigma": float("nan")}, "sigma is nan"),
        ({"X": [[1.0, np.nan]]}, "X has NaN or infinities, first in row 0"),
        ({"Y": np.zeros((3, 5))}, "X has 2 columns and Y 5"),
        ({"X": np.zeros((3, 0))}, r"X has shape \(3, 0\); needed is \(samples, columns\)"),
        ({"Y": np.zeros(3)}, r"Y has shape \(3,\)"),
    ],
)
def test_bad_arguments_are_named(changed, message):
    arguments = {"X": np.zeros((2, 2)), "Y": np.zeros((2, 2)), "n": 2, "sigma": 1.0} | changed
    with pytest.raises(ValueError, match=message):
        hermite_kernel(**arguments)


def test_no_points():
    assert hermite_kernel(np.zeros((0, 2)), np.zeros((3, 2)), 2).shape == (0, 3)
