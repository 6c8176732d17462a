"""Weights by rarity against their formulas, and VBSW in input space."""

import numpy as np
import pytest

from vicinal.vbsw.local_variance import LocalVarianceWeighter
from vicinal.vbsw.other_weights import (
    dense_weight,
    input_vectors,
    inverse_class_frequency,
    other_weights,
)


def test_every_class_has_the_same_total():
    labels = np.array([0] * 6 + [1] * 3 + [2])
    weights = inverse_class_frequency(labels)
    np.testing.assert_allclose([weights[labels == c].sum() for c in range(3)], 10 / 3)
    with pytest.raises(ValueError, match="take dense_weight"):
        inverse_class_frequency([0.5, 1.5])


def test_dense_weight_is_its_formula():
    y = np.random.default_rng(0).gamma(2.0, size=200)
    bandwidth = (200 * 3 / 4) ** (-1 / 5) * y.std(ddof=1)
    density = np.exp(-(((y[:, None] - y) / bandwidth) ** 2) / 2).sum(axis=1)
    relative = (density - density.min()) / (density.max() - density.min())
    for alpha in (0.0, 0.5, 1.0, 2.0):
        expected = np.maximum(1 - alpha * relative, 1e-6)
        np.testing.assert_allclose(
            dense_weight(y, alpha=alpha), expected / expected.mean(), rtol=1e-9
        )


def test_dense_weight_of_equal_values_and_of_bad_ones():
    np.testing.assert_array_equal(dense_weight([2.0, 2.0, 2.0]), 1)
    with pytest.raises(ValueError, match="finite"):
        dense_weight([1.0, np.nan])
    with pytest.raises(ValueError, match="alpha"):
        dense_weight([1.0, 2.0], alpha=-1)


def test_input_space_has_the_weighters_own_settings():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(60, 1, 4, 4)).astype(np.uint8)
    labels = rng.integers(0, 3, size=60)
    weighter = LocalVarianceWeighter(k=7, m=9, rescale="minmax", normalise=False)
    found = other_weights("input_space", images, labels, weighter)
    assert (found.min(), found.max()) == (1, 9)
    np.testing.assert_array_equal(found, weighter.fit(images.reshape(60, 16), labels).weights_)


def test_tables_are_standardised_and_texts_refused():
    table = np.array([[1.0, 1e6], [3.0, 3e6], [5.0, 2e6]])
    np.testing.assert_allclose(input_vectors(table).std(axis=0), 1)
    with pytest.raises(ValueError, match="texts have no input space"):
        input_vectors(np.array([["a", "b"]]))
    with pytest.raises(ValueError, match="allowed are inverse_frequency"):
        other_weights("focal", table, np.zeros(3), LocalVarianceWeighter())
