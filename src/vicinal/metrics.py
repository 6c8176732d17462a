"""How good outputs are: one number for each of many trained heads."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Whether more is better decides which head is the best.
LARGER_IS_BETTER = {
    "accuracy": True,
    "f1": True,
    "mse": False,
    "spearman": True,
    "pearson": True,
}

UNITS = {
    "accuracy": "percentage points",
    "f1": "percentage points",
    "mse": "squared label units",
    "spearman": "percentage points",
    "pearson": "percentage points",
}


def evaluate(
    outputs: npt.NDArray[np.floating[Any]], labels: npt.NDArray[Any], metric: str
) -> FloatArray:
    """A metric for each set of outputs.

    outputs : (..., N, c); for classes, logits (c > 1) or the probability of class 1 (c = 1); for
        values, c = 1.
    labels : (N,) classes or values.
    metric : `accuracy` and `f1` (of class 1 of two) in percent; `spearman` and `pearson`
        correlations in percent; `mse` in squared label units.

    Returns float64 of the leading axes' shape. A correlation with constant outputs is NaN.
    Raises ValueError for an unknown metric, listing the known ones.
    """
    if metric not in _METRICS:
        raise ValueError(f"metric {metric!r}; known are {', '.join(_METRICS)}")
    if outputs.shape[-2] != len(labels):
        raise ValueError(f"{outputs.shape[-2]} outputs but {len(labels)} labels")
    of_classes = metric in ("accuracy", "f1")
    if of_classes and labels.dtype.kind not in "iub":
        raise ValueError(f"{metric} is defined for classes; the labels are {labels.dtype}")
    if of_classes:
        guesses = outputs.argmax(-1) if outputs.shape[-1] > 1 else outputs[..., 0] > 0.5
    elif outputs.shape[-1] != 1:
        raise ValueError(f"{metric} is defined for one output, not for {outputs.shape[-1]}")
    else:
        guesses = outputs[..., 0].astype(np.float64)
    flat = guesses.reshape(-1, len(labels))
    values = np.array([_METRICS[metric](labels, guess) for guess in flat], dtype=np.float64)
    return values.reshape(guesses.shape[:-1])


def constant_guess(
    training_labels: npt.NDArray[Any], labels: npt.NDArray[Any], metric: str
) -> float:
    """The metric of guessing without looking: the most frequent training class, or the mean value.

    training_labels, labels : (N,) and (n,) classes or values.
    For `f1` the guess is class 1, which alone scores. A constant is correlated with nothing: its
    correlations are 0. Errors as for `evaluate`.
    """
    if training_labels.dtype.kind in "iub":
        guess = np.zeros((len(labels), int(training_labels.max()) + 2))
        guess[:, 1 if metric == "f1" else np.bincount(training_labels).argmax()] = 1
    else:
        guess = np.full((len(labels), 1), training_labels.mean())
    score = float(evaluate(guess, labels, metric))
    return 0.0 if metric in ("spearman", "pearson") else score


def _correlation(name: str) -> Callable[..., float]:
    def percent(labels: npt.NDArray[Any], guess: npt.NDArray[Any]) -> float:
        from scipy import stats  # takes most of a second, and the workflow's start needs none of it

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.ConstantInputWarning)
            return 100 * float(getattr(stats, name)(labels, guess).statistic)

    return percent


def _f1(labels: npt.NDArray[Any], guess: npt.NDArray[Any]) -> float:
    from sklearn.metrics import f1_score  # takes a second to import

    return 100 * float(f1_score(labels, guess, zero_division=0))


_METRICS: dict[str, Callable[[npt.NDArray[Any], npt.NDArray[Any]], float]] = {
    "accuracy": lambda labels, guess: 100 * float(np.mean(labels == guess)),
    "f1": _f1,
    "mse": lambda labels, guess: float(np.mean((labels - guess) ** 2)),
    "spearman": _correlation("spearmanr"),
    "pearson": _correlation("pearsonr"),
}
