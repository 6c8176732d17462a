"""Summaries of repeated runs: mean and standard error, and paired differences with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PairedDifference:
    """Mean of n paired differences, its 95 % interval, and a p-value for its being 0.

    low, high, p_value are NaN where there are fewer than two pairs.
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
    differences are split between both signs); it is 1 where all differences are zero. Differences
    are zero, and ranks tied, within 1e-12 of the values. Where all differences agree to three
    digits, as of seeds that end in the same optimum, they are one pair. The interval of few pairs
    is too narrow (of five normal ones it holds the mean in 84 % of cases), the p-value of five at
    least 0.06.
    Raises ValueError for arrays of different length or without a pair.
    """
    difference = _differences(first, second)
    n = len(difference)
    repeated = np.ptp(difference) <= 1e-3 * abs(difference.mean()) and difference.any()
    if n < 2 or repeated:
        return PairedDifference(float(difference.mean()), np.nan, np.nan, np.nan, 1)
    draws = rng.integers(0, n, size=(resamples, n))
    low, high = np.quantile(difference[draws].mean(axis=1), [0.025, 0.975])
    p_value = 1.0
    if np.any(difference != 0):
        p_value = float(stats.wilcoxon(difference, zero_method="zsplit").pvalue)
    return PairedDifference(float(difference.mean()), float(low), float(high), p_value, n)


def paired_student(first: npt.ArrayLike, second: npt.ArrayLike) -> PairedDifference:
    """How much `first` exceeds `second`, pair by pair, by Student's t: for few pairs.

    first, second : (n,) values of the same n repetitions, whose differences are about normal. The
        signed-rank test of five pairs can never fall below 0.06, and their bootstrap interval is
        too narrow; Student's is exact for normal differences of any number from two.

    low, high, p_value are NaN for one pair; p_value also where all differences are the same within
    1e-12 of the values.
    Raises ValueError for arrays of different length or without a pair.
    """
    difference = _differences(first, second)
    found = mean_interval(difference)
    varied = found.n > 1 and np.ptp(difference) > 0
    p = float(stats.ttest_1samp(difference, 0).pvalue) if varied else float("nan")
    low, high = found.mean - found.half_width, found.mean + found.half_width
    return PairedDifference(found.mean, low, high, p, found.n)


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


def mean_of_chosen(values: npt.ArrayLike, chosen: npt.ArrayLike) -> float:
    """Mean of the chosen ones of (M,) values, by (M,) booleans; NaN where none is."""
    own = np.asarray(values, dtype=np.float64)[np.asarray(chosen, dtype=bool)]
    return float(own.mean()) if len(own) else float("nan")


@dataclass(frozen=True)
class RatioInterval:
    """Geometric mean of n ratios, its 95 % interval, and a p-value for its being 1.

    low, high, p_value are NaN where there are fewer than two ratios, p_value also without spread.
    """

    mean: float
    low: float
    high: float
    p_value: float
    n: int


def ratio_interval(ratios: npt.ArrayLike) -> RatioInterval:
    """Of (n,) ratios above 0 of independent repetitions: a t-test of their logarithms."""
    logarithms = np.log(np.asarray(ratios, dtype=np.float64))
    found = mean_interval(logarithms)
    ends = np.exp([found.mean, found.mean - found.half_width, found.mean + found.half_width])
    p = stats.ttest_1samp(logarithms, 0).pvalue if found.half_width > 0 else np.nan
    return RatioInterval(float(ends[0]), float(ends[1]), float(ends[2]), float(p), found.n)


@dataclass(frozen=True)
class GroupDifference:
    """Difference of the means of two independent groups, its 95 % interval, and a p-value.

    low, high, p_value are NaN where a group has fewer than two values. n : sizes of the groups.
    """

    mean: float
    low: float
    high: float
    p_value: float
    n: tuple[int, int]


def group_difference(first: npt.ArrayLike, second: npt.ArrayLike) -> GroupDifference:
    """How much the mean of `first` (n,) exceeds that of `second` (m,), by Welch's t-test."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    mean, sizes = float(a.mean() - b.mean()), (len(a), len(b))
    if min(sizes) < 2 or np.ptp(a) + np.ptp(b) == 0:
        return GroupDifference(mean, np.nan, np.nan, np.nan, sizes)
    found = stats.ttest_ind(a, b, equal_var=False)
    low, high = found.confidence_interval(0.95)
    return GroupDifference(mean, float(low), float(high), float(found.pvalue), sizes)


def _differences(first: npt.ArrayLike, second: npt.ArrayLike) -> FloatArray:
    """Of pairs (n,), to 1e-12 of the values."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise ValueError(f"pairs of shapes {a.shape} and {b.shape}; needed are two equal (n,)")
    return _rounded(a - b, max(np.abs(a).max(), np.abs(b).max()))


def _rounded(difference: FloatArray, scale: float) -> FloatArray:
    """Differences to 1e-12 of the values' scale: what rounding alone makes differ, does not."""
    step = 1e-12 * scale
    if not (np.isfinite(step) and step > 0):
        return difference
    rounded: FloatArray = np.round(difference / step) * step
    return rounded
