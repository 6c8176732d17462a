"""Summaries of repeated runs: mean and standard error, and paired differences with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairedDifference:
    """Mean of paired differences, its 95 % bootstrap interval, and a Wilcoxon p-value.

    low, high, p_value are NaN where there are fewer than two pairs. n counts the pairs.
    """

    mean: float
    low: float
    high: float
    p_value: float
    n: int


@dataclass(frozen=True)
class MeanInterval:
    """Mean of n repetitions, with the half-width of its 95 % Student interval (NaN for n < 2)."""

    mean: float
    half_width: float
    n: int


def standard_error(values: npt.ArrayLike) -> float:
    """Standard error of the mean of (n,) values; NaN for fewer than two."""
    array = np.asarray(values, dtype=np.float64)
    return float(array.std(ddof=1) / np.sqrt(len(array))) if len(array) > 1 else float("nan")


def paired_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, *, resamples: int, rng: np.random.Generator
) -> PairedDifference:
    """How much `first` exceeds `second`, pair by pair.

    first, second : (n,) values of the same n networks or seeds.
    resamples : bootstrap samples behind the percentile interval of the mean difference.

    The p-value is that of the two-sided Wilcoxon signed-rank test (the ranks of zero
    differences are split between both signs); it is 1 where all differences are zero.
    Raises ValueError for arrays of different length or without a pair.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"pairs of shapes {a.shape} and {b.shape}; needed are two equal (n,)")
    difference = a - b
    n = len(difference)
    if n < 2:
        return PairedDifference(float(difference.mean()), np.nan, np.nan, np.nan, n)
    draws = rng.integers(0, n, size=(resamples, n))
    low, high = np.quantile(difference[draws].mean(axis=1), [0.025, 0.975])
    p_value = 1.0
    if np.any(difference != 0):
        p_value = float(stats.wilcoxon(difference, zero_method="zsplit").pvalue)
    return PairedDifference(float(difference.mean()), float(low), float(high), p_value, n)


def mean_interval(values: npt.ArrayLike) -> MeanInterval:
    """Mean and 95 % interval of (n,) values of independent repetitions.

    The half-width is NaN for fewer than two values, which have no spread.
    """
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    if n < 2:
        return MeanInterval(float(array.mean()), float("nan"), n)
    quantile = stats.t.ppf(0.975, n - 1)
    return MeanInterval(float(array.mean()), float(quantile * array.std(ddof=1) / n**0.5), n)
