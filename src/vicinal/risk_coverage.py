"""Selective prediction: how often the predictions that a score keeps are wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def selective_risks(confidence: npt.ArrayLike, wrong: npt.ArrayLike) -> FloatArray:
    """Share of wrong ones among the k most confident predictions, for k = 1..N.

    confidence : (N,) numbers without NaN; those of larger ones are kept first.
    wrong : (N,) booleans.

    Returns (N,) float64; its mean is the area under the risk-coverage curve, AURC of Geifman et al.
    (2019, Bias-reduced uncertainty estimation). Samples of the same confidence come in any order:
    the mean over all orders is taken, in which each of them is wrong as often as all of them are.
    Raises ValueError for other shapes, no predictions and NaN.
    """
    scores, errors = np.asarray(confidence, dtype=np.float64), np.asarray(wrong)
    if scores.ndim != 1 or errors.shape != scores.shape or not len(scores):
        raise ValueError(
            f"confidence and wrong have shapes {scores.shape} and {errors.shape}; needed are two "
            "equal (N,), N at least 1"
        )
    if np.isnan(scores).any():
        raise ValueError(f"confidence {int(np.isnan(scores).argmax())} is NaN; needed are numbers")
    _, tied, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    share = np.repeat(np.bincount(tied, errors.astype(np.float64)) / sizes, sizes)
    risks: FloatArray = np.cumsum(share) / np.arange(1, len(scores) + 1)
    return risks
