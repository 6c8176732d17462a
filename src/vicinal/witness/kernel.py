"""The localised Hermite kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from numbers import Integral, Real
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.witness.hermite_functions import degree_weights
from vicinal.witness.polar_kernel import PolarPoints, polar_diagonal, polar_kernel

FloatArray = npt.NDArray[np.float64]

# Up to this dimension the kernel is what its formula says; beyond, it is divided by its value at
# the origin, which leaves float64 from about 900 dimensions on.
PLAIN_DIMENSIONS = 100
# Pairs of a tile, whose work spaces stay in the processor's cache, and its points' bytes at most.
_TILE_ROWS, _TILE_COLUMNS, _TILE_BYTES = 256, 1024, 2**25


@overload
def hermite_kernel(
    X: Tensor, Y: Tensor, n: int, sigma: float = 1.0, *, log_factor: float | None = None
) -> Tensor: ...
@overload
def hermite_kernel(
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    n: int,
    sigma: float = 1.0,
    *,
    log_factor: float | None = None,
) -> FloatArray: ...
def hermite_kernel(
    X: Any, Y: Any, n: int, sigma: float = 1.0, *, log_factor: float | None = None
) -> Any:
    """Phi_n(x / sigma, y / sigma) exp(log_factor) of all pairs, (len(X), len(Y)) float64.

    Phi_n(x, y) = sum over m < n^2 of H(sqrt(m) / n) Proj_m(x, y), with Proj_m the projection on
    the Hermite functions of total degree m and H `low_pass` (Mhaskar, Cloninger and Cheng,
    section 2.1; the "degree" of their experiments is n^2).

    X, Y : (N, q) and (M, q) finite numbers, both arrays or both tensors of one device (the result
        is then a tensor there).
    n : at least 1.     sigma : unit of length, above 0.
    log_factor : None takes `common_log_factor(q, n)`, which is 0 up to 100 dimensions; beyond, the
        kernel is divided by Phi_n(0, 0), without which nothing of it is left in float64.

    Every dimension q >= 1 and n to beyond 16; errors are some 1e-14 of
    sqrt(Phi(x, x) Phi(y, y)). Values are not positive in general, and vanish beyond a distance of
    about sqrt(2) n sigma from the origin. The result and work spaces of a fixed size are all the
    memory there is.

    Raises ValueError for other shapes, NaN, infinities, n < 1 and sigma <= 0.

    >>> import numpy as np
    >>> hermite_kernel(np.zeros((1, 2)), np.zeros((1, 2)), 1).round(4)
    array([[0.3183]])
    """
    tensors = isinstance(X, Tensor)
    a, b = as_points(X, "X"), as_points(Y, "Y")
    check_kernel_arguments(n, sigma)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"X has {a.shape[1]} columns and Y {b.shape[1]}; they must be as many")
    if a.device != b.device:
        raise ValueError(f"X is on {a.device} and Y on {b.device}; they must be on one device")
    factor = common_log_factor(a.shape[1], n) if log_factor is None else log_factor
    found = pairwise_kernel(a / sigma, b / sigma, n, factor)
    return found if tensors else found.numpy()


def pairwise_kernel(a: Tensor, b: Tensor, n: int, log_factor: float) -> Tensor:
    """`hermite_kernel` of float64 tensors that are divided by sigma already, (N, M)."""
    found = a.new_empty((len(a), len(b)))
    most = max(1, _TILE_BYTES // (4 * n**4))
    for columns in blocks(len(b), min(_TILE_COLUMNS, most)):
        right = PolarPoints(b[columns], n, log_factor)
        for rows in blocks(len(a), min(_TILE_ROWS, most)):
            left = PolarPoints(a[rows], n, log_factor)
            found[rows, columns] = polar_kernel(left, right, n)
    return found


def kernel_diagonal(points: Tensor, n: int, log_factor: float) -> Tensor:
    """Phi_n(x, x) exp(log_factor), (N,), of points that are divided by sigma already."""
    most = max(1, _TILE_BYTES // (4 * n**4))
    parts = [
        polar_diagonal(PolarPoints(points[rows], n, log_factor), n)
        for rows in blocks(len(points), most)
    ]
    return torch.cat(parts) if parts else points.new_empty(0)


def common_log_factor(q: int, n: int) -> float:
    """-log Phi_n(0, 0) in more than 100 dimensions, else 0: see `hermite_kernel`."""
    if q <= PLAIN_DIMENSIONS:
        return 0.0
    # At the origin only even degrees are left: Proj_2j(0, 0) is a binomial coefficient over
    # pi^(q/2), taken in logarithms.
    weights = degree_weights(n).numpy()
    logs = [
        math.log(weight) + math.lgamma(j + q / 2) - math.lgamma(q / 2) - math.lgamma(j + 1)
        for j, weight in enumerate(weights[::2])
        if weight > 0
    ]
    return q / 2 * math.log(math.pi) - float(np.logaddexp.reduce(logs))


def as_points(points: Any, name: str) -> Tensor:
    """(N, q) float64, a tensor on its own device, from what a user calls points.

    Raises ValueError for other shapes, no columns, and rows with NaN or infinities (the first is
    named).
    """
    if isinstance(points, Tensor):
        found = points.detach().double()
    else:
        given = np.asarray(points)
        if given.dtype.kind not in "fiub":
            raise ValueError(f"{name} has dtype {given.dtype}; needed are real numbers")
        found = torch.as_tensor(np.ascontiguousarray(given, dtype=np.float64))
    if found.ndim != 2 or found.shape[1] < 1:
        raise ValueError(f"{name} has shape {tuple(found.shape)}; needed is (samples, columns)")
    bad = ~found.isfinite().all(1)
    if bool(bad.any()):
        row = int(bad.nonzero()[0])
        raise ValueError(f"{name} has NaN or infinities, first in row {row}; leave such rows out")
    return found


def check_kernel_arguments(n: int, sigma: float) -> None:
    """Raise ValueError for n < 1, or no integer, and for sigma that is not above 0."""
    if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
        raise ValueError(f"n is {n!r}; it must be an integer of at least 1")
    if not (isinstance(sigma, Real) and math.isfinite(sigma) and sigma > 0):
        raise ValueError(f"sigma is {sigma}; it must be a finite number above 0")


def blocks(size: int, most: int) -> Iterator[slice]:
    """Slices of at most `most` that cover range(size)."""
    for start in range(0, size, most):
        yield slice(start, min(start + most, size))
