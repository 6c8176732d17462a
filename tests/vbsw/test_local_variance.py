"""Local variance and weights against their definitions, written out sample by sample."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from vicinal import LocalVarianceWeighter, local_variance
from vicinal.vbsw.local_variance import normalise_weights, rescale_weights


def by_definition(samples, targets, k, ddof=1, centre="mean"):
    values = []
    for i, sample in enumerate(samples):
        distance = ((samples - sample) ** 2).sum(axis=1)
        distance[i] = -1
        nearby = targets[np.argsort(distance, kind="stable")[:k]]
        middle = nearby.mean(axis=0) if centre == "mean" else targets[i]
        values.append(((nearby - middle) ** 2).sum() / (k - ddof))
    return np.array(values)


@pytest.fixture
def samples():
    return np.random.default_rng(0).normal(size=(120, 4))


@pytest.mark.parametrize("k", [2, 7, 120])
@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("centre", ["mean", "sample"])
def test_equals_the_definition(samples, k, ddof, centre):
    targets = np.random.default_rng(1).normal(size=(120, 3))
    measured = local_variance(samples, targets, k, ddof=ddof, centre=centre)
    expected = by_definition(samples, targets, k, ddof, centre)
    np.testing.assert_allclose(measured, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("classes", [[3, 5, 9], ["cat", "dog", "eel"]])
def test_classes_are_one_hot_whatever_their_names(samples, classes):
    number = np.random.default_rng(2).integers(0, 3, 120)
    measured = local_variance(samples, np.array(classes)[number], 9)
    np.testing.assert_allclose(measured, by_definition(samples, np.eye(3)[number], 9), rtol=1e-12)


def test_all_neighbours_give_the_sample_variance(samples):
    targets = np.random.default_rng(3).normal(size=120)
    np.testing.assert_allclose(local_variance(samples, targets, 120), targets.var(ddof=1))


def test_block_size_does_not_matter(samples):
    targets = samples[:, 0]
    blocked = local_variance(samples, targets, 8, block_bytes=1)
    np.testing.assert_array_equal(blocked, local_variance(samples, targets, 8))


def test_slope_is_found_in_steep_regions():
    x = np.linspace(-1, 1, 401)
    variance = local_variance(x[:, None], np.tanh(10 * x), 5)
    assert abs(x[variance.argmax()]) < 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 1}, "allowed are 2 to 120"),
        ({"k": 121}, "allowed are 2 to 120"),
        ({"ddof": 2}, "allowed are 0 and 1"),
        ({"centre": "median"}, "allowed are mean, sample"),
    ],
)
def test_bad_arguments_say_what_is_allowed(samples, change, message):
    with pytest.raises(ValueError, match=message):
        local_variance(samples, samples[:, 0], **({"k": 5} | change))


def test_labels_that_do_not_fit_are_refused(samples):
    with pytest.raises(ValueError, match="120 samples but 119 labels"):
        local_variance(samples, samples[1:, 0], 5)
    labels = samples[:, 0].copy()
    labels[11] = np.inf
    with pytest.raises(ValueError, match="row 11"):
        local_variance(samples, labels, 5)


def test_a_bad_row_is_named_by_the_weighter_too(samples):
    samples[33, 2] = np.nan
    with pytest.raises(ValueError, match="row 33"):
        LocalVarianceWeighter(k=5).fit(samples, samples[:, 0] > 0)


def test_both_readings_of_the_rescaling():
    variance = np.array([0.5, 1.0, 2.0])
    np.testing.assert_allclose(rescale_weights(variance, 5, "max"), [2, 3, 5])
    np.testing.assert_allclose(rescale_weights(variance, 5, "minmax"), [1, 1 + 4 / 3, 5])
    np.testing.assert_array_equal(rescale_weights(variance, 1), [1, 1, 1])
    assert normalise_weights(np.array([1.0, 3.0])).mean() == 1


def test_m_below_one_is_refused():
    with pytest.raises(ValueError, match=r"m = 0\.5"):
        rescale_weights(np.array([0.0, 1.0]), 0.5)


def test_labels_of_one_class_weigh_the_same_with_a_warning(samples):
    with pytest.warns(UserWarning, match="all weights are 1"):
        weighter = LocalVarianceWeighter(k=5).fit(samples, np.zeros(120, dtype=int))
    np.testing.assert_array_equal(weighter.weights_, np.ones(120))


@pytest.mark.parametrize("value", [0.1, 0.3, 150.7, -1e9 / 3])
def test_constant_values_weigh_the_same_with_a_warning(samples, value):
    with pytest.warns(UserWarning, match="all weights are 1"):
        weighter = LocalVarianceWeighter(k=7).fit(samples, np.full(120, value))
    np.testing.assert_array_equal(weighter.weights_, np.ones(120))


def test_weights_serve_as_sample_weight(samples):
    labels = (samples[:, 0] > 0).astype(int)
    weights = LocalVarianceWeighter(k=5, m=10).fit(samples, labels).weights_
    assert weights.mean() == pytest.approx(1)
    near = np.abs(samples[:, 0]) < 0.2
    assert weights[near].mean() > 2 * weights[~near].mean()
    assert LogisticRegression().fit(samples, labels, sample_weight=weights).score(samples, labels)


@pytest.mark.filterwarnings("ignore:the local variance:UserWarning")
@parametrize_with_checks([LocalVarianceWeighter(k=3)])
def test_follows_scikit_learns_conventions(estimator, check):
    check(estimator)
