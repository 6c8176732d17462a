"""Training on points of one's own, all repetitions at once, and the errors by brute force."""

import numpy as np
import pytest
import torch

from vicinal.statistics import mean_interval
from vicinal.training.heads import HeadSettings, train_heads
from vicinal.vbsw.benchmark_functions import bateman, hyperbolic_tangent
from vicinal.vbsw.sampling_comparison import (
    heads_of_samplings,
    sampling_errors,
    sampling_training,
)
from vicinal.vbsw.solution_maps import (
    error_gain_and_loss,
    error_reduction,
    largest_measure,
    shown_solutions,
    solutions_over_time,
    worst_squared_errors,
    worst_starts,
)
from vicinal.vbsw.taylor_measure import evaluate_function, taylor_measure
from vicinal.vbsw.training_points import (
    SamplingSettings,
    draw_training_points,
    evaluate_training_points,
)

SEEDS = [3, 4, 9]
BOX = [[0.05, 1], [0, 1], [0, 10]]
SETTINGS = HeadSettings("squared_error", (7,), batch_size=None, epochs=30, learning_rate=0.01)


@pytest.fixture(scope="module")
def bateman_networks():
    settings = SamplingSettings(initial=40, new=30, grid=False, components=2)
    points = draw_training_points(bateman(), BOX, SEEDS, settings)
    values = evaluate_training_points(bateman(), points)
    training = sampling_training(points, values, SEEDS, SETTINGS, dtype=torch.float64)
    assert list(training.run()) == list(range(1, SETTINGS.epochs + 1))
    return points, values, heads_of_samplings(training)


def test_both_samplings_share_the_initial_points(bateman_networks):
    points, values, _ = bateman_networks
    assert points.shape == (3, 2, 70, 3)
    assert values.shape == (3, 2, 70, 2)
    np.testing.assert_array_equal(points[:, 0, :40], points[:, 1, :40])
    assert not np.allclose(points[0], points[1])  # repetitions differ
    np.testing.assert_allclose(values[1, 0], evaluate_function(bateman(), points[1, 0]))


def test_a_regular_grid_in_one_dimension():
    points = draw_training_points(hyperbolic_tangent(), [[0, 1]], [0, 1], SamplingSettings())
    np.testing.assert_allclose(points[0, 0, :8, 0], np.linspace(0, 1, 8))
    new = points[:, :, 8:]
    assert (abs(new[:, 1] - 0.5) < 0.15).mean() > 0.9  # steep within about 0.1 of 0.5
    assert (abs(new[:, 0] - 0.5) < 0.15).mean() < 0.7
    again = draw_training_points(hyperbolic_tangent(), [[0, 1]], [1], SamplingSettings())
    assert again[0].tobytes() == points[1].tobytes()  # a repetition depends on its seed alone


def test_batched_training_equals_one_network_at_a_time(bateman_networks):
    points, values, heads = bateman_networks
    test_points = np.random.default_rng(0).uniform(size=(20, 3))
    together = heads.predict(test_points)
    for row, seed in enumerate(SEEDS):
        for sampling in range(2):
            data = points[row, sampling], values[row, sampling]
            alone = train_heads(*data, np.ones((1, 70)), [seed], SETTINGS, dtype=torch.float64)
            np.testing.assert_allclose(together[row, sampling], alone.predict(test_points)[0, 0])


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("batch_size", [None, 8])
def test_samples_of_their_own_for_each_seed(loss, batch_size):
    """Weightings and mini-batches too: as if each seed were trained by itself."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 21, 4))
    shape = (3, 21)
    targets = rng.integers(0, 3, shape) if loss == "cross_entropy" else rng.normal(size=shape)
    if loss == "cross_entropy":
        targets[:, 0] = 2  # every seed sees the same number of classes
    weights = rng.uniform(1, 5, size=(3, 2, 21))
    settings = HeadSettings(loss, (5,), batch_size=batch_size, epochs=5, learning_rate=0.02)
    together = train_heads(features, targets, weights, SEEDS, settings, dtype=torch.float64)
    for s, seed in enumerate(SEEDS):
        alone = train_heads(
            features[s], targets[s], weights[s], [seed], settings, dtype=torch.float64
        )
        expected = alone.predict(features[0])[0]
        np.testing.assert_allclose(together.predict(features[0])[s], expected, rtol=1e-9)


def test_samples_for_another_number_of_seeds_are_refused():
    with pytest.raises(ValueError, match="samples for 2 seeds, not for 3"):
        train_heads(np.ones((2, 5, 1)), np.ones((2, 5)), np.ones((1, 5)), SEEDS, SETTINGS)
    with pytest.raises(ValueError, match="do not fit together"):
        train_heads(np.ones((3, 5, 1)), np.ones((5,)), np.ones((1, 5)), SEEDS, SETTINGS)


def test_errors_by_brute_force(bateman_networks):
    heads = bateman_networks[2]
    test_points = np.random.default_rng(1).uniform(0.05, 1, size=(33, 3))
    exact = evaluate_function(bateman(), test_points)
    errors = sampling_errors(heads, test_points, exact, block_rows=10)
    for s in range(3):
        for m in range(2):
            difference = heads.predict(test_points)[s, m] - exact
            assert errors.mse[s, m] == pytest.approx(np.mean(difference**2))
            assert errors.l2[s, m] == pytest.approx(np.sqrt(np.mean(difference**2)))
            assert errors.linf[s, m] == pytest.approx(np.abs(difference).max())


def test_worst_errors_and_measures_over_time(bateman_networks):
    heads = bateman_networks[2]
    worst = worst_squared_errors(heads, bateman(), BOX, (4, 3, 50))
    assert worst.shape == (3, 2, 4, 3)
    start = [np.linspace(0.05, 1, 4)[2], 0.5]
    inputs = np.column_stack([np.tile(start, (50, 1)), np.linspace(0, 10, 50)])
    difference = heads.predict(inputs)[1, 0] - evaluate_function(bateman(), inputs)
    assert worst[1, 0, 2, 1] == pytest.approx((difference**2).sum(axis=1).max())

    measure = largest_measure(lambda p: taylor_measure(bateman(), p, 1, 0.1), BOX, (4, 3, 50))
    assert measure[2, 1] == pytest.approx(taylor_measure(bateman(), inputs, 1, 0.1).max())
    with pytest.raises(ValueError, match="in a box of 3 axes"):
        worst_squared_errors(heads, bateman(), BOX, (4, 3))


def test_gain_and_loss_are_both_positive():
    uniform = np.array([[[0.5, 0.2], [0.1, 0.4]]])
    taylor = np.array([[[0.1, 0.3], [0.1, 0.0]]])
    worst = np.stack([uniform[0], taylor[0]])[None]
    gain, loss = error_gain_and_loss(worst)
    np.testing.assert_allclose(error_reduction(worst), [[0.4, -0.1], [0.0, 0.4]])
    np.testing.assert_allclose(gain, [(0.4 + 0.4) / 4])
    np.testing.assert_allclose(loss, [0.1 / 4])


def test_intervals():
    interval = mean_interval([1.0, 2.0, 3.0])  # Student's quantile with 2 degrees is 4.3027
    assert interval.mean == 2
    assert interval.half_width == pytest.approx(4.3026527 / np.sqrt(3))
    assert np.isnan(mean_interval([1.0]).half_width)


def test_the_worst_start_is_where_the_error_is_largest():
    worst = np.zeros((2, 4, 3))
    worst[0, 3, 1] = worst[1, 0, 2] = 1.0
    starts = worst_starts(worst, [[0.05, 1], [0, 2], [0, 10]])
    np.testing.assert_allclose(starts, [[1, 1], [0.05, 2]])


def test_solutions_over_time(bateman_networks):
    heads = bateman_networks[2]
    starts, times = [[0.2, 0.4], [0.9, 0.1]], np.linspace(0, 10, 7)
    exact, predicted = solutions_over_time(heads, bateman(), starts, times)
    assert exact.shape == (2, 7)
    assert predicted.shape == (3, 2, 2, 7)
    inputs = np.column_stack([np.tile(starts[1], (7, 1)), times])
    np.testing.assert_allclose(exact[1], evaluate_function(bateman(), inputs)[:, 0])
    np.testing.assert_allclose(predicted[2, 1, 1], heads.predict(inputs)[2, 1, :, 0])


def test_shown_solutions_are_the_first_repetitions(bateman_networks):
    heads = bateman_networks[2]
    worst = worst_squared_errors(heads, bateman(), BOX, (4, 3, 50))
    shown = shown_solutions(heads, bateman(), worst, BOX, np.random.default_rng(0), steps=50)
    errors = np.square(shown.predicted - shown.exact)
    for sampling in range(2):
        # The same times as the map's, but the first output alone.
        largest = errors[sampling, 1 + sampling].max()
        assert largest <= worst[0, sampling].max() * (1 + 1e-9)
    np.testing.assert_array_equal(shown.starts[1:], worst_starts(worst[0], BOX))
    assert shown.times[[0, -1]].tolist() == [0, 10]
