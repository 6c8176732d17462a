"""A sweep's cells: errors against direct computation, pairs, draws; curves; recorded training."""

import numpy as np
import pytest
from scipy import stats

from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.sweep import METHODS, draw_sweep, errors_of, measure_errors, train_cell
from vicinal.gradients.sweep_curves import collect_curves
from vicinal.gradients.training_curves import draw_runs, record_training
from vicinal.gradients.training_settings import SurrogateSettings

TEMPLATE = GradientSurrogate(epochs=3, dtype="float64")


def small_sweep(name="cosine", draws=3, **constants):
    rng = np.random.default_rng(0)
    simulator = make_simulator(name, **constants)
    return draw_sweep(simulator, pool=40, test=25, draws=draws, rng=rng)


@pytest.fixture(scope="module")
def data():
    return small_sweep(steps=3)


@pytest.fixture(scope="module")
def cell(data):
    return train_cell(data, 2, 12, TEMPLATE, [5, 6, 7], layers=2, width_factor=3)


def test_errors_are_those_of_surrogates_trained_and_judged_alone(data, cell):
    rows = data.order[1, :12]
    theta, y, dy = data.pool.inputs[rows], data.pool.values[rows], data.pool.derivatives[rows]
    assert cell.surrogates[0][0].step.hidden == (6, 6)
    for method, alpha in enumerate((1.0, 0.5)):
        step = GradientSurrogate(
            hidden=(6, 6), epochs=3, dtype="float64", random_state=6, alpha=alpha
        )
        alone = SequentialSurrogate(step=step).fit(theta, y, dy)
        test = data.test
        for name, inputs, truth in (("train", theta, y), ("test", test.inputs, test.values)):
            for forced, before in (("", None), ("forced_", truth)):
                predicted = alone.predict(inputs, before=before)
                errors = getattr(cell.errors, forced + name)
                expected = np.sqrt(np.mean((predicted - truth) ** 2))
                np.testing.assert_allclose(errors.rmse[method, 1], expected, rtol=1e-9)
                pearson = stats.pearsonr(predicted.ravel(), truth.ravel()).statistic
                np.testing.assert_allclose(errors.pearson[method, 1], pearson, rtol=1e-9)
                for t in range(3):
                    expected = np.sqrt(np.mean((predicted[:, t] - truth[:, t]) ** 2))
                    np.testing.assert_allclose(errors.step_rmse[method, 1, t], expected, rtol=1e-9)
                    pearson = stats.pearsonr(predicted[:, t], truth[:, t]).statistic
                    np.testing.assert_allclose(errors.step_pearson[method, 1, t], pearson)
    assert not np.allclose(cell.errors.test.rmse, cell.errors.forced_test.rmse, rtol=1e-4)
    assert (cell.errors.complexity, cell.errors.size) == (2, 12)


def test_draws_are_nested_without_replacement_and_shared():
    data = small_sweep(draws=4)
    assert data.order.shape == (4, 40)
    assert (np.sort(data.order, axis=1) == np.arange(40)).all()
    np.testing.assert_array_equal(data.draw(2, 10).inputs, data.draw(2, 30).inputs[:10])
    assert not np.array_equal(data.draw(0, 10).inputs, data.draw(1, 10).inputs)
    more = small_sweep(draws=6)
    np.testing.assert_array_equal(more.order[:4], data.order)
    np.testing.assert_array_equal(more.pool.values, data.pool.values)
    np.testing.assert_array_equal(more.test.inputs, data.test.inputs)
    with pytest.raises(ValueError, match="41 training samples; the pool has 40"):
        data.draw(0, 41)


def test_noise_is_in_the_pool_alone():
    data = small_sweep("toy_quadratic", noise=0.5)
    np.testing.assert_array_equal(data.test.values, 2 * data.test.inputs**2)
    assert 0.3 < (data.pool.values - 2 * data.pool.inputs**2).std() < 0.7


def test_methods_differ_by_gradients_alone(data, cell):
    """With all the weight on values but for 1e-12, both surrogates of a draw are the same."""
    almost = GradientSurrogate(epochs=3, dtype="float64", alpha=1 - 1e-12)
    found = train_cell(data, 2, 12, almost, [5, 6, 7], layers=2, width_factor=3)
    plain, helped = found.errors.test.rmse
    np.testing.assert_allclose(plain, helped, rtol=1e-6)
    np.testing.assert_allclose(plain, cell.errors.test.rmse[0], rtol=1e-9)
    assert not np.allclose(*cell.errors.test.rmse, rtol=1e-3)
    assert [one.with_gradients_ for method in cell.surrogates for one in method] == (
        [False] * 3 + [True] * 3
    )
    assert METHODS == ("without_gradients", "with_gradients")


def test_covariates_have_no_derivative():
    data = small_sweep("eight_parameters", draws=2)
    found = train_cell(data, 1, 20, TEMPLATE, [0, 1], layers=3)
    rows = data.order[1, :20]
    unknown = np.full((20, 1, 11), np.nan)
    unknown[:, :, :8] = data.pool.derivatives[rows]
    alone = GradientSurrogate(hidden=(4, 4, 4), epochs=3, dtype="float64", random_state=1)
    fit_together(
        [alone],
        [{"theta": data.pool.inputs[rows], "y": data.pool.values[rows], "dy": unknown}],
    )
    expected = np.sqrt(np.mean((alone.predict(data.test.inputs) - data.test.values) ** 2))
    np.testing.assert_allclose(found.errors.test.rmse[1, 1], expected, rtol=1e-9)
    np.testing.assert_array_equal(found.errors.test.rmse, found.errors.forced_test.rmse)


def test_a_constant_prediction_has_no_correlation():
    truth = np.array([[[1.0], [2.0], [4.0]]])
    found = errors_of(np.zeros((1, 1, 3, 1)), truth)
    assert np.isnan(found.pearson).all()
    np.testing.assert_allclose(found.rmse, np.sqrt(7))


def test_errors_can_be_measured_again(data, cell):
    again = measure_errors(data, 2, 12, cell.surrogates)
    np.testing.assert_array_equal(again.test.rmse, cell.errors.test.rmse)


def test_what_a_cell_cannot_be(data):
    with pytest.raises(ValueError, match="2 seeds for 3 draws"):
        train_cell(data, 2, 12, TEMPLATE, [0, 1])
    with pytest.raises(ValueError, match="alpha is 1"):
        train_cell(data, 2, 12, GradientSurrogate(alpha=1.0), [0, 1, 2])


def test_curves_hold_each_cell_at_its_place(data):
    cells = [
        train_cell(data, eta, size, TEMPLATE, [0, 1, 2], layers=1).errors
        for size, eta in ((20, 3), (8, 1), (20, 1), (8, 3))
    ]
    curves = collect_curves(cells)
    assert (curves.complexities, curves.sizes) == ((1, 3), (8, 20))
    np.testing.assert_array_equal(curves.test_rmse[1, 0], cells[2].test.rmse)
    np.testing.assert_array_equal(curves.train_pearson[0, 1], cells[3].train.pearson)
    forced = collect_curves(cells, "forced")
    np.testing.assert_array_equal(forced.train_rmse[1, 1], cells[0].forced_train.rmse)
    best = curves.best_complexities()
    for row, size in enumerate(curves.sizes):
        for method in (0, 1):
            errors = {
                cell.complexity: cell.test.rmse[method].mean()
                for cell in cells
                if cell.size == size
            }
            assert best[row, method] == min(errors, key=errors.get)
    with pytest.raises(ValueError, match="complexity 3 and 8 samples is missing"):
        collect_curves(cells[:3])
    with pytest.raises(ValueError, match="5 cells at 4 places"):
        collect_curves([*cells, cells[0]])
    with pytest.raises(ValueError, match="0 cells"):
        collect_curves([])
    fewer = small_sweep(steps=3, draws=2)
    other = train_cell(fewer, 3, 20, TEMPLATE, [0, 1], layers=1).errors
    with pytest.raises(ValueError, match=r"shape \(2, 2\); the first one's is \(2, 3\)"):
        collect_curves([*cells[1:], other])


def test_recorded_training_is_that_of_a_surrogate():
    simulator = make_simulator("toy_quadratic")
    training = draw_runs(simulator, 2, 30, np.random.default_rng(0))
    test = draw_runs(simulator, 1, 40, np.random.default_rng(1))
    settings = SurrogateSettings(hidden=(8,), epochs=6)
    # As `GradientSurrogate` derives the seed of its one member.
    seeds = [int(np.random.SeedSequence(i).generate_state(1)[0]) for i in range(2)]
    found = record_training(training, test, settings, seeds)
    for method, alpha in enumerate((1.0, 0.5)):
        for run in range(2):
            alone = GradientSurrogate(hidden=(8,), epochs=6, random_state=run, alpha=alpha)
            alone.fit(
                training.inputs[run],
                training.values[run, :, 0],
                training.derivatives[run, :, 0],
                validation=(test.inputs[0], test.values[0]),
            )
            curve = alone.history_["validation"][0]
            np.testing.assert_allclose(found.test_rmse[method, run], curve, rtol=1e-4)
            error = alone.predict(training.inputs[run]) - training.values[run, :, 0]
            last = found.train_rmse[method, run, -1]
            np.testing.assert_allclose(last, np.sqrt(np.mean(error**2)), rtol=1e-4)
    assert found.updates.shape == (2, 2, 6)
    assert (found.updates > 0).all()


def test_updates_are_the_mean_change_of_an_epoch():
    """One epoch of one batch is one step of Adam: its first moves each parameter by the rate."""
    simulator = make_simulator("toy_quadratic")
    runs = draw_runs(simulator, 2, 16, np.random.default_rng(0))
    settings = SurrogateSettings(hidden=(4,), epochs=1, batch_size=None, learning_rate=0.003)
    found = record_training(runs, runs, settings, [0, 1])
    np.testing.assert_allclose(found.updates, 0.003, rtol=1e-2)


def test_runs_are_nested_in_size_and_number():
    simulator = make_simulator("toy_quadratic")
    few = draw_runs(simulator, 2, 10, np.random.default_rng(0))
    more = draw_runs(simulator, 3, 25, np.random.default_rng(0))
    np.testing.assert_array_equal(more.inputs[:2, :10], few.inputs)
    np.testing.assert_array_equal(more.values[:2, :10], few.values)
    np.testing.assert_array_equal(few.derivatives[..., 0, 0], 4 * few.inputs[..., 0])
    with pytest.raises(ValueError, match="1 seeds for 2 runs"):
        record_training(few, few, SurrogateSettings(), [0])


def test_units_as_they_are():
    simulator = make_simulator("toy_quadratic")
    runs = draw_runs(simulator, 1, 20, np.random.default_rng(0), noisy=False)
    np.testing.assert_array_equal(runs.values, 2 * runs.inputs**2)
    settings = SurrogateSettings(hidden=(4,), epochs=1, learning_rate=1e-9)
    found = record_training(runs, runs, settings, [0], standardise=False)
    # All but untrained, networks without a bias are odd functions, near 0 where x^2 is not.
    assert found.test_rmse.min() > 0.5 * np.sqrt(np.mean(runs.values**2))
