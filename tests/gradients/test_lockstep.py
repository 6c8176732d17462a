"""Minimisations side by side: each is SciPy's own; bounds, order, failures."""

import threading

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from vicinal.gradients.lockstep import minimise_together


def rosenbrock(points, numbers):
    """Rosenbrock's function, stretched by the number of the minimisation."""
    scale = 1 + numbers
    values = scale * np.array([rosen(point) for point in points])
    return values, scale[:, None] * np.array([rosen_der(point) for point in points])


@pytest.mark.parametrize("together", [1, 4, 256])
def test_each_is_the_minimisation_of_its_own(together):
    starts = np.random.default_rng(0).uniform(-2, 2, size=(9, 3))
    lower, upper = np.full((9, 3), -3.0), np.full((9, 3), 3.0)
    upper[4] = 0.5  # off the minimum, which lies at 1
    lower[6, 1] = upper[6, 1] = 0.25
    found = minimise_together(rosenbrock, starts, lower, upper, together=together, maxiter=300)
    for i in range(9):
        alone = minimize(
            lambda x, i=i: tuple(part[0] for part in rosenbrock(x[None], np.array([i]))),
            starts[i],
            jac=True,
            method="L-BFGS-B",
            bounds=np.stack([lower[i], upper[i]], axis=1),
            options={"maxiter": 300},
        )
        np.testing.assert_array_equal(found.points[i], alone.x)
        assert (found.values[i], found.iterations[i]) == (alone.fun, alone.nit)
        assert found.converged[i] == alone.success
    np.testing.assert_allclose(found.points[[0, 8]], 1, atol=1e-3)
    assert found.points[6, 1] == 0.25
    assert (found.points[4] <= 0.5).all()


def test_values_are_computed_together():
    sizes = []

    def parabola(points, numbers):
        sizes.append(len(points))
        assert (np.diff(numbers) > 0).all()
        scale = np.linspace(1, 5, 20)[numbers]
        return scale * (points[:, 0] - numbers) ** 2, 2 * scale[:, None] * (
            points - numbers[:, None]
        )

    found = minimise_together(parabola, np.full((20, 1), 3.0), [-50.0], [50.0])
    np.testing.assert_allclose(found.points[:, 0], np.arange(20), atol=1e-5)
    assert sizes[0] == 20
    assert len(sizes) < 20
    assert found.converged.all()


def test_few_iterations_are_no_convergence():
    found = minimise_together(rosenbrock, np.full((2, 3), -1.5), [-3.0] * 3, [3.0] * 3, maxiter=2)
    assert not found.converged.any()


def test_a_failing_objective_leaves_no_thread():
    before = threading.active_count()
    calls = []

    def failing(points, numbers):
        calls.append(len(points))
        if len(calls) == 3:
            raise ArithmeticError("no value there")
        return rosenbrock(points, numbers)

    with pytest.raises(ArithmeticError, match="no value there"):
        minimise_together(failing, np.full((5, 3), -1.5), [-3.0] * 3, [3.0] * 3)
    assert threading.active_count() == before


def test_a_start_that_scipy_refuses():
    with pytest.raises(ValueError):
        minimise_together(rosenbrock, np.zeros((2, 3)), [1.0] * 3, [-1.0] * 3)
