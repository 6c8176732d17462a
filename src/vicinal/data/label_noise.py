"""Wrong labels, put in on purpose."""

from __future__ import annotations

import numpy as np

from vicinal.data.dataset import Dataset


def add_label_noise(dataset: Dataset, fraction: float, rng: np.random.Generator) -> Dataset:
    """The data set with a `fraction` of its training labels replaced by other classes.

    fraction : in [0, 1]; round(fraction * N) labels are replaced, each by a class drawn uniformly
        from all the others. 0 returns the data set unchanged. Other splits keep their labels.
    Raises ValueError for a regression, for a single class, and for a fraction out of range.

    Novello et al., section 5.4; the paper does not say whether a label may be drawn again: here it
    may not, so that `fraction` is the share of labels that are wrong.
    """
    if not 0 <= fraction <= 1:
        raise ValueError(f"label noise of {fraction}; allowed is 0 to 1")
    if fraction == 0:
        return dataset
    classes = len(dataset.class_names)
    if dataset.task != "classification" or classes < 2:
        holds = "values" if dataset.task == "regression" else f"{classes} class"
        raise ValueError(
            f"label_noise replaces classes by others: at least two are needed, not {holds}"
        )
    labels = dataset.labels["train"].copy()
    chosen = rng.permutation(len(labels))[: round(fraction * len(labels))]
    labels[chosen] = (labels[chosen] + rng.integers(1, classes, size=len(chosen))) % classes
    noisy = {**dataset.labels, "train": labels}
    return Dataset(dataset.task, dataset.inputs, noisy, dataset.class_names)
