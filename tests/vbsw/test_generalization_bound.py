"""The bound's constant: 1/3 for a point at the end of its cell, 1/12 at its centre."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from vicinal.vbsw.generalization_bound import (
    bound_example,
    cell_constant,
    generalization_bound,
)

K = 0.8
STEEP = 9.0  # above every slope here, so that such functions exist between points


def wave(x):
    return torch.sin(3 * x) + 0.2 * torch.exp(x)


@pytest.mark.parametrize(("position", "constant"), [(0, 1 / 3), (1, 1 / 3), (0.5, 1 / 12)])
def test_the_constant_as_cells_shrink(position, constant):
    """The largest squared error of a cell, over (|f'| + K)^2 |S|^3, tends to it linearly."""
    ratios = []
    for size in (1e-2, 1e-3, 1e-4):
        example = bound_example(wave, [0.1, 0.1 + size], K, position=position)
        steep = abs(example.slopes[0]) + K
        ratios.append(example.worst[0] / (steep**2 * size**3))
    np.testing.assert_allclose(ratios[-1], constant, rtol=1e-3)
    assert abs(ratios[1] - constant) < 0.2 * abs(ratios[0] - constant)
    assert abs(ratios[-1] - 1 / 4) > 0.08


def test_the_largest_error_is_attained_by_a_lipschitz_function_through_the_point():
    """Integrated by scipy for f_theta(x) = f(x_i) - K |x - x_i| sign of f's change."""
    example = bound_example(wave, [0.2, 0.3], K, position=0.3)
    point, value = example.points[0], example.values[0]

    def squared_error(x):
        change = float(wave(torch.tensor(x, dtype=torch.float64))) - value
        approximation = value - np.sign(change) * K * abs(x - point)
        return (value + change - approximation) ** 2

    integral = quad(squared_error, 0.2, 0.3, points=[point], epsabs=0, epsrel=1e-12)[0]
    assert example.worst[0] == pytest.approx(integral, rel=1e-9)


def test_the_largest_errors_on_the_grid_are_those_that_are_integrated():
    example = bound_example(wave, np.linspace(0, 1, 6), STEEP, grid_size=100_001)
    cells = np.minimum((example.grid * 5).astype(int), 4)
    for cell in range(5):
        share = (example.largest_error**2)[cells == cell].sum() / 100_000
        assert share == pytest.approx(example.worst[cell], rel=1e-3)


@pytest.mark.parametrize("position", [0.0, 0.05, 0.37, 1.0])
def test_equation_9_bounds_all_positions_and_equation_1_does_not(position):
    """For a linear f the leading order is exact."""
    edges = np.array([0.0, 0.3, 0.55, 1.0])
    example = bound_example(lambda x: 2 * x, edges, STEEP, position=position)
    np.testing.assert_allclose(example.worst, example.terms, rtol=1e-12)
    bound = generalization_bound(example.slopes, np.diff(edges), STEEP)
    printed = generalization_bound(example.slopes, np.diff(edges), STEEP, constant=1 / 4)
    assert (example.worst <= bound * (1 + 1e-12)).all()
    too_small = position < 0.0917 or position > 0.9083
    assert ((example.worst > printed) == too_small).all()


def test_steep_cells_gain_most_from_being_halved():
    """The paper's reading of the bound: halving the steepest cell lowers it most."""
    edges = np.linspace(0, 1, 6)
    example = bound_example(lambda x: torch.tanh(8 * (x - 0.35)), edges, STEEP)
    gains = []
    for cell in range(5):
        middle = edges[cell : cell + 2].mean()
        finer = np.sort(np.append(edges, middle))
        finer_example = bound_example(lambda x: torch.tanh(8 * (x - 0.35)), finer, STEEP)
        gains.append(example.worst.sum() - finer_example.worst.sum())
    assert np.argmax(gains) == np.argmax(abs(example.slopes)) == 1


def test_arguments_out_of_range():
    with pytest.raises(ValueError, match="increasing"):
        bound_example(wave, [0, 1, 1], K)
    with pytest.raises(ValueError, match="lipschitz = 0"):
        bound_example(wave, [0, 1], 0)
    with pytest.raises(ValueError, match="between 0"):
        cell_constant(1.2)


def test_a_class_without_any_function_is_refused():
    with pytest.raises(ValueError, match=r"between points 0 and 1 .* no such approximation"):
        bound_example(lambda x: 10 * x, [0, 0.5, 1], 1.0)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: (x - 0.25).abs(), r"not differentiable .* at point 0, x = \(0\.25\)"),
        (lambda x: (x - 0.25).clamp(min=0).sqrt(), r"at point 0, x = \(0\.25\)"),
        (lambda x: torch.cat([x, x]), "2 outputs"),
    ],
)
def test_functions_without_a_slope_at_a_point_are_refused(f, message):
    with pytest.raises(ValueError, match=message):
        bound_example(f, [0, 0.5, 1], 20.0)
