"""Small data sets that come with scikit-learn: no download, each split at random by a seed."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

from vicinal.data.dataset import Dataset
from vicinal.data.splits import split_at_random

HIGHEST_DIGIT_PIXEL = 16


def digits(test_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """1 797 handwritten digits: images uint8 (N, 1, 8, 8), labels int64 (N,) in 0..9.

    The 17 grey levels 0..16 of the original are spread over 0..255, rounded. Classes keep their
    proportions.
    """
    bunch = load_digits()
    images = np.rint(bunch.images * (255 / HIGHEST_DIGIT_PIXEL)).astype(np.uint8)[:, None]
    names = tuple(str(digit) for digit in range(10))
    labels = bunch.target.astype(np.int64)
    return split_at_random("classification", images, labels, test_fraction, seed, names)


def breast_cancer(test_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """569 tumours (Wisconsin): inputs float64 (N, 30), unscaled; classes malignant, benign.

    Classes keep their proportions.
    """
    bunch = load_breast_cancer()
    names = tuple(str(name) for name in bunch.target_names)
    labels = bunch.target.astype(np.int64)
    return split_at_random("classification", bunch.data, labels, test_fraction, seed, names)


def diabetes(test_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """442 patients: inputs float64 (N, 10) in their original units, labels disease progression.

    scikit-learn's standardised columns are not used: their scale knows the test split.
    """
    bunch = load_diabetes(scaled=False)
    labels = bunch.target.astype(np.float64)
    return split_at_random("regression", bunch.data, labels, test_fraction, seed)
