"""Random division of one table or image stack into a training and a test split."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from vicinal.data.dataset import Dataset, Task


def split_at_random(
    task: Task,
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    test_fraction: float,
    seed: int,
    class_names: tuple[str, ...] = (),
) -> Dataset:
    """A data set whose test split is a random `test_fraction`, rounded up to whole samples.

    The classes keep their proportions in both splits. The samples of a split are in random order.
    test_fraction : in (0, 1).        seed : any integer from 0.
    Raises ValueError for another fraction, or one that leaves a split empty or without a class.
    """
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction is {test_fraction}; allowed is between 0 and 1")
    train, test = train_test_split(
        np.arange(len(labels)),
        test_size=test_fraction,
        random_state=random_state(seed),
        stratify=labels if task == "classification" else None,
    )
    return Dataset(
        task,
        {"train": inputs[train], "test": inputs[test]},
        {"train": labels[train], "test": labels[test]},
        class_names,
    )


def random_state(seed: int, stream: int = 0) -> int:
    """A 32-bit seed for scikit-learn from an integer of any size; one a `stream`."""
    return int(np.random.SeedSequence(seed).generate_state(stream + 1)[stream])
