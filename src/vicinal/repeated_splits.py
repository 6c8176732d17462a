"""Means and differences over repetitions that share their samples: random splits of one sample."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from vicinal.statistics import MeanInterval, PairedDifference


def split_mean(values: npt.ArrayLike, ratio: float) -> MeanInterval:
    """Mean and 95 % interval of (n,) values of repetitions that overlap.

    ratio : of the samples that a repetition measures on to those that it learns from, where both
        are a random split of the same ones; 0 where repetitions are independent. The variance of
        the mean is then s^2 (1 / n + ratio), by Nadeau and Bengio (2003): it does not shrink to
        0 with more splits, for there are no more samples.

    The half-width, from Student's t, is NaN for fewer than two values.
    Raises ValueError for a negative ratio, and without a value.
    """
    array = np.asarray(values, dtype=np.float64)
    if not ratio >= 0 or array.ndim != 1 or not len(array):
        raise ValueError(
            f"values of shape {array.shape} and ratio {ratio}; needed are (n,) and from 0"
        )
    n = len(array)
    if n < 2:
        return MeanInterval(float(array.mean()), float("nan"), n)
    error = float(array.std(ddof=1)) * (1 / n + ratio) ** 0.5
    return MeanInterval(float(array.mean()), float(stats.t.ppf(0.975, n - 1) * error), n)


def split_difference(first: npt.ArrayLike, second: npt.ArrayLike, ratio: float) -> PairedDifference:
    """How much `first` (n,) exceeds `second` (n,), repetition by repetition; see `split_mean`.

    With ratio 0 this is the paired t-test. low, high, p_value are NaN for one repetition; p_value
    also where all differences are the same. Differences within 1e-12 of the values are 0.
    Raises ValueError for arrays of different length, and as `split_mean` does.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"pairs of shapes {a.shape} and {b.shape}; needed are two equal (n,)")
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    found = split_mean(np.where(np.abs(a - b) <= 1e-12 * scale, 0.0, a - b), ratio)
    low, high = found.mean - found.half_width, found.mean + found.half_width
    p_value = float("nan")
    if found.half_width > 0:
        error = found.half_width / stats.t.ppf(0.975, found.n - 1)
        p_value = float(2 * stats.t.sf(abs(found.mean) / error, found.n - 1))
    return PairedDifference(found.mean, low, high, p_value, found.n)
