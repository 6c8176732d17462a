"""The Bateman system's closed form against an ODE solver, its invariant and its derivatives."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from vicinal.vbsw.benchmark_functions import (
    BatemanConstants,
    bateman,
    bateman_chain,
    hyperbolic_tangent,
    runge,
    solve_bateman,
)
from vicinal.vbsw.boxes import uniform_points
from vicinal.vbsw.taylor_measure import evaluate_function

# Growing, decaying (both signs of the invariant), without absorption, without production, none.
CONSTANTS = [
    BatemanConstants(1.0, 1.0, -1.0),
    BatemanConstants(0.7, -0.8, -1.3),
    BatemanConstants(1.0, 0.5, 0.0),
    BatemanConstants(1.0, 0.0, -0.5),
    BatemanConstants(1.0, -1.0, 0.0),
    BatemanConstants(0.0, 1.0, -1.0),
]


def points(n, seed=0, high=(1.0, 1.0, 8.0)):
    return uniform_points(np.column_stack([[0.0] * 3, high]), n, np.random.default_rng(seed))


def step_by_step(row, constants):
    """scipy's implicit solver on the equations as printed."""

    def rate(_, state):
        u, eta = state
        product = constants.v * eta * u
        return [constants.sigma_a * product, constants.sigma_r * product]

    return solve_ivp(rate, (0, row[2]), row[:2], method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]


def test_the_curves_of_table_6():
    x = np.array([[0.0], [0.5], [0.7]])
    np.testing.assert_allclose(evaluate_function(runge(), x)[:, 0], [1 / 7.25, 1, 0.5])
    steep = evaluate_function(hyperbolic_tangent(), x)[:, 0]
    np.testing.assert_allclose(steep, np.tanh([-5, 0, 2]))


@pytest.mark.parametrize("constants", CONSTANTS)
def test_the_closed_form_solves_the_equations(constants):
    rows = points(15)
    expected = np.array([step_by_step(row, constants) for row in rows])
    np.testing.assert_allclose(evaluate_function(bateman(constants), rows), expected, rtol=1e-7)


def test_the_invariant():
    c = BatemanConstants(0.7, 0.9, -1.3)
    rows = points(200)
    u, eta = evaluate_function(bateman(c), rows).T
    before = rows[:, 0] - c.sigma_a / c.sigma_r * rows[:, 1]
    np.testing.assert_allclose(u - c.sigma_a / c.sigma_r * eta, before, rtol=1e-12)


def test_the_limits_where_the_formula_is_delicate():
    """No change of the exponent (z = 0), extreme times, an empty population."""
    balanced = evaluate_function(bateman(BatemanConstants(1, -1, -1)), [[0.5, 0.5, 2.0]])
    np.testing.assert_allclose(balanced, [[0.25, 0.25]])  # u' = -u^2: u0 / (1 + u0 t)
    late = evaluate_function(bateman(), [[0.5, 0.5, 1e6]])
    np.testing.assert_allclose(late, [[1.0, 0.0]])
    decayed = evaluate_function(bateman(BatemanConstants(1, -1, -1)), [[0.2, 0.5, 1e6]])
    np.testing.assert_allclose(decayed, [[0.0, 0.3]], atol=1e-12)
    empty = evaluate_function(bateman(), [[0.0, 0.7, 3.0]])
    np.testing.assert_allclose(empty, [[0.0, 0.7]])


@pytest.mark.parametrize("place", [[0.3, 0.6, 2.0], [0.5, 0.5, 2.0], [0.499, 0.5, 0.01]])
def test_derivatives_by_finite_differences(place):
    """First and second, also where z = 0 and where the series takes over."""
    f = bateman(BatemanConstants(1, -1, -1))
    point = torch.tensor(place, dtype=torch.float64)
    first = torch.func.jacfwd(f)
    second = torch.func.jacfwd(first)(point)
    for axis in range(3):
        h = torch.zeros(3, dtype=torch.float64)
        h[axis] = 1e-5
        slope = (f(point + h) - f(point - h)) / 2e-5
        torch.testing.assert_close(first(point)[:, axis], slope, rtol=1e-6, atol=1e-9)
        bend = (first(point + h) - first(point - h)) / 2e-5
        torch.testing.assert_close(second[..., axis], bend, rtol=1e-6, atol=1e-9)


def test_blow_up_is_refused_by_name():
    rows = [[0.5, 0.5, 0.1], [0.5, 0.5, 3.0]]  # u = u0 / (1 - u0 t): infinite from t = 2
    c = BatemanConstants(1, 1, 1)
    np.testing.assert_allclose(evaluate_function(bateman(c), rows[:1]), [[0.5 / 0.95] * 2])
    with pytest.raises(ValueError, match="f is not finite at point 1"):
        evaluate_function(bateman(c), rows)
    with pytest.raises(ArithmeticError, match="from point 1"):
        solve_bateman(rows, [1.0], [[1.0]])


def test_the_solver_agrees_with_the_closed_form():
    rows = points(300)
    closed = evaluate_function(bateman(BatemanConstants(0.7, 0.9, -1.3)), rows)
    solved = solve_bateman(rows, [0.9], [[-1.3]], v=0.7)
    np.testing.assert_allclose(solved, closed, rtol=1e-6, atol=1e-9)


def test_several_nuclides():
    """M = 3 against one integration in u's own clock: d eta = sigma_r eta ds, ds = v u dt."""
    rng = np.random.default_rng(3)
    sigma_a = rng.uniform(0, 0.5, 3)
    sigma_r = -np.eye(3) + 0.4 * rng.uniform(size=(3, 3)) * (1 - np.eye(3))
    rows = np.column_stack([rng.uniform(0.1, 1, size=(40, 4)), rng.uniform(0, 4, 40)])
    solved = solve_bateman(rows, sigma_a, sigma_r, block_rows=7)
    stepped = evaluate_function(bateman_chain(sigma_a, sigma_r), rows)
    np.testing.assert_allclose(stepped, solved, rtol=1e-6)
    # The invariant of any M: u - sigma_a sigma_r^-1 eta.
    invariant = np.linalg.solve(sigma_r.T, sigma_a)
    before = rows[:, 0] - rows[:, 1:-1] @ invariant
    np.testing.assert_allclose(solved[:, 0] - solved[:, 1:] @ invariant, before, rtol=1e-7)


def test_arrays_that_do_not_fit():
    with pytest.raises(ValueError, match=r"needed are \(M,\) and \(M, M\)"):
        bateman_chain([1.0, 2.0], [[1.0]])
    with pytest.raises(ValueError, match="1 values eta0, and t >= 0"):
        solve_bateman([[1.0, 1.0, -1.0]], [1.0], [[1.0]])
