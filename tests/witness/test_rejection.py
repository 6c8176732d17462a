"""Which predictions are kept: risks, scores and thresholds against plain loops."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import stats

from vicinal.bayes.predictive_metrics import area_under_risk_coverage
from vicinal.risk_coverage import selective_risks
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.rejection import (
    HiddenLayer,
    kept_by_factor,
    least_mean,
    nearness,
    negative_entropy,
    principal_components,
    softmax_gap,
)


def test_risks_are_the_mean_over_all_orders_of_ties():
    confidence = np.array([3.0, -1, 2, 2, -1, 2])
    wrong = np.array([False, True, True, False, False, False])
    risks = [
        [wrong[list(order)][: k + 1].mean() for k in range(6)]
        for order in permutations(range(6))
        if all(confidence[a] >= confidence[b] for a, b in pairwise(order))
    ]
    assert len(risks) == 12
    np.testing.assert_allclose(selective_risks(confidence, wrong), np.mean(risks, axis=0))


def test_the_best_order_has_no_error_until_only_errors_are_left():
    wrong = np.array([True, False, False, True, False])
    np.testing.assert_allclose(selective_risks(~wrong, wrong), [0, 0, 0, 1 / 4, 2 / 5])
    np.testing.assert_allclose(selective_risks(np.zeros(5), wrong), 0.4)
    p = stats.dirichlet.rvs([1, 1, 1], 40, random_state=0)
    labels = np.arange(40) % 3
    area = selective_risks(p.max(1), p.argmax(1) != labels).mean()
    assert area == area_under_risk_coverage(p, labels)


def test_risks_of_what_is_no_ranking():
    for confidence, wrong in (([0.1], [1, 0]), ([], []), ([[0.1]], [[1]])):
        with pytest.raises(ValueError, match=r"needed are two equal \(N,\)"):
            selective_risks(confidence, wrong)
    with pytest.raises(ValueError, match="confidence 1 is NaN"):
        selective_risks([0, np.nan], [0, 1])


def test_scores_of_the_network_itself():
    logits = np.log([[0.7, 0.2, 0.1], [0.25, 0.5, 0.25], [1 / 3, 1 / 3, 1 / 3]]) + 1000
    np.testing.assert_allclose(softmax_gap(logits), [0.5, 0.25, 0], atol=1e-9)
    entropies = [stats.entropy([0.7, 0.2, 0.1]), 1.5 * np.log(2), np.log(3)]
    np.testing.assert_allclose(negative_entropy(logits), -np.array(entropies))
    with pytest.raises(ValueError, match="c at least 2"):
        softmax_gap([[1.0], [2.0]])


def test_nearness_against_all_distances():
    rng = np.random.default_rng(0)
    training, points = rng.normal(size=(30, 4)) + 1e4, rng.normal(size=(7, 4)) + 1e4
    expected = [-np.sort([np.linalg.norm(p - t) for t in training])[:3].mean() for p in points]
    np.testing.assert_allclose(nearness(training, points, 3), expected, rtol=1e-9)
    with pytest.raises(ValueError, match="k = 31 neighbours of 30 samples"):
        nearness(training, points, 31)


def test_what_a_factor_keeps_is_what_the_test_calls_significant():
    rng = np.random.default_rng(1)
    samples, labels = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    samples[:, 0] += 2 * labels
    points, factors = rng.normal(size=(25, 2)) + np.array([2, 0]), (0.3, 1.0, 1.7)
    settings = {"n": 3, "sigma": 1.0, "n_permutations": 19}
    tests = [
        HermiteWitness(threshold_factor=factor, **settings).fit(samples, labels).test(points)
        for factor in factors
    ]
    ratio = tests[1].ratio
    wrong, agrees = rng.random(25) < 0.3, rng.random(25) < 0.5
    kept = kept_by_factor(ratio, wrong, agrees, factors)
    for number, test in enumerate(tests):
        chosen = test.significant
        assert 0 < chosen.sum() < 25
        assert kept.share[number] == chosen.mean()
        assert kept.error[number] == pytest.approx(wrong[chosen].mean())
        assert kept.agreement[number] == pytest.approx(agrees[chosen].mean())
    none = kept_by_factor(ratio, wrong, agrees, [np.inf])
    assert none.share == 0
    assert np.isnan(none.error).all()


def test_all_components_keep_distances_and_the_first_is_the_widest():
    rng = np.random.default_rng(2)
    training = rng.normal(size=(50, 3)) * [1, 5, 2] + 10
    points = rng.normal(size=(4, 3))
    turned, moved = principal_components(training, [points], 3)
    before = np.linalg.norm(training[:, None] - points, axis=2)
    after = np.linalg.norm(turned[:, None] - moved, axis=2)
    np.testing.assert_allclose(after, before)
    first, _ = principal_components(training, [points], 1)
    assert abs(np.corrcoef(first[:, 0], training[:, 1])[0, 1]) > 0.99
    same, _ = principal_components(training, [points], None)
    np.testing.assert_array_equal(same, training)
    with pytest.raises(ValueError, match="4 principal components; allowed are 1 to 3"):
        principal_components(training, [points], 4)


def test_the_scale_of_least_mean_area():
    scales = [4, 0.5, 1, 2]
    assert least_mean([[3, 1, 2, 2], [3, 2, 2, 0]], scales) == 3
    # Of the same area the one nearest to the paper's, the smaller of two.
    assert least_mean([[1, 1, 2, 1]], scales) == 1
    assert least_mean([[0, 0, 0, 0]], scales) == 2


def test_a_layer_knows_where_its_network_errs():
    layer = HiddenLayer(np.zeros((3, 2)), np.array([[0, 1], [2, 1], [0, 3]]), np.array([1, 1, 1]))
    assert layer.predicted.tolist() == [1, 0, 1]
    assert layer.wrong.tolist() == [False, True, False]
    assert layer.part(np.array([1, 2])).wrong.tolist() == [True, False]


def test_the_witness_is_sure_at_modes_and_not_where_classes_meet():
    """Two normals a distance of 2 apart: the best classifier errs by Phi(-1), most between them."""
    rng = np.random.default_rng(3)
    labels, truth = rng.integers(0, 2, (2, 1500))
    samples, points = rng.normal(size=(2, 1500)) + 2 * np.stack([labels, truth])
    witness = HermiteWitness(n=4, sigma=1.5, n_permutations=50).fit(samples[:, None], labels)
    found = witness.test(points[:, None])
    ratio = found.ratio
    from_middle = np.abs(points - 1)
    assert np.median(ratio[from_middle < 0.1]) < 1
    assert np.median(ratio[abs(from_middle - 1) < 0.3]) > 5
    risks = selective_risks(ratio, (points > 1) != truth)
    assert risks[-1] == pytest.approx(stats.norm.sf(1), abs=0.03)
    assert risks[len(risks) // 2] < 0.8 * risks[-1]
