"""D against closed forms, its relation to the local variance, and the refusals."""

import itertools
import math

import numpy as np
import pytest
import torch

from vicinal.vbsw.taylor_measure import evaluate_function, taylor_measure

POINTS = np.array([[-1.3], [0.0], [0.4], [2.0]])


@pytest.mark.parametrize(("norm", "power"), [("l2", 2), ("l1", 1)])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_a_polynomial_in_one_dimension(norm, power, order):
    polynomial = np.polynomial.Polynomial([0.5, -1, 2, 0.3, 1.5])

    def f(x):
        return 0.5 - x + 2 * x**2 + 0.3 * x**3 + 1.5 * x**4

    expected = sum(
        0.1**k * np.abs(polynomial.deriv(k)(POINTS[:, 0])) ** power / math.factorial(k)
        for k in range(1, order + 1)
    )
    np.testing.assert_allclose(taylor_measure(f, POINTS, order, 0.1, norm=norm), expected)


def test_a_product_in_two_dimensions():
    """x^2 y: gradient (2xy, x^2), Hessian ((2y, 2x), (2x, 0)), third order three entries of 2."""
    points = np.random.default_rng(0).normal(size=(20, 2))
    x, y = points.T
    squared = [(2 * x * y) ** 2 + x**4, 4 * y**2 + 8 * x**2, 12 + 0 * x]
    absolute = [abs(2 * x * y) + x**2, abs(2 * y) + abs(4 * x), 6 + 0 * x]
    for norm, entries in (("l2", squared), ("l1", absolute)):
        expected = sum(
            0.3 ** (k + 1) * part / math.factorial(k + 1) for k, part in enumerate(entries)
        )
        measure = taylor_measure(lambda p: p[0] ** 2 * p[1], points, 3, 0.3, norm=norm)
        np.testing.assert_allclose(measure, expected)


def test_several_outputs_add_up_whatever_the_blocks():
    points = np.random.default_rng(1).normal(size=(50, 3))
    outputs = [lambda p: p.sin().prod(), lambda p: p @ p, lambda p: (p[0] * p[2]).exp()]
    separate = sum(taylor_measure(f, points, 2, 0.05) for f in outputs)
    for block_bytes in (1, 10_000, 2**27):
        together = taylor_measure(
            lambda p: torch.stack([f(p) for f in outputs]), points, 2, 0.05, block_bytes=block_bytes
        )
        np.testing.assert_allclose(together, separate, rtol=1e-12)


def normal_variance(f, point, epsilon, nodes=40):
    """Var f(x + e), e ~ N(0, epsilon 1), by Gauss-Hermite quadrature."""
    node, weight = np.polynomial.hermite_e.hermegauss(nodes)
    weight = weight / weight.sum()
    grid = np.array(list(itertools.product(node, repeat=len(point))))
    mass = np.array([np.prod(w) for w in itertools.product(weight, repeat=len(point))])
    values = f(torch.tensor(point + np.sqrt(epsilon) * grid).T).numpy()
    return mass @ values**2 - (mass @ values) ** 2


def test_equation_10_is_exact_for_quadratics():
    matrix = torch.tensor([[1.0, 0.7], [0.7, -2.0]]).double()
    slope = torch.tensor([0.3, -1.0]).double()

    def f(p):
        return (p * (matrix @ p)).sum(0) / 2 + slope @ p

    for epsilon in (1e-3, 0.5):
        measure = taylor_measure(f, [[0.4, 1.1]], 2, epsilon)[0]
        assert measure == pytest.approx(normal_variance(f, [0.4, 1.1], epsilon), rel=1e-10)


def test_equation_10_holds_to_first_order_only_for_a_cubic():
    """Var (1 + e)^3 = 9 eps + 36 eps^2 + 15 eps^3; D is 9 eps + 18 eps^2."""

    def f(p):
        return p[0] ** 3

    for epsilon in (1e-1, 1e-2, 1e-3, 1e-4):
        variance = normal_variance(f, [1.0], epsilon)
        measure = taylor_measure(f, [[1.0]], 2, epsilon)[0]
        assert measure == pytest.approx(9 * epsilon + 18 * epsilon**2)
        assert variance == pytest.approx(9 * epsilon + 36 * epsilon**2 + 15 * epsilon**3)
        assert abs(measure / variance - 1) < 3 * epsilon  # the first-order limit
        # What eq. 10 misses at second order: eps^2 grad f . grad(Laplacian f) = 3 * 6 eps^2.
        assert (variance - measure) / epsilon**2 == pytest.approx(18 + 15 * epsilon, rel=1e-6)


def test_the_corrected_second_order_in_two_dimensions():
    def f(p):
        return torch.sin(p[0]) * torch.exp(0.5 * p[1]) + p[0] * p[1] ** 2

    point = torch.tensor([0.6, -0.4], dtype=torch.float64)

    def laplacian(p):
        return torch.func.hessian(f)(p).trace()

    missing = torch.func.grad(f)(point) @ torch.func.grad(laplacian)(point)
    for epsilon, tolerance in ((1e-2, 0.1), (1e-3, 0.01)):
        gap = normal_variance(f, point.numpy(), epsilon) - taylor_measure(
            f, point[None], 2, epsilon
        )
        assert gap[0] / epsilon**2 == pytest.approx(missing.item(), rel=tolerance)


def test_the_variance_by_monte_carlo():
    draws = 1 + np.sqrt(1e-2) * np.random.default_rng(0).standard_normal(400_000)
    assert np.var(draws**3) == pytest.approx(9e-2 + 36e-4 + 15e-6, rel=0.01)


@pytest.mark.parametrize(
    ("f", "order", "message"),
    [
        (torch.sqrt, 1, r"derivative 1 of f is not finite at point 2, x = \(0\)"),
        (torch.log, 1, r"f is not finite at point 2"),
        (lambda x: x.clamp(min=0) ** 1.5, 2, r"derivative 2 of f is not finite at point 2"),
        (torch.abs, 1, r"not differentiable as often as asked at point 2, x = \(0\)"),
        (torch.relu, 2, "not differentiable as often as asked at point 2"),
        (torch.ceil, 1, "not differentiable as often as asked at point 0"),
        (lambda x: x * x.abs(), 2, "not differentiable as often as asked at point 2"),
        (lambda x: torch.where(x > 0, x**3, 2 * x**3), 3, "as often as asked at point 2"),
    ],
)
def test_the_first_point_without_derivatives_is_named(f, order, message):
    with pytest.raises(ValueError, match=message):
        taylor_measure(f, [[1.0], [0.5], [0.0], [0.0], [0.25]], order, 1e-3)


def test_a_kink_across_two_axes_is_found():
    points = [[0.3, 0.1], [0.2, 0.2], [0.0, 0.5]]
    with pytest.raises(ValueError, match="at point 1"):
        taylor_measure(lambda p: (p[0] - p[1]).abs(), points, 1, 1e-3)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x.abs(),  # once differentiable everywhere
        lambda x: torch.tanh(2000 * x),
        lambda x: torch.sin(300 * x) + 1e4,
        lambda x: (1000 * x).square(),
        lambda x: 0 * x + 7,
    ],
)
def test_smooth_functions_are_not_refused(f):
    points = np.linspace(-1, 1, 201)[:, None]
    x = torch.tensor(points, requires_grad=True)
    (slope,) = torch.autograd.grad(f(x).sum(), x)
    expected = 1e-3 * slope.numpy()[:, 0] ** 2
    np.testing.assert_allclose(taylor_measure(f, points, 1, 1e-3), expected, rtol=1e-9)


def test_a_function_that_torch_cannot_follow_is_explained():
    with pytest.raises(ValueError, match="Python branches"):
        taylor_measure(lambda x: x if x[0] > 0 else -x, POINTS, 1, 1e-3)
    with pytest.raises(ValueError, match="f returned float"):
        taylor_measure(lambda x: x.item(), POINTS, 1, 1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((POINTS, 0, 1e-3), "order = 0"),
        ((POINTS, 1, 0.0), "epsilon = 0"),
        ((POINTS[:, 0], 1, 1e-3), r"needed are \(N, d\)"),
        (([[0.0], [np.nan]], 1, 1e-3), "first in row 1"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        taylor_measure(torch.sin, *arguments)
    with pytest.raises(ValueError, match="allowed are l2, l1"):
        taylor_measure(torch.sin, POINTS, 1, 1e-3, norm="max")


def test_values_of_a_function():
    values = evaluate_function(lambda p: torch.stack([p[0], p[0] ** 2]), POINTS, block_rows=3)
    np.testing.assert_array_equal(values, np.hstack([POINTS, POINTS**2]))
    with pytest.raises(ValueError, match="f is not finite at point 0"):
        evaluate_function(torch.log, POINTS)
