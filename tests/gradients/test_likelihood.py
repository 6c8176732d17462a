"""Likelihood: scipy's, finite differences; recovery of known parameters; intervals that cover."""

import numpy as np
import pytest
import torch
from scipy import stats

from vicinal.gradients.likelihood import (
    Problem,
    fisher_information,
    log_likelihood,
    observe,
    simulator_outputs,
    surrogate_outputs,
)
from vicinal.gradients.likelihood_intervals import likelihood_intervals
from vicinal.gradients.maximum_likelihood import (
    Search,
    absolute_errors,
    align,
    maximise_likelihood,
)
from vicinal.gradients.parameter_recovery import recover_parameters
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.surrogate import GradientSurrogate

BOX = (0.0, 0.0), (15.0, 15.0)
COSINE = make_simulator("cosine")
TRUE = Problem(simulator_outputs(COSINE), 0.001, *BOX)
QUICK = Search(starts=3, candidates=8)


def line(slopes=(1.0, 2.0, -1.0), theta_max=10.0):
    """A simulator that is linear in its one parameter: all is known in closed form."""
    a = torch.tensor(slopes, dtype=torch.float64)
    return Simulator("line", lambda x: a * x[0], (-theta_max,), (theta_max,), len(slopes))


@pytest.fixture(scope="module")
def surrogates():
    rng = np.random.default_rng(0)
    theta = COSINE.draw(100, rng)
    y, dy = COSINE.simulate(theta)
    fitted = []
    for seed in range(2):
        step = GradientSurrogate(hidden=(16, 16), epochs=120, random_state=seed)
        fitted.append(SequentialSurrogate(step=step).fit(theta, y, dy))
    return fitted


@pytest.mark.parametrize("variance", [0.001, np.linspace(0.5, 2, 10)])
def test_log_likelihood_is_that_of_normal_noise(variance):
    rng = np.random.default_rng(0)
    theta = COSINE.draw(4, rng)
    data = rng.uniform(size=(6, 10))
    problem = Problem(simulator_outputs(COSINE), variance, *BOX)
    found, _ = log_likelihood(problem, theta, data)
    values, _ = COSINE.simulate(theta)
    for k in range(4):
        expected = stats.norm.logpdf(data, loc=values[k], scale=np.sqrt(variance)).sum()
        np.testing.assert_allclose(found[k], expected, rtol=1e-12)


@pytest.mark.parametrize("of", ["simulator", "surrogates"])
def test_gradient_by_finite_differences(of, surrogates):
    outputs = simulator_outputs(COSINE) if of == "simulator" else surrogate_outputs(surrogates)
    problem = Problem(outputs, 0.001, *BOX)
    rng = np.random.default_rng(1)
    theta, data = rng.uniform(2, 12, size=(5, 2)), rng.uniform(size=(3, 10))
    _, gradient = log_likelihood(problem, theta, data)
    for k in range(2):
        shift = 1e-5 * np.eye(2)[k]
        high, low = (log_likelihood(problem, theta + s, data)[0] for s in (shift, -shift))
        np.testing.assert_allclose(gradient[:, k], (high - low) / 2e-5, rtol=1e-6, atol=1e-2)


def test_surrogates_are_averaged_and_leave_the_given_ones_alone(surrogates):
    theta = np.random.default_rng(2).uniform(0, 15, size=(7, 2))
    before = [one.predict(theta) for one in surrogates]
    values, slopes = surrogate_outputs(surrogates)(theta)
    np.testing.assert_allclose(values, np.mean(before, axis=0), atol=1e-5)
    gradients = [one.predict_gradient(theta) for one in surrogates]
    np.testing.assert_allclose(slopes, np.mean(gradients, axis=0), atol=1e-4)
    for one, value in zip(surrogates, before, strict=True):
        assert one.networks_.weights[0].dtype == torch.float32
        np.testing.assert_array_equal(one.predict(theta), value)
    plain = GradientSurrogate(hidden=(4,), epochs=1).fit(theta, theta[:, 0], np.ones((7, 2)))
    values, slopes = surrogate_outputs([plain])(theta)
    assert (values.shape, slopes.shape) == ((7, 1), (7, 1, 2))


def test_a_linear_model_is_estimated_by_least_squares():
    simulator, a = line(), np.array([1.0, 2.0, -1.0])
    variance = np.array([0.5, 1.0, 2.0])
    problem = Problem(simulator_outputs(simulator), variance, simulator.lower, simulator.upper)
    data = np.random.default_rng(0).normal(size=(6, 4, 3)) + 3 * a
    found = maximise_likelihood(problem, data, rng=np.random.default_rng(1), search=QUICK)
    expected = (data.mean(axis=1) * a / variance).sum(axis=1) / (a**2 / variance).sum()
    np.testing.assert_allclose(found.theta[:, 0], expected, rtol=1e-6)
    assert found.converged.all()
    assert (found.agreeing == 1).all()
    for i in range(6):
        value = stats.norm.logpdf(data[i], found.theta[i] * a, np.sqrt(variance)).sum()
        np.testing.assert_allclose(found.log_likelihood[i], value)
    np.testing.assert_allclose(
        fisher_information(problem, [1.0], 4), [[4 * (a**2 / variance).sum()]]
    )


def test_estimates_stay_in_the_box():
    simulator = line()
    problem = Problem(simulator_outputs(simulator), 1.0, (-1.0,), (1.0,))
    data = np.full((1, 2, 3), 5.0) * [1.0, 2.0, -1.0]
    found = maximise_likelihood(problem, data, rng=np.random.default_rng(0))
    assert found.theta.tolist() == [[1.0]]


def test_the_true_simulator_recovers_identifiable_parameters():
    truth = [4.0, 9.0]
    rng = np.random.default_rng(0)
    data = observe(COSINE, truth, observations=10, sets=30, variance=0.001, rng=rng)
    found = maximise_likelihood(TRUE, data, rng=np.random.default_rng(1), search=QUICK)
    errors = align(found.theta, truth, (0, 1)) - truth
    assert (found.agreeing == 1).all()
    # As far off as the Fisher information says (Cramer and Rao), within the draws' own error.
    spread = np.sqrt(np.diag(np.linalg.inv(fisher_information(TRUE, truth, 10))))
    np.testing.assert_allclose(np.sqrt(np.square(errors).mean(axis=0)), spread, rtol=0.35)
    assert np.abs(errors).max() < 4.5 * spread.max()
    # Nothing near is more likely.
    for estimate, best, observed in zip(found.theta, found.log_likelihood, data, strict=True):
        near = estimate + np.random.default_rng(2).normal(scale=0.02, size=(20, 2))
        assert (log_likelihood(TRUE, near, observed)[0] < best).all()


def test_the_papers_truth_is_singular():
    eigenvalues = np.linalg.eigvalsh(fisher_information(TRUE, [5.0, 5.0], 10))
    np.testing.assert_allclose(eigenvalues, [0, 483.5], atol=0.05)
    assert np.linalg.eigvalsh(fisher_information(TRUE, [4.0, 9.0], 10))[0] > 50
    rng = np.random.default_rng(0)
    data = observe(COSINE, [5.0, 5.0], observations=10, sets=40, variance=0.001, rng=rng)
    found = maximise_likelihood(TRUE, data, rng=np.random.default_rng(1), search=QUICK)
    wrong = absolute_errors(found.theta, [5.0, 5.0], (0, 1)).mean()
    assert 0.15 < wrong < 0.5
    # The sum is known far better than either.
    assert np.abs(found.theta.sum(axis=1) - 10).mean() < 0.4 * wrong


def test_a_surrogate_finds_the_parameters(surrogates):
    problem = Problem(surrogate_outputs(surrogates), 0.001, *BOX)
    rng = np.random.default_rng(0)
    data = observe(COSINE, [4.0, 9.0], observations=10, sets=4, variance=0.001, rng=rng)
    found = maximise_likelihood(problem, data, rng=np.random.default_rng(1), search=QUICK)
    assert absolute_errors(found.theta, [4.0, 9.0], (0, 1)).mean() < 0.4
    again = maximise_likelihood(problem, data, rng=np.random.default_rng(1), search=QUICK)
    np.testing.assert_array_equal(again.theta, found.theta)


def test_sets_do_not_depend_on_each_other():
    rng = np.random.default_rng(0)
    data = observe(COSINE, [4.0, 9.0], observations=3, sets=5, variance=0.001, rng=rng)
    found = maximise_likelihood(TRUE, data, rng=np.random.default_rng(1), search=QUICK)
    alone = maximise_likelihood(TRUE, data[3:4], rng=np.random.default_rng(1), search=QUICK)
    np.testing.assert_allclose(alone.theta[0], found.theta[3], rtol=1e-9)


def test_held_parameters():
    rng = np.random.default_rng(0)
    data = observe(COSINE, [4.0, 9.0], observations=10, sets=3, variance=0.001, rng=rng)
    held = np.array([[np.nan, 9.5], [4.0, np.nan], [np.nan, np.nan]])
    found = maximise_likelihood(TRUE, data, rng=np.random.default_rng(1), search=QUICK, held=held)
    assert found.theta[0, 1] == 9.5
    assert found.theta[1, 0] == 4.0
    np.testing.assert_allclose(found.theta[1, 1], 9, atol=0.5)
    free = maximise_likelihood(TRUE, data, rng=np.random.default_rng(1), search=QUICK)
    np.testing.assert_allclose(found.log_likelihood[2], free.log_likelihood[2])
    assert (found.log_likelihood[:2] < free.log_likelihood[:2]).all()
    # The best of the free one, on a grid.
    grid = np.stack([np.linspace(0, 15, 3001), np.full(3001, 9.5)], axis=1)
    values, _ = log_likelihood(TRUE, grid, data[0])
    np.testing.assert_allclose(found.theta[0], grid[values.argmax()], atol=0.006)


def test_alignment_is_the_nearest_exchange():
    estimates = np.array([[9.1, 4.2, 7.0], [4.1, 8.0, 7.0]])
    exchanged = align(estimates, [4.0, 9.0, 7.5], (0, 1))
    np.testing.assert_array_equal(exchanged, [[4.2, 9.1, 7.0], [4.1, 8.0, 7.0]])
    np.testing.assert_array_equal(align(estimates, [4.0, 9.0, 7.5], ()), estimates)
    own = np.array([[9.0, 4.0, 7.0], [8.0, 4.0, 7.0]])
    np.testing.assert_array_equal(align(estimates, own, (0, 1))[1], [8.0, 4.1, 7.0])
    np.testing.assert_allclose(absolute_errors(estimates, own, (0, 1))[0], [0.1, 0.2, 0])


@pytest.mark.parametrize("averaged", [True, False])
def test_recovery_compares_on_the_same_observations(surrogates, averaged):
    truth, sets = [4.0, 9.0], 3

    def recover(given, averaged=averaged):
        return recover_parameters(
            COSINE,
            truth,
            given,
            observations=5,
            sets=sets,
            variance=0.001,
            rng=np.random.default_rng(0),
            averaged=averaged,
            interchangeable=(0, 1),
            search=QUICK,
        )

    first, second = surrogates
    found = recover({100: [surrogates, [second, first]], 300: [[first] * 2, [second] * 2]})
    assert found.sizes == (100, 300)
    estimators = 1 if averaged else 2
    assert found.surrogates.shape == found.distances.shape == (2, 2, estimators, sets, 2)
    assert found.agreeing.shape == (2, 2, estimators, sets)
    # The same surrogates in another order, or by themselves, estimate the same.
    other = found.surrogates[0, 1, ::-1]
    np.testing.assert_allclose(found.surrogates[0, 0], other, atol=1e-4)
    alone = recover({1: [[first], [second]]}, averaged=True)
    np.testing.assert_allclose(found.distances[1, 0, 0], alone.distances[0, 0, 0], atol=1e-4)
    np.testing.assert_array_equal(found.simulator, alone.simulator)
    # What the surrogate adds to the true simulator's error is at most its distance from it.
    added = np.abs(found.surrogates - found.simulator)
    assert (added <= found.distances + 1e-9).all()


def test_intervals_of_a_linear_model_are_known():
    """The statistic is (theta - theta_hat)^2 times the information: exactly chi-square."""
    simulator = line(theta_max=3.0)
    problem = Problem(simulator_outputs(simulator), 1.0, simulator.lower, simulator.upper)
    data = np.random.default_rng(0).normal(size=(5, 3)) + np.array([1.0, 2.0, -1.0])
    found = likelihood_intervals(
        problem, data, replicates=400, grid=41, rng=np.random.default_rng(1), search=QUICK
    )
    information = 5 * 6
    np.testing.assert_allclose(
        found.ratio[0], information * (found.grid[0] - found.theta[0]) ** 2, atol=1e-6
    )
    half = np.sqrt(stats.chi2.ppf(0.95, 1) / information)
    np.testing.assert_allclose(found.threshold[0], stats.chi2.ppf(0.95, 1), rtol=0.25)
    ((low, high),) = found.pieces(0, calibrated=False)
    np.testing.assert_allclose([low, high], found.theta[0] + half * np.array([-1, 1]), atol=1e-6)
    np.testing.assert_allclose(found.percentiles()[0], [low, high], atol=0.12)


def test_intervals_of_interchangeable_parameters_hold_both_values():
    rng = np.random.default_rng(3)
    data = observe(COSINE, [4.0, 9.0], observations=10, sets=1, variance=0.001, rng=rng)[0]
    found = likelihood_intervals(
        TRUE,
        data,
        replicates=60,
        grid=31,
        rng=np.random.default_rng(1),
        interchangeable=(0, 1),
        search=QUICK,
    )
    for parameter in (0, 1):
        pieces = found.pieces(parameter)
        assert len(pieces) == 2
        for (low, high), value in zip(pieces, np.sort(found.theta), strict=True):
            assert low < value < high
            assert high - low < 1
    assert (np.diff(found.grid, axis=1) >= 0).all()
    low, high = found.percentiles().T
    assert ((low < found.theta) & (found.theta < high)).all()


def test_what_cannot_be_is_refused():
    outputs = simulator_outputs(COSINE)
    with pytest.raises(ValueError, match="variance is 0"):
        Problem(outputs, 0.0, *BOX)
    with pytest.raises(ValueError, match="the box is"):
        Problem(outputs, 1.0, (0.0, 1.0), (1.0, 0.0))
    with pytest.raises(ValueError, match="at least 1"):
        Search(starts=0)
    with pytest.raises(ValueError, match="eight_parameters has covariates"):
        simulator_outputs(make_simulator("eight_parameters"))
    with pytest.raises(ValueError, match="no surrogates"):
        surrogate_outputs([])
    with pytest.raises(ValueError, match=r"theta has shape \(1, 3\); needed is \(K, 2\)"):
        log_likelihood(TRUE, np.ones((1, 3)), np.ones((2, 10)))
    with pytest.raises(ValueError, match="9 observed outputs; there are 10"):
        log_likelihood(TRUE, np.ones((1, 2)), np.ones((2, 9)))
    rng = np.random.default_rng(0)
    data = np.ones((2, 3, 10))
    with pytest.raises(ValueError, match=r"needed is \(sets, n, T\)"):
        maximise_likelihood(TRUE, data[0], rng=rng)
    data[1, 2, 4] = np.nan
    with pytest.raises(ValueError, match="first in set 1, row 2"):
        maximise_likelihood(TRUE, data, rng=rng)
    with pytest.raises(ValueError, match="level is 95"):
        likelihood_intervals(TRUE, data[0], replicates=2, grid=3, rng=rng, level=95)
    with pytest.raises(ValueError, match=r"18 replicates .* at least 19"):
        likelihood_intervals(TRUE, data[0], replicates=18, grid=3, rng=rng)
