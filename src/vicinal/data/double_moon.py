"""Two interleaved half circles with Gaussian noise."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_moons

from vicinal.data.dataset import Dataset
from vicinal.data.splits import random_state

CLASS_NAMES = ("upper", "lower")


def double_moon(
    n_train: int = 300,
    noise_train: float = 0.2,
    n_test: int = 500,
    noise_test: float = 0.15,
    seed: int = 0,
) -> Dataset:
    """Two half moons in the plane: inputs float64 (N, 2), labels int64 (N,).

    noise_train, noise_test : standard deviation of the noise in each coordinate; the radius is 1.
    Defaults as in the authors' program of VBSW: noisier training than test samples. The splits are
    drawn independently. Raises ValueError for fewer than 2 samples or negative noise.
    """
    inputs, labels = {}, {}
    for stream, (split, samples, noise) in enumerate(
        (("train", n_train, noise_train), ("test", n_test, noise_test))
    ):
        if samples < len(CLASS_NAMES) or noise < 0:
            raise ValueError(
                f"{split} split of {samples} samples with noise {noise}; allowed are at least "
                f"{len(CLASS_NAMES)} samples and noise from 0"
            )
        points, classes = make_moons(samples, noise=noise, random_state=random_state(seed, stream))
        inputs[split], labels[split] = points, classes.astype(np.int64)
    return Dataset("classification", inputs, labels, CLASS_NAMES)
