"""The paper's counting and the controls, on scores small enough to count by hand."""

import numpy as np
import pytest
from scipy import stats

from vicinal.metrics import constant_guess, evaluate
from vicinal.statistics import paired_difference, standard_error
from vicinal.vbsw.comparison import Scores, compare_weightings, summarise_methods, unit_of

# Two networks with three heads each, so that every entry can be checked by eye.
TEST = {
    "vbsw": np.array([[90.0, 92.0, 91.0], [80.0, 83.0, 82.0]]),
    "uniform": np.array([[91.0, 91.0, 91.0], [81.0, 82.0, 80.0]]),
    "shuffled": np.array([[88.0, 90.0, 89.0], [79.0, 80.0, 81.0]]),
}
VALIDATION = {
    "vbsw": np.array([[70.0, 60.0, 50.0], [50.0, 60.0, 70.0]]),
    "uniform": np.array([[50.0, 60.0, 70.0], [70.0, 60.0, 50.0]]),
    "shuffled": np.array([[70.0, 60.0, 50.0], [50.0, 60.0, 70.0]]),
}


def gains(scores):
    return compare_weightings(scores, resamples=500, rng=np.random.default_rng(0))


def counted(scores, counting):
    return {row.method: row for row in summarise_methods(scores) if row.counting == counting}


def test_networks_are_counted_as_in_table_2():
    scores = Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True)
    rows = counted(scores, "networks")
    assert list(rows) == ["vbsw", "baseline", "gain", "uniform", "shuffled"]
    assert (rows["vbsw"].best, rows["vbsw"].mean, rows["vbsw"].n) == (92, 87.5, 2)
    assert (rows["baseline"].best, rows["baseline"].mean) == (90, 85.5)
    # g = max over heads acc(head) - acc(network): 2 and 2.
    assert (rows["gain"].best, rows["gain"].mean, rows["gain"].standard_error) == (2, 2, 0)
    assert rows["uniform"].mean == 86.5


def test_heads_of_networks_are_counted_as_in_table_4():
    rows = counted(Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True), "heads")
    assert list(rows) == ["vbsw", "baseline", "uniform", "shuffled"]
    assert (rows["vbsw"].best, rows["vbsw"].n) == (92, 6)
    assert rows["vbsw"].mean == pytest.approx(518 / 6)
    assert (rows["baseline"].mean, rows["baseline"].n) == (85.5, 2)


def test_seeds_are_counted_as_in_tables_1_and_3():
    one = {name: grid[:1] for name, grid in TEST.items()}
    rows = counted(Scores(one, {}, None, larger_is_better=True), "heads")
    assert not counted(Scores(one, {}, None, larger_is_better=True), "networks")
    assert list(rows) == ["vbsw", "baseline", "shuffled"]
    assert (rows["vbsw"].best, rows["vbsw"].mean, rows["vbsw"].n) == (92, 91, 3)
    assert rows["vbsw"].standard_error == pytest.approx(1 / np.sqrt(3))


def test_for_errors_less_is_better_and_a_gain_is_still_positive():
    one = {name: grid[:1] for name, grid in TEST.items()}
    scores = Scores(one, {}, None, larger_is_better=False)
    assert counted(scores, "heads")["vbsw"].best == 90
    assert gains(scores)["vbsw_over_shuffled"].mean == pytest.approx(-2)


def test_a_score_that_is_no_number_is_never_picked():
    holes = {name: grid.copy() for name, grid in VALIDATION.items()}
    holes["vbsw"][0, 0] = np.nan  # the best but for this
    scores = Scores(TEST, holes, np.array([90.0, 81.0]), larger_is_better=True)
    np.testing.assert_array_equal(scores.selected("vbsw"), [92, 82])
    np.testing.assert_array_equal(scores.best(np.array([[np.nan, 1.0], [np.nan] * 2])), [1, np.nan])


def test_controls_of_networks():
    found = gains(Scores(TEST, VALIDATION, np.array([90.0, 81.0]), larger_is_better=True))
    assert found["vbsw_over_uniform"].mean == pytest.approx(np.mean([91 - 91, 245 / 3 - 81]))
    assert found["paper_gain_vbsw"].mean == pytest.approx(2)
    assert found["paper_gain_uniform"].mean == pytest.approx(1)
    # Validation picks head 0 and head 2 for vbsw, head 2 and head 0 for uniform.
    assert found["selected_gain_vbsw"].mean == pytest.approx(np.mean([90 - 90, 82 - 81]))
    assert found["selected_vbsw_over_uniform"].mean == pytest.approx(np.mean([90 - 91, 82 - 81]))
    assert found["vbsw_over_uniform"].n == 2


def test_further_weightings_are_compared_and_counted_too():
    with_input_space = {**TEST, "input_space": TEST["uniform"] - 1}
    scores = Scores(with_input_space, {}, np.array([90.0, 81.0]), larger_is_better=True)
    assert counted(scores, "networks")["input_space"].mean == 85.5
    found = gains(scores)
    difference = found["vbsw_over_input_space"].mean - found["vbsw_over_uniform"].mean
    assert difference == pytest.approx(1)
    assert found["paper_gain_input_space"].mean == pytest.approx(0)


def test_a_guess_stands_beside_the_methods_and_under_the_gains():
    scores = Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True, guess=80.0)
    assert (counted(scores, "networks")["guess"].mean, counted(scores, "heads")["guess"].n) == (
        80,
        1,
    )
    assert gains(scores)["uniform_over_guess"].mean == pytest.approx(86 - 80)
    errors = Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=False, guess=80.0)
    assert gains(errors)["uniform_over_guess"].mean == pytest.approx(80 - 86)


def test_a_guess_is_the_most_frequent_class_or_the_mean_of_the_training_labels():
    train, test = np.array([2, 2, 0, 1]), np.array([2, 0, 1, 1])
    assert constant_guess(train, test, "accuracy") == 25
    assert constant_guess(np.array([0, 1, 0]), np.array([1, 0]), "f1") == pytest.approx(200 / 3)
    assert constant_guess(np.array([1.0, 3.0]), np.array([2.0, 5.0]), "mse") == 4.5
    assert constant_guess(np.array([1.0, 3.0]), np.array([2.0, 5.0]), "spearman") == 0


def test_of_one_network_the_seeds_are_the_pairs():
    one = {name: grid[:1] for name, grid in TEST.items()}
    found = gains(Scores(one, {}, np.array([90.0]), larger_is_better=True))
    assert found["vbsw_over_uniform"].n == 3
    assert found["paper_gain_vbsw"].n == 1


def test_without_validation_nothing_is_selected():
    found = gains(Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True))
    assert not [name for name in found if name.startswith("selected")]


def test_mean_gains_and_units():
    found = gains(Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True))
    assert found["mean_gain_vbsw"].mean == pytest.approx(np.mean([91 - 90, 245 / 3 - 81]))
    several = Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True)
    one = Scores({n: g[:1] for n, g in TEST.items()}, {}, np.array([90.0]), larger_is_better=True)
    assert unit_of("vbsw_over_uniform", several) == "networks"
    assert unit_of("vbsw_over_uniform", one) == "heads of one network"
    assert unit_of("paper_gain_vbsw", one) == "networks"


def test_pairs_that_repeat_one_another_are_one():
    first = np.array([31.4810, 31.4767, 31.4800])
    found = paired_difference(first, np.zeros(3), resamples=100, rng=np.random.default_rng(0))
    assert (found.n, np.isnan(found.low)) == (1, True)
    assert found.mean == pytest.approx(first.mean())


def test_what_rounding_alone_makes_differ_is_tied():
    exact = np.array([0.25, -0.25, 0.5, 0.25, 0.0, 0.75])
    noisy = exact + 90 * np.array([1e-15, -1e-15, 1e-16, 2e-15, 1e-15, -2e-15])
    rng = np.random.default_rng(0)
    expected = paired_difference(90 + exact, np.full(6, 90.0), resamples=100, rng=rng).p_value
    found = paired_difference(90 + noisy, np.full(6, 90.0), resamples=100, rng=rng).p_value
    assert found == expected == stats.wilcoxon(exact, zero_method="zsplit").pvalue


def test_heads_of_several_networks_are_clustered():
    rows = counted(Scores(TEST, {}, np.array([90.0, 81.0]), larger_is_better=True), "heads")
    assert rows["vbsw"].standard_error == pytest.approx(standard_error([91, 245 / 3]))
    assert rows["vbsw"].n == 6


def test_interval_of_a_mean_agrees_with_theory():
    rng = np.random.default_rng(1)
    first, second = rng.normal(1.0, 1.0, 400), np.zeros(400)
    found = paired_difference(first, second, resamples=4000, rng=rng)
    half = 1.96 * standard_error(first)
    assert found.low == pytest.approx(found.mean - half, abs=0.03)
    assert found.high == pytest.approx(found.mean + half, abs=0.03)
    assert found.p_value == pytest.approx(stats.wilcoxon(first).pvalue)


def test_coverage_of_the_interval_is_near_its_level():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(300):
        found = paired_difference(rng.normal(size=40), np.zeros(40), resamples=400, rng=rng)
        covered += found.low <= 0 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


def test_one_pair_has_no_interval_and_equal_pairs_no_evidence():
    rng = np.random.default_rng(0)
    assert np.isnan(paired_difference([1.0], [0.0], resamples=100, rng=rng).low)
    assert paired_difference([1.0, 2.0], [1.0, 2.0], resamples=100, rng=rng).p_value == 1
    with pytest.raises(ValueError, match="two equal"):
        paired_difference([1.0], [1.0, 2.0], resamples=100, rng=rng)


@pytest.mark.filterwarnings("error")
def test_metrics_against_their_definitions():
    labels = np.array([0, 1, 1, 0, 1])
    logits = np.zeros((2, 5, 2))
    logits[0, [1, 2, 4], 1] = 1  # all right
    logits[1, [0, 1], 1] = 1  # one false positive, one true positive, two missed
    np.testing.assert_allclose(evaluate(logits, labels, "accuracy"), [100, 40])
    np.testing.assert_allclose(evaluate(logits, labels, "f1"), [100, 40])
    np.testing.assert_allclose(evaluate(logits[..., 1:], labels, "accuracy"), [100, 40])

    values = np.array([1.0, 2.0, 4.0, 8.0])
    outputs = np.stack([values**3, -values, np.ones(4)])[..., None]
    np.testing.assert_allclose(evaluate(outputs, values, "spearman"), [100, -100, np.nan])
    np.testing.assert_allclose(evaluate(outputs, values, "pearson")[1], -100)
    np.testing.assert_allclose(evaluate(outputs, values, "mse")[2], np.mean((values - 1) ** 2))
    with pytest.raises(ValueError, match="accuracy is defined for classes"):
        evaluate(outputs, values, "accuracy")
    with pytest.raises(ValueError, match="known are accuracy"):
        evaluate(outputs, values, "r2")
