"""Metrics of predicted probabilities against hand-made cases, loops and scikit-learn."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from vicinal.bayes.predictive_metrics import (
    LEAST,
    ReliabilityBins,
    accuracy,
    area_under_risk_coverage,
    brier_score,
    expected_calibration_error,
    negative_log_likelihood,
    ood_auroc,
    predictive_entropy,
    predictive_metrics,
    reliability_bins,
)

# Right with 0.9, wrong with 0.6, right with 0.5 (0.3, 0.2).
THREE = np.array([[0.9, 0.05, 0.05], [0.6, 0.4, 0.0], [0.3, 0.2, 0.5]])
LABELS = np.array([0, 1, 2])


def drawn(n, c, seed):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(c, 0.5), size=n), rng.integers(0, c, n)


def one_hot(labels, c):
    return np.eye(c)[labels]


def test_three_predictions_by_hand():
    found = predictive_metrics(THREE, LABELS, bins=2, out_of_distribution=THREE[:1])
    bins = reliability_bins(THREE, LABELS, 2)
    np.testing.assert_array_equal(bins.count, [1, 2])
    np.testing.assert_allclose(bins.confidence, [0.5, 0.75])
    np.testing.assert_allclose(bins.accuracy, [1, 0.5])
    entropies = [-(row[row > 0] * np.log(row[row > 0])).sum() for row in THREE]
    assert found == pytest.approx(
        {
            "accuracy": 200 / 3,
            "nll": -np.log([0.9, 0.4, 0.5]).mean(),
            "ece": (0.5 + 2 * 0.25) / 3,
            "brier": ((0.01 + 2 * 0.0025) + (0.36 + 0.36) + (0.09 + 0.04 + 0.25)) / 3,
            "aurc": (0 + 1 / 2 + 1 / 3) / 3,
            "test_entropy": np.mean(entropies),
            "ood_entropy": entropies[0],
            "ood_auroc": 0.5 / 3,
        }
    )


@pytest.mark.parametrize("c", [2, 3, 10])
def test_scikit_learn_agrees(c):
    p, y = drawn(200, c, c)
    classes = list(range(c))
    assert negative_log_likelihood(p, y) == pytest.approx(log_loss(y, p, labels=classes))
    expected = brier_score_loss(y, p, labels=classes, scale_by_half=False)
    assert brier_score(p, y) == pytest.approx(expected)
    # Entropies of two sets, rounded so that some are equal.
    scores = predictive_entropy(np.concatenate([p, drawn(70, c, 1)[0]])).round(1)
    truth = np.repeat([0, 1], [200, 70])
    assert ood_auroc(scores[:200], scores[200:]) == pytest.approx(roc_auc_score(truth, scores))


@pytest.mark.parametrize("bins", [1, 4, 15])
def test_bins_and_calibration_error_by_loops(bins):
    p, y = drawn(300, 4, 5)
    found = reliability_bins(p, y, bins)
    expected = 0.0
    for place in range(bins):
        inside = [i for i in range(300) if place < p[i].max() * bins <= place + 1]
        assert found.count[place] == len(inside)
        if not inside:
            assert np.isnan([found.confidence[place], found.accuracy[place]]).all()
            continue
        confidence = np.mean([p[i].max() for i in inside])
        right = np.mean([p[i].argmax() == y[i] for i in inside])
        assert (found.confidence[place], found.accuracy[place]) == pytest.approx(
            (confidence, right)
        )
        expected += len(inside) / 300 * abs(right - confidence)
    assert expected_calibration_error(found) == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("c", [2, 3, 5, 7, 10, 15])
def test_probabilities_on_a_border_are_in_the_bin_below(c, dtype):
    uniform = np.full((4, c), 1 / c, dtype=dtype)  # rounded either way
    assert reliability_bins(uniform, np.zeros(4, int), c).count[0] == 4
    for place in range((c + 1) // 2, c + 1):
        top = np.array([[place / c, 1 - place / c]], dtype=dtype)
        assert reliability_bins(top, [0], c).count[max(place, c - place) - 1] == 1
    assert reliability_bins(one_hot([1], 3), [1], c).count[-1] == 1


def test_risk_of_tied_predictions_is_the_mean_over_their_orders():
    confidence = np.array([0.9, 0.8, 0.8, 0.8, 0.7, 0.7])
    wrong = np.array([0, 1, 0, 0, 1, 0])
    p = np.stack([confidence, 1 - confidence], axis=1)
    areas = []
    for order in permutations(range(6)):
        if all(confidence[a] >= confidence[b] for a, b in pairwise(order)):
            errors = wrong[list(order)]
            areas.append(np.mean([errors[: k + 1].mean() for k in range(6)]))
    assert len(areas) == 12
    assert np.ptp(areas) > 0
    assert area_under_risk_coverage(p, wrong) == pytest.approx(np.mean(areas))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_no_order_and_naming_of_classes_matters(n, c, seed):
    p, y = drawn(n, c, seed)
    p = np.round(p, 1) + 1e-3  # with ties between samples; the largest is one class
    p[np.arange(n), p.argmax(1)] += 0.01
    p /= p.sum(1, keepdims=True)
    rng = np.random.default_rng(seed)
    samples, classes = rng.permutation(n), rng.permutation(c)
    found = predictive_metrics(p, y, bins=7, out_of_distribution=p)
    moved = p[samples][:, classes]
    other = predictive_metrics(
        moved, np.argsort(classes)[y[samples]], bins=7, out_of_distribution=moved
    )
    assert found == pytest.approx(other)
    assert found["ood_auroc"] == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(2, 6), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_ranges(n, c, bins, seed):
    p, y = drawn(n, c, seed)
    found = predictive_metrics(p, y, bins=bins)
    assert 0 <= found["accuracy"] <= 100
    assert found["nll"] > 0
    assert 0 <= found["brier"] <= 2
    assert 0 <= found["ece"] <= 1
    assert 0 <= found["aurc"] <= 1
    assert 0 <= found["test_entropy"] <= np.log(c) + 1e-12
    # What all samples risk is the last of the risks that are averaged.
    assert found["aurc"] >= (1 - found["accuracy"] / 100) / n - 1e-12


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(1, 12))
def test_a_perfect_predictor_and_its_opposite(labels, bins):
    right = {"accuracy": 100, "nll": 0, "ece": 0, "brier": 0, "aurc": 0, "test_entropy": 0}
    assert predictive_metrics(one_hot(labels, 4), labels, bins=bins) == right
    wrong = predictive_metrics(one_hot(np.array(labels) ^ 1, 4), labels, bins=bins)
    nll = -np.log(LEAST)
    assert wrong == pytest.approx(
        {"accuracy": 0, "nll": nll, "ece": 1, "brier": 2, "aurc": 1, "test_entropy": 0}
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 12), st.integers(1, 20))
def test_a_uniform_predictor(c, bins):
    labels = np.arange(3 * c) % c
    found = predictive_metrics(np.full((3 * c, c), 1 / c), labels, bins=bins)
    assert found == pytest.approx(
        {
            "accuracy": 100 / c,
            "nll": np.log(c),
            "ece": 0,
            "brier": 1 - 1 / c,
            "aurc": 1 - 1 / c,
            "test_entropy": np.log(c),
        },
        abs=1e-12,
    )


def test_certain_samples_apart_from_uncertain_ones():
    certain, uncertain = one_hot([0, 1], 2), np.full((3, 2), 0.5)
    for inside, outside, expected in (
        (certain, uncertain, 1.0),
        (uncertain, certain, 0.0),
        (uncertain, uncertain, 0.5),
    ):
        assert ood_auroc(predictive_entropy(inside), predictive_entropy(outside)) == expected


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        ([0.5, 0.5], [0], r"shape \(2,\); needed is \(N, c\)"),
        (np.zeros((0, 2)), [], r"shape \(0, 2\)"),
        ([[0.5, 0.5], [0.5, 0.4]], [0, 0], "row 1 of probabilities has minimum 0.4 and sum 0.9"),
        ([[1.2, -0.2]], [0], "row 0 of probabilities has minimum -0.2 and sum 1"),
        ([[np.nan, 1.0]], [0], "row 0 of probabilities has minimum nan"),
        (THREE, [0, 1], r"shape \(2,\); needed are integers of shape \(3,\)"),
        (THREE, [0.0, 1.0, 2.0], "labels are float64"),
        (THREE, [0, 1, 3], "labels from 0 to 3; allowed are 0 to 2"),
        (THREE, [-1, 1, 2], "labels from -1 to 2"),
    ],
)
@pytest.mark.parametrize(
    "metric",
    [
        accuracy,
        negative_log_likelihood,
        brier_score,
        area_under_risk_coverage,
        lambda p, y: reliability_bins(p, y, 5),
        lambda p, y: predictive_metrics(p, y, bins=5),
    ],
)
def test_what_are_no_predictions(metric, probabilities, labels, message):
    with pytest.raises(ValueError, match=message):
        metric(probabilities, labels)


def test_other_wrong_arguments():
    with pytest.raises(ValueError, match="bins is 0"):
        reliability_bins(THREE, LABELS, 0)
    with pytest.raises(ValueError, match="no bin holds"):
        expected_calibration_error(ReliabilityBins(np.zeros(2, int), *np.full((2, 2), np.nan)))
    with pytest.raises(ValueError, match="3 classes"):
        predictive_metrics(THREE, LABELS, bins=2, out_of_distribution=[[0.5, 0.5]])
    with pytest.raises(ValueError, match=r"shapes \(0,\) and \(1,\)"):
        ood_auroc([], [0.5])
    with pytest.raises(ValueError, match="NaN"):
        ood_auroc([0.5, np.nan], [0.5])
