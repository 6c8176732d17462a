"""Simulators against loops over their formulas and central finite differences."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from vicinal.gradients.simulation import Simulator
from vicinal.gradients.simulators import (
    SIMULATORS,
    cosine,
    eight_parameters,
    garch,
    make_simulator,
    sine,
    toy_quadratic,
)

EVERY = {
    "toy_quadratic": toy_quadratic(),
    "cosine": cosine(),
    "garch": garch(),
    "garch_u_known": garch(0.7, 0.4, 6, u_known=True),
    "eight_parameters": eight_parameters(),
    "sine": sine(),
    "eight_parameters_constant": eight_parameters(0.3, -0.2, constant_first=True),
}


def drawn(simulator, n=40, seed=0):
    return simulator.draw(n, np.random.default_rng(seed))


def scaled_cosine(row):
    return [
        (math.cos(0.1 * (row[0] - t - 5)) * math.cos(0.1 * (row[1] - t - 5))) ** 2
        for t in range(1, 11)
    ]


def variance_forecasts(row, last_return, s2, steps, u_known):
    mu, omega, alpha, beta = row
    u = last_return if u_known else last_return - mu
    forecasts = [omega + alpha * u * u + beta * s2]
    while len(forecasts) < steps:
        forecasts.append(omega + (alpha + beta) * forecasts[-1])
    return forecasts


def eight(row, alpha, eta):
    b, x = row[:8], row[8:]
    return [
        b[0] * x[0]
        + b[1] * (b[2] * math.exp(b[3] * (x[1] - alpha)))
        + b[4] * (b[5] * math.exp(b[6] * (x[2] - eta)))
        + b[7]
    ]


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("toy_quadratic", lambda row: [2 * row[0] ** 2]),
        ("cosine", scaled_cosine),
        ("sine", lambda row: [math.sin(row[0])]),
        ("garch", lambda row: variance_forecasts(row, 1.0, 1.0, 5, False)),
        ("garch_u_known", lambda row: variance_forecasts(row, 0.7, 0.4, 6, True)),
        ("eight_parameters", lambda row: eight(row, 0.1, 0.2)),
        ("eight_parameters_constant", lambda row: eight(row, 0.3, -0.2)),
    ],
)
def test_values_follow_the_formulas(name, formula):
    rows = drawn(EVERY[name])
    values, _ = EVERY[name].simulate(rows)
    np.testing.assert_allclose(values, [formula(row) for row in rows], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", EVERY)
def test_derivatives_are_those_of_the_values(name):
    simulator = EVERY[name]
    rows = 0.98 * drawn(simulator) + 0.01 * (np.array(simulator.lower) + simulator.upper)
    _, derivatives = simulator.simulate(rows)
    assert derivatives.shape == (40, simulator.steps, simulator.parameters)
    for axis in range(simulator.parameters):
        step = np.zeros(rows.shape[1])
        step[axis] = 1e-5
        slope = (simulator.simulate(rows + step)[0] - simulator.simulate(rows - step)[0]) / 2e-5
        np.testing.assert_allclose(derivatives[:, :, axis], slope, rtol=1e-8, atol=1e-9)


def test_derivatives_of_forecasts_are_total():
    """By hand: s2_{t+2} = omega + (alpha + beta) s2_{t+1}, through which beta acts twice."""
    row = np.array([0.25, 0.5, 0.125, 0.75])
    values, derivatives = garch(2.0, 3.0, 2).simulate(row[None])
    u = 2.0 - 0.25
    first = 0.5 + 0.125 * u * u + 0.75 * 3
    np.testing.assert_allclose(values[0], [first, 0.5 + 0.875 * first])
    by_hand = [-2 * 0.125 * u, 1.0, u * u, 3.0]
    np.testing.assert_allclose(derivatives[0, 0], by_hand)
    through = 0.875 * np.array(by_hand) + [0, 1, first, first]
    np.testing.assert_allclose(derivatives[0, 1], through)


def test_a_known_u_leaves_mu_without_effect():
    _, derivatives = EVERY["garch_u_known"].simulate(drawn(EVERY["garch_u_known"]))
    assert not derivatives[:, :, 0].any()
    _, derivatives = garch().simulate(drawn(garch()))
    assert np.all(derivatives[:, 0, 0] < 0)  # a larger mean leaves a smaller surprise


def test_the_cosine_does_not_tell_its_parameters_apart():
    rows = drawn(cosine())
    values, derivatives = cosine().simulate(rows)
    swapped, by_swapped = cosine().simulate(rows[:, ::-1])
    np.testing.assert_allclose(swapped, values, rtol=1e-14)
    np.testing.assert_allclose(by_swapped[:, :, ::-1], derivatives, rtol=1e-12, atol=1e-15)


def test_ten_observations_of_the_cosine_tell_one_direction_only():
    """Fisher information of 10 observations with noise of variance 0.001."""
    _, derivatives = cosine().simulate([[5.0, 5.0], [4.0, 9.0]])
    fisher = 10 / 0.001 * np.einsum("ntp,ntq->npq", derivatives, derivatives)
    np.testing.assert_allclose(np.linalg.eigvalsh(fisher[0]), [0, 483.5], atol=0.05)
    assert np.linalg.eigvalsh(fisher[1]).min() > 50


def test_draws_fill_the_box_and_repeat():
    for simulator in EVERY.values():
        rows = drawn(simulator, 4000)
        lower, upper = np.array(simulator.lower), np.array(simulator.upper)
        spread = (upper - lower) / np.sqrt(12)
        np.testing.assert_allclose(rows.mean(axis=0), (lower + upper) / 2, atol=0.5)
        np.testing.assert_allclose(rows.std(axis=0), spread, rtol=0.05)
        assert np.all((rows >= lower) & (rows <= upper))
        np.testing.assert_array_equal(rows, drawn(simulator, 4000))
    assert np.all(drawn(EVERY["eight_parameters_constant"])[:, 8] == 1)


def test_blocks_change_nothing():
    rows = drawn(garch())
    for whole, blocked in zip(
        garch().simulate(rows), garch().simulate(rows, block_rows=7), strict=True
    ):
        np.testing.assert_array_equal(blocked, whole)


def test_observations_are_noisy_where_the_simulator_says_so():
    values, _ = toy_quadratic().simulate(drawn(toy_quadratic(), 4000))
    noise = toy_quadratic(noise=1.5).observe(values, np.random.default_rng(1)) - values
    assert abs(noise.mean()) < 0.1
    assert noise.std() == pytest.approx(1.5, rel=0.05)
    values, _ = garch().simulate(drawn(garch()))
    np.testing.assert_array_equal(garch().observe(values, np.random.default_rng(1)), values)


def test_outputs_called_positive_are():
    for simulator in EVERY.values():
        values, _ = simulator.simulate(drawn(simulator, 500))
        assert not simulator.positive or values.min() >= 0


def damped(rate=0.5):
    def function(x):
        return torch.stack([x[0] * torch.exp(-rate * t * x[1]) for t in (1, 2)])

    return Simulator("damped", function, (0, 0), (1, 5), 2, inputs=("height", "decay"))


def test_a_simulator_of_ones_own_takes_a_few_lines(monkeypatch):
    monkeypatch.setitem(SIMULATORS, "damped", damped)
    values, derivatives = make_simulator("damped", rate=2.0).simulate([[0.5, 0.25]])
    np.testing.assert_allclose(values, [[0.5 * np.exp(-0.5), 0.5 * np.exp(-1)]])
    np.testing.assert_allclose(derivatives[0, :, 0], np.exp([-0.5, -1]))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[0.1, 9.0], [0.2, 5.5]], r"damped: row 0: decay = 9; allowed is 0 to 5"),
        ([[0.1, 4.0], [np.nan, 1.0]], r"row 1: height = nan; allowed is 0 to 1"),
        ([0.1, 0.2], r"shape \(2,\); needed are \(N, 2\) with N >= 1 and columns height, decay"),
        (np.empty((0, 2)), r"shape \(0, 2\)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        damped().simulate(rows)


def wrong(function, **settings):
    settings = {"lower": (0.0,), "upper": (4.0,), "steps": 2} | settings
    return Simulator("wrong", function, **settings)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 1.0, "returned float, not a torch tensor"),
        (lambda x: x, r"torch.float64 of shape \(1,\); needed is torch.float64 of shape \(2,\)"),
        (lambda x: torch.cat([x, x]).float(), "returned torch.float32"),
        (lambda x: torch.cat([x, 1 / (x - 2)]), r"value at row 1, t = 2 is not .* theta_1 = 2$"),
        (lambda x: torch.cat([x, (x - 2).abs().sqrt()]), "derivative at row 1, t = 2 is not"),
        (lambda x: torch.cat([x, x if x > 2 else -x]), "many rows at once"),
    ],
)
def test_functions_that_do_not_serve_are_refused(function, message):
    with pytest.raises(ValueError, match=message):
        wrong(function).simulate([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"upper": (1.0, 2.0)}, "finite, one an input"),
        ({"upper": (math.inf,)}, "finite, one an input"),
        ({"upper": (-1.0,)}, "exceeds upper"),
        ({"covariates": 1}, "1 covariates of 1 inputs"),
        ({"steps": 0}, "steps = 0; allowed are 1, 2"),
        ({"noise": -1.0}, "at least 0"),
        ({"inputs": ("a", "b")}, "2 names for 1 inputs"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        wrong(lambda x: x, **settings)


def test_unknown_names_and_constants_list_the_known():
    with pytest.raises(ValueError, match="known are toy_quadratic, cosine, garch, eight"):
        make_simulator("lorenz")
    with pytest.raises(ValueError, match="'psi'; its constants are phi, alpha, steps, upper"):
        make_simulator("cosine", psi=1.0)
    with pytest.raises(ValueError, match="last_variance = -1"):
        make_simulator("garch", last_variance=-1.0)
    assert make_simulator("cosine", steps=3).steps == 3
    assert dataclasses.replace(garch(), noise=0.1).noise == 0.1
