"""Theorem 3.1's rate: n and the bound on the error by the number of samples, and fitted slopes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def theorem_exponent(q: int, smoothness: float) -> float:
    """gamma / (2 q + 2 gamma), of log(N) / N in the bound on the error.

    The formulas of theorem 3.1 are not legible in the copy at hand; these follow from its argument.
    The kernel is at most some n^q, so that by Hoeffding's inequality the mean of N of them is off
    by some n^q sqrt(log(N) / N) anywhere, and the bias is some n^-gamma: both are alike for n of
    `theorem_n`. (With the kernel's variance, some n^q, in place of its largest value the exponent
    would be gamma / (q + 2 gamma), at a larger n.)
    """
    return smoothness / (2 * q + 2 * smoothness)


def theorem_bound(sizes: npt.ArrayLike, q: int, smoothness: float) -> FloatArray:
    """(log(N) / N)^(gamma / (2 q + 2 gamma)) of (S,) sizes, but for its constant."""
    count = np.asarray(sizes, dtype=np.float64)
    bound: FloatArray = (np.log(count) / count) ** theorem_exponent(q, smoothness)
    return bound


def theorem_n(count: int, q: int, smoothness: float, factor: float) -> int:
    """factor (N / log N)^(1 / (2 q + 2 gamma)) to the nearest whole number, at least 1."""
    return max(1, round(factor * (count / math.log(count)) ** (1 / (2 * q + 2 * smoothness))))


def fitted_slope(sizes: npt.ArrayLike, errors: npt.ArrayLike) -> float:
    """Slope of log error over log size, by least squares; ValueError for fewer than two sizes."""
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(errors, dtype=float))
    if len(np.unique(x)) < 2:
        raise ValueError("a slope needs errors of at least two sizes")
    return float(np.polyfit(x, y, 1)[0])
