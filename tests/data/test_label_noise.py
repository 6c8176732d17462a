"""Label noise: how many labels, which classes, and what it leaves alone."""

import numpy as np
import pytest

from vicinal.data.dataset import Dataset
from vicinal.data.label_noise import add_label_noise


def dataset(samples=4000, classes=4, task="classification"):
    rng = np.random.default_rng(0)
    labels = {"train": rng.integers(0, classes, samples), "test": rng.integers(0, classes, 50)}
    if task == "regression":
        labels = {split: values.astype(float) for split, values in labels.items()}
    inputs = {split: rng.normal(size=(len(values), 2)) for split, values in labels.items()}
    names = tuple("abcd"[:classes]) if task == "classification" else ()
    return Dataset(task, inputs, labels, names)


def test_exactly_that_share_is_wrong_and_every_other_class_is_drawn_alike():
    clean = dataset()
    noisy = add_label_noise(clean, 0.3, np.random.default_rng(1))
    wrong = noisy.labels["train"] != clean.labels["train"]
    assert wrong.sum() == 1200
    step = (noisy.labels["train"] - clean.labels["train"])[wrong] % 4
    counts = np.bincount(step, minlength=4)
    assert counts[0] == 0
    assert np.abs(counts[1:] - 400).max() < 5 * np.sqrt(1200 * 2 / 9)


def test_test_labels_and_inputs_stay_as_they_are():
    clean = dataset()
    noisy = add_label_noise(clean, 1.0, np.random.default_rng(1))
    assert (noisy.labels["train"] != clean.labels["train"]).all()
    np.testing.assert_array_equal(noisy.labels["test"], clean.labels["test"])
    np.testing.assert_array_equal(noisy.inputs["train"], clean.inputs["train"])
    assert add_label_noise(clean, 0, np.random.default_rng(1)) is clean


def test_what_has_no_other_class_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least two"):
        add_label_noise(dataset(task="regression"), 0.1, rng)
    with pytest.raises(ValueError, match="at least two"):
        add_label_noise(dataset(classes=1), 0.1, rng)
    with pytest.raises(ValueError, match="allowed is 0 to 1"):
        add_label_noise(dataset(), 1.1, rng)
