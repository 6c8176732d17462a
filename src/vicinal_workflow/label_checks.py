"""Whether an experiment's loss, metrics and weights are for classes or values, as its data are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from vicinal.metrics import LARGER_IS_BETTER

CLASS_METRICS = ("accuracy", "f1")


def unfit_to_labels(path: str, experiment: Mapping[str, Any], classes: int) -> Iterator[str]:
    """What does not fit data of so many classes, 0 for values; `path` is the experiment's key."""
    rarity = "inverse_frequency" if classes == 0 else "dense_weight"
    if rarity in experiment["compare_with"]:
        kind = "values" if classes == 0 else "classes"
        yield f"{path}.compare_with: {rarity!r} is not allowed; the data hold {kind}"
    fit = [m for m in LARGER_IS_BETTER if (m in CLASS_METRICS) == (classes > 0)]
    fit = [m for m in fit if m != "f1" or classes == 2]
    for metric in experiment["metrics"]:
        if metric not in fit:
            yield f"{path}.metrics: {metric!r} does not fit these data; allowed: {', '.join(fit)}"
    loss = experiment["heads"]["loss"]
    if classes == 0 and loss != "squared_error":
        yield f"{path}.heads.loss: {loss!r} is of classes, the data hold values: squared_error"
    if classes > 2 and loss != "cross_entropy":
        yield f"{path}.heads.loss: {loss!r} is of two classes at most, the data hold {classes}"


def check_labels(path: str, experiment: Mapping[str, Any], labels: np.ndarray) -> None:
    """The same of labels that were read: (N,) classes from 0 on as integers, or values.

    Raises ValueError that lists what does not fit.
    """
    classes = int(labels.max()) + 1 if np.issubdtype(labels.dtype, np.integer) else 0
    faults = list(unfit_to_labels(path, experiment, classes))
    if faults:
        raise ValueError("; ".join(faults))
