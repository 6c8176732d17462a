"""Grids of (k, m): each cell as if it were alone, in any blocks, and the cells one chooses."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vicinal import HeadSettings, local_variance, nearest_neighbours, rescale_weights, train_heads
from vicinal.metrics import evaluate
from vicinal.vbsw import grid as grid_module
from vicinal.vbsw import local_variance as variance_module
from vicinal.vbsw.grid import Grid, grid_weights, train_grid
from vicinal.vbsw.grid_scores import GridScores, chosen_cells

KS, MS, SEEDS = [3, 9, 14], [2.0, 50.0], [5, 6]


def lattice():
    """Ties everywhere, and points that are there twice."""
    points = np.stack(np.meshgrid(np.arange(7.0), np.arange(7.0)), axis=-1).reshape(-1, 2)
    return np.concatenate([points, points[10:30]])


@pytest.fixture
def samples():
    return np.random.default_rng(0).normal(size=(80, 4))


@pytest.fixture
def classes(samples):
    return (samples[:, 0] + 0.3 * samples[:, 1] > 0).astype(int)


@pytest.mark.parametrize("rescale", ["max", "minmax"])
@pytest.mark.parametrize(("ddof", "centre"), [(1, "mean"), (0, "mean"), (1, "sample")])
@pytest.mark.parametrize("where", ["lattice", "random"])
def test_weights_are_those_of_each_cell_alone(samples, rescale, ddof, centre, where):
    points = lattice() if where == "lattice" else samples
    labels = np.random.default_rng(1).normal(size=(len(points), 2))
    weights = grid_weights(points, labels, KS, MS, rescale=rescale, ddof=ddof, centre=centre)
    assert weights.shape == (3, 2, len(points))
    for i, k in enumerate(KS):
        variance = local_variance(points, labels, k, ddof=ddof, centre=centre)
        for j, m in enumerate(MS):
            np.testing.assert_array_equal(weights[i, j], rescale_weights(variance, m, rescale))


def test_weights_by_definition(samples, classes):
    distance = ((samples[:, None] - samples[None]) ** 2).sum(axis=-1)
    order = np.argsort(distance, axis=1, kind="stable")
    weights = grid_weights(samples, classes, KS, MS)
    for i, k in enumerate(KS):
        share = classes[order[:, :k]].mean(axis=1)
        variance = 2 * k * share * (1 - share) / (k - 1)  # two columns of a one-hot label
        for j, m in enumerate(MS):
            expected = 1 + (m - 1) * variance / variance.max()
            np.testing.assert_allclose(weights[i, j], expected, rtol=1e-12)


@pytest.mark.parametrize("points", [lattice(), np.ones((60, 2)), np.arange(50.0)[:, None]])
def test_the_first_neighbours_are_the_nearest_among_ties_and_duplicates(points):
    most = nearest_neighbours(points, 40)
    for k in (2, 5, 9, 10, 26, 39):
        np.testing.assert_array_equal(most[:, :k], nearest_neighbours(points, k))


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.int8, st.tuples(st.integers(4, 60), st.integers(1, 3)), elements={"max_value": 2})
)
def test_the_first_neighbours_are_the_nearest_of_few_distinct_points(points):
    samples = points.astype(float)
    most = nearest_neighbours(samples, len(samples))
    for k in (2, 3, len(samples) // 2):
        np.testing.assert_array_equal(most[:, :k], nearest_neighbours(samples, k))


def test_one_search_serves_every_k(samples, classes, monkeypatch):
    searched = []

    def search(points, k, **keywords):
        searched.append(k)
        return nearest_neighbours(points, k, **keywords)

    monkeypatch.setattr(variance_module, "nearest_neighbours", search)
    grid_weights(samples, classes, [9, 14, 3], MS)
    assert searched == [14]


def test_classes_and_values(samples):
    numbers = np.arange(80) % 3
    as_values = grid_weights(samples, numbers, KS, MS, labels="values")
    np.testing.assert_array_equal(as_values, grid_weights(samples, 1.0 * numbers, KS, MS))
    assert not np.allclose(as_values, grid_weights(samples, numbers, KS, MS))


def test_labels_of_one_class_weigh_the_same_with_a_warning(samples):
    with pytest.warns(UserWarning, match="all weights are 1"):
        weights = grid_weights(samples, np.zeros(80, int), KS, MS)
    np.testing.assert_array_equal(weights, np.ones((3, 2, 80)))


@pytest.mark.parametrize(
    ("ks", "ms", "message"),
    [
        ([3, 1], MS, "k = 1 neighbours"),
        ([3, 81], MS, "allowed are 2 to 80"),
        ([], MS, "ks is empty"),
        (KS, [2, 0.5], r"m = 0\.5"),
        (KS, [2, np.nan], "m = nan"),
        (KS, [], "ms is empty"),
    ],
)
def test_axes_out_of_range_say_what_is_allowed(samples, classes, ks, ms, message):
    with pytest.raises(ValueError, match=message):
        grid_weights(samples, classes, ks, ms)


def test_a_bad_row_is_named(samples, classes):
    samples[33, 2] = np.nan
    with pytest.raises(ValueError, match="row 33"):
        train_grid(samples, classes, KS, MS, SEEDS, HeadSettings())
    with pytest.raises(ValueError, match="seeds is empty"):
        train_grid(samples[:9], classes[:9], [3], MS, [], HeadSettings())


HEADS = {
    "network": HeadSettings(
        "binary_cross_entropy", (4,), learning_rate=0.02, batch_size=None, epochs=15
    ),
    "batches": HeadSettings("cross_entropy", learning_rate=0.02, batch_size=16, epochs=4),
    "least_squares": HeadSettings("squared_error", learning_rate=0.02, batch_size=None, epochs=15),
}


def train(samples, classes, kind, **keywords):
    labels = samples @ [1.0, 2, 0, 1] if kind == "least_squares" else classes
    keywords = {"dtype": torch.float64} | keywords
    return labels, train_grid(samples, labels, KS, MS, SEEDS, HEADS[kind], **keywords)


def assert_same_heads(one, other):
    for name, parameter in one.parameters().items():
        torch.testing.assert_close(parameter, other.parameters()[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("kind", HEADS)
def test_every_cell_is_trained_as_if_it_were_alone(samples, classes, kind):
    labels, grid = train(samples, classes, kind)
    uniform = np.ones((1, 80))
    weightings = [*grid_weights(samples, labels, KS, MS).reshape(6, 1, 80), uniform]
    for member, weighting in enumerate(weightings):
        for s, seed in enumerate(SEEDS):
            alone = train_heads(
                samples, labels, weighting, [seed], HEADS[kind], dtype=torch.float64
            )
            assert_same_heads(alone, grid.heads.pick(s, member))


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("block_bytes", [1, 50_000, 2**30])
def test_blocks_do_not_change_results(samples, classes, kind, block_bytes):
    _, grid = train(samples, classes, kind)
    _, blocked = train(samples, classes, kind, block_bytes=block_bytes)
    assert_same_heads(blocked.heads, grid.heads)


@pytest.mark.parametrize(("block_bytes", "blocks"), [(1, [1] * 7), (100_000, [3, 3, 1])])
def test_blocks_hold_what_they_may(samples, classes, monkeypatch, block_bytes, blocks):
    # A cell: 80 weights and, for 2 seeds and 80 samples, 5 units 4 times and a weight; in float64.
    assert 100_000 // (8 * (80 + 2 * 80 * 21)) == 3
    sizes, epochs = [], []

    def record(features, labels, weights, *arguments, **keywords):
        sizes.append(len(weights))
        return train_heads(features, labels, weights, *arguments, **keywords)

    monkeypatch.setattr(grid_module, "train_heads", record)
    train(
        samples,
        classes,
        "network",
        block_bytes=block_bytes,
        on_epoch=lambda done, total: epochs.append((done, total)),
    )
    assert sizes == blocks
    total = 15 * len(blocks)
    assert epochs == [(done, total) for done in range(1, total + 1)]


@pytest.mark.parametrize(
    ("kind", "metric"), [("network", "accuracy"), ("batches", "f1"), ("least_squares", "mse")]
)
def test_scores_are_in_their_places(samples, classes, kind, metric):
    labels, grid = train(samples, classes, kind)
    scores = grid.scores(metric, (samples[:30], labels[:30]), (samples[30:], labels[30:]))
    assert scores.larger_is_better == (metric != "mse")
    for part, cells, uniform in (
        (slice(30), scores.test, scores.uniform_test),
        (slice(30, None), scores.validation, scores.uniform_validation),
    ):
        for s in range(2):
            alone = [
                evaluate(grid.heads.pick(s, n).predict(samples[part]), labels[part], metric).item()
                for n in range(7)
            ]
            np.testing.assert_allclose([*cells[:, :, s].ravel(), uniform[s]], alone)
    assert grid.scores(metric, (samples, labels)).validation is None
    assert isinstance(grid, Grid)


def scores_of(test, validation=None, *, ks=(10, 20), ms=(2.0, 5.0, 9.0), larger=True):
    test = np.asarray(test, dtype=float)
    held_out = None if validation is None else np.asarray(validation, dtype=float)
    seeds = test.shape[-1]
    uniform = np.arange(seeds, dtype=float)
    return GridScores(
        ks, ms, test, held_out, uniform, None if validation is None else 2 * uniform, larger
    )


def with_seeds(means):
    """Three seeds around each mean; the standard error is 1."""
    return np.asarray(means, dtype=float)[..., None] + np.sqrt(3) * np.array([-1.0, 0, 1])


def test_the_best_cells_and_what_choosing_by_validation_costs():
    test = with_seeds([[90, 91, 92], [93, 97, 95]])
    validation = with_seeds([[80, 81, 89], [82, 84, 85]])
    chosen = chosen_cells(scores_of(test, validation))
    assert (chosen.by_test.k, chosen.by_test.m) == (20, 5.0)
    assert (chosen.by_test.test, chosen.by_test.validation) == pytest.approx((97, 84))
    assert (chosen.by_validation.k, chosen.by_validation.m) == (10, 9.0)
    assert (chosen.by_validation.test, chosen.by_validation.validation) == pytest.approx((92, 89))
    assert chosen.by_validation.test_error == pytest.approx(1)
    assert chosen.by_test.validation_error == pytest.approx(1)
    assert chosen.regret == pytest.approx(5)
    assert (chosen.uniform.k, chosen.uniform.test, chosen.uniform.validation) == (None, 1, 2)
    assert chosen.uniform.test_error == pytest.approx(3**-0.5)


def test_of_errors_the_smallest_is_the_best():
    test = with_seeds([[6, 5, 4], [3, 2, 9]])
    chosen = chosen_cells(scores_of(test, test[::-1], larger=False))
    assert (chosen.by_test.k, chosen.by_test.m) == (20, 5.0)
    assert (chosen.by_validation.k, chosen.by_validation.m) == (10, 5.0)
    assert chosen.regret == pytest.approx(3)


def test_ties_go_to_the_smallest_k_and_then_to_the_smallest_m():
    test = np.full((2, 3, 4), 7.0)
    test[1, 1] = 6
    chosen = chosen_cells(scores_of(test, ks=(30, 12), ms=(9.0, 2.0, 5.0)))
    assert (chosen.by_test.k, chosen.by_test.m) == (12, 5.0)  # not k = 30 with m = 2
    assert chosen.by_validation is None
    assert np.isnan([chosen.regret, chosen.by_test.validation]).all()


def test_the_order_of_the_seeds_makes_no_difference():
    correct = np.array([88, 93, 95, 97, 101, 103, 104, 107, 109, 110])
    rng = np.random.default_rng(0)
    test = 100 * np.array([[rng.permutation(correct) / 114 for _ in range(40)] for _ in range(40)])
    least = np.unravel_index(test.mean(axis=2).argmin(), (40, 40))
    test[0, 0] = test[least]
    assert test[0, 0].mean() < test.mean(axis=2).max()  # rounding would choose another
    ks, ms = list(range(10, 50)), list(range(2, 42))
    chosen = chosen_cells(scores_of(test, ks=ks, ms=ms))
    assert (chosen.by_test.k, chosen.by_test.m) == (10, 2)


def test_a_score_that_is_not_a_number_is_never_the_best():
    test = with_seeds([[90, 91, 92], [93, 97, 95]])
    test[1, 1, 0] = np.nan
    assert chosen_cells(scores_of(test)).by_test.test == pytest.approx(95)
    with pytest.raises(ValueError, match="no cell has a validation score"):
        chosen_cells(scores_of(test, np.full_like(test, np.nan)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": np.zeros((3, 2, 4))}, r"test has shape \(3, 2, 4\); needed is \(2, 3, 4\)"),
        ({"validation": np.zeros((2, 3, 4))}, "both be given"),
        ({"ks": []}, "at least one k"),
    ],
)
def test_scores_that_do_not_fit_are_refused(change, message):
    arrays = {"ks": [10, 20], "ms": [2, 5, 9], "test": np.zeros((2, 3, 4)), "validation": None}
    with pytest.raises(ValueError, match=message):
        GridScores(
            **(arrays | change),
            uniform_test=np.zeros(4),
            uniform_validation=None,
            larger_is_better=True,
        )
