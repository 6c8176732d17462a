"""Hermite functions against quadrature, closed forms and Mehler's identity."""

import math

import mpmath
import numpy as np
import pytest
import torch

from vicinal.witness.hermite_functions import degree_weights, hermite_functions, low_pass


def test_orthonormal_by_quadrature():
    """Gauss-Hermite quadrature with 300 nodes is exact for products of 256 functions."""
    nodes, weights = np.polynomial.hermite.hermgauss(300)
    values = hermite_functions(torch.as_tensor(nodes), 256).numpy()
    gram = (values * (weights * np.exp(nodes**2))) @ values.T
    assert np.abs(gram - np.eye(256)).max() < 1e-11


def test_first_functions():
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    first, second, third = hermite_functions(x, 3)
    bell = math.pi**-0.25 * torch.exp(-(x**2) / 2)
    torch.testing.assert_close(first, bell)
    torch.testing.assert_close(second, math.sqrt(2) * x * bell)
    torch.testing.assert_close(third, (2 * x**2 - 1) / math.sqrt(2) * bell)


@pytest.mark.parametrize(("degree", "x"), [(255, 39.5), (200, 45.0), (255, 22.6), (63, 38.9)])
def test_far_out_where_the_first_function_is_zero(degree, x):
    """psi_0 underflows from 39 on; those of high degree are numbers there still."""
    with mpmath.workdps(60):
        expected = mpmath.hermite(degree, x) * mpmath.exp(-(mpmath.mpf(x) ** 2) / 2)
        expected /= mpmath.sqrt(
            mpmath.sqrt(mpmath.pi) * mpmath.mpf(2) ** degree * mpmath.factorial(degree)
        )
    found = hermite_functions(torch.tensor([x], dtype=torch.float64), degree + 1)[degree].item()
    assert found == pytest.approx(float(expected), rel=1e-10, abs=0)


def test_mehlers_identity():
    """sum_k psi_k(x) psi_k(y) w^k has a closed form (eq. 4.2)."""
    x = torch.linspace(-3, 3, 9, dtype=torch.float64)
    w = 0.7
    values = hermite_functions(x, 200)
    series = torch.einsum("kx,ky,k->xy", values, values, w ** torch.arange(200).double())
    a, b = x[:, None], x[None]
    exponent = (2 * w * a * b - w**2 * (a**2 + b**2)) / (1 - w**2) - (a**2 + b**2) / 2
    closed = torch.exp(exponent) / math.sqrt(math.pi * (1 - w**2))
    torch.testing.assert_close(series, closed, rtol=1e-12, atol=1e-14)


def test_numbers_of_any_size_are_finite():
    x = torch.tensor([0.0, -1e300, 1e300, 1e5, 38.0]).double()
    values = hermite_functions(x, 256)
    assert values.isfinite().all()
    assert (values[:, 1:4] == 0).all()


def test_filter():
    t = torch.tensor([0.0, 0.3, 0.5, 0.75, 1.0, 1.4]).double()
    assert low_pass(t).tolist() == [1, 1, 1, 0.5, 0, 0]
    between = low_pass(torch.linspace(0.5, 1, 101).double())
    assert (between.diff() <= 0).all()
    # H(s) + H(1 - s) = 1 for this choice.
    torch.testing.assert_close(between + between.flip(0), torch.ones(101).double())


def test_degree_weights():
    assert degree_weights(1).tolist() == [1]
    weights = degree_weights(4)
    assert len(weights) == 16
    assert (weights[:5] == 1).all()
    s = 2 * math.sqrt(9) / 4 - 1
    assert weights[9].item() == pytest.approx(1 / (1 + math.exp(1 / (1 - s) - 1 / s)))


def test_no_functions_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        hermite_functions(torch.zeros(1), 0)
