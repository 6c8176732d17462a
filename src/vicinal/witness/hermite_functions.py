"""Orthonormal Hermite functions, and the filter of the localised kernel."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

# Scaled coordinates beyond this count as this far away: there every function of any degree below
# some 10^7 is less than float64's least number.
FARTHEST = 1e4
# A running value above this is brought down by this much, exactly, and its logarithm keeps it.
_LARGE = 2.0**300


def low_pass(t: Tensor) -> Tensor:
    """The filter H: 1 on [0, 1/2], 0 from 1 on, smooth and non-increasing between.

    Between, with s = 2 t - 1, it is 1 / (1 + exp(1 / (1 - s) - 1 / s)): all of its derivatives
    exist everywhere. The paper asks for such a function and names none.
    """
    s = (2 * t - 1).clamp(0, 1)
    between = torch.special.expit(1 / s - 1 / (1 - s))
    return torch.where(s >= 1, 0 * s, torch.where(s <= 0, 1 + 0 * s, between))


def degree_weights(n: int) -> Tensor:
    """H(sqrt(m) / n) of the degrees m = 0, ..., n^2 - 1, (n^2,) float64."""
    degrees = torch.arange(n * n, dtype=torch.float64)
    return low_pass(degrees.sqrt() / n)


def scaled_recurrence(
    log_first: Tensor, step: Callable[[int, Tensor, Tensor], Tensor], count: int
) -> Tensor:
    """Solutions f_0, ..., f_{count - 1} of a linear recurrence whose first value may underflow.

    log_first : any shape, log f_0.
    step : (k, f_k, f_{k-1}) -> f_{k+1}, linear in the two; f_{-1} is 0.

    Returns (count, *shape). Values are carried from f_0 = 1 beside a logarithm of their own, so
    that they are as good where f_0 itself is no float64 (psi_0 is 0 from |x| = 39 on).
    """
    found = log_first.new_empty((count, *log_first.shape))
    before, value = torch.zeros_like(log_first), torch.ones_like(log_first)
    log_scale = log_first.clone()
    # In two halves: the product is right also where one factor alone would underflow.
    half = (log_scale / 2).exp()
    for k in range(count):
        found[k] = value * half * half
        if k + 1 == count:
            break
        before, value = value, step(k, value, before)
        large = value.abs() > _LARGE
        if bool(large.any()):
            before = torch.where(large, before / _LARGE, before)
            value = torch.where(large, value / _LARGE, value)
            log_scale = torch.where(large, log_scale + math.log(_LARGE), log_scale)
            half = (log_scale / 2).exp()
    return found


def hermite_functions(x: Tensor, count: int) -> Tensor:
    """Orthonormal Hermite functions psi_0, ..., psi_{count - 1} at x, (count, *x.shape) float64.

    psi_0 = pi^(-1/4) exp(-x^2 / 2),
    psi_{k+1} = sqrt(2 / (k+1)) x psi_k - sqrt(k / (k+1)) psi_{k-1}          (eq. 4.1)

    Raises ValueError for count < 1.
    """
    if count < 1:
        raise ValueError(f"{count} functions; at least 1 is needed")
    x = x.double().clamp(-FARTHEST, FARTHEST)

    def step(k: int, value: Tensor, before: Tensor) -> Tensor:
        return math.sqrt(2 / (k + 1)) * x * value - math.sqrt(k / (k + 1)) * before

    return scaled_recurrence(-(x**2) / 2 - math.log(math.pi) / 4, step, count)
