"""How much a known function changes around points, by automatic differentiation."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.vectorised_errors import vectorised_errors

FloatArray = npt.NDArray[np.float64]
Function = Callable[[Tensor], Tensor]
Norm = Literal["l2", "l1"]

# Steps of the search for kinks, as a share of the points' extent along each axis. Not shorter:
# a kink must stand out from rounding errors, even some millions of times the machine's.
KINK_STEP = 1e-6
KINK_SHRINK = 8


def taylor_measure(
    f: Function,
    points: npt.ArrayLike,
    order: int,
    epsilon: float,
    *,
    norm: Norm = "l2",
    block_bytes: int = 2**27,
) -> FloatArray:
    """Size of the terms of f's Taylor expansion around each point.

    D(x) = sum over k = 1, ..., order of epsilon^k ||Vect(d^k f(x))|| / k!

    f : takes one point, a float64 tensor (d,), and returns a tensor () or (outputs,), written in
        torch operations with forward derivatives and without Python branches on values
        (`torch.where` instead), for it is evaluated on many points at once by `torch.func.vmap`.
    points : (N, d) finite floats.
    order : highest order of the derivatives, at least 1; order k has outputs * d^k of them.
    epsilon : step of the expansion, above 0, in units of the points.
    norm : `l2` is the *squared* L2 norm of all entries of the derivative (as the paper writes it;
        mixed derivatives count once for each order of their variables), `l1` the sum of their
        absolute values (as in the authors' program).
    block_bytes : about the memory of one block of points.

    Returns (N,) float64, at least 0.

    Raises ValueError for arguments out of range, for an f that cannot be evaluated so, and for
    the first point where f or a derivative is not finite, or a derivative jumps (|x| at 0, which
    automatic differentiation alone takes for flat). Jumps are looked for within about 1e-7 of the
    extent of the points, along one oblique direction.

    Novello et al., eq. 2 and 6.
    """
    where = check_points(points)
    _check_arguments(order, epsilon, norm)
    outputs = _outputs(f, where[0]).numel()
    rows = max(1, block_bytes // (8 * 16 * outputs * (where.shape[1] + 1) ** order))
    step = _kink_step(where)
    measure = np.empty(len(where))
    for start in range(0, len(where), rows):
        block = torch.from_numpy(where[start : start + rows])
        derivatives = _vectorised(_derivatives(f, order), block)
        _refuse_infinite(derivatives, block, start)
        _refuse_kinks(_derivatives(f, order - 1), block, start, step)
        terms = (
            epsilon**k / math.factorial(k) * _norm(derivative.flatten(1), norm)
            for k, derivative in enumerate(derivatives[1:], start=1)
        )
        measure[start : start + rows] = sum(terms).numpy()  # type: ignore[union-attr]
    _refuse_row(~np.isfinite(measure), where, "the sum of the derivatives of f overflows")
    return measure


def evaluate_function(f: Function, points: npt.ArrayLike, *, block_rows: int = 2**16) -> FloatArray:
    """Values (N, outputs) of f, as `taylor_measure` takes it, at points (N, d).

    Raises ValueError for points or values that are not finite; the first is named.
    """
    where = check_points(points)
    _outputs(f, where[0])
    blocks = torch.from_numpy(where).split(block_rows)
    parts = [_vectorised(lambda x: f(x).reshape(-1), block) for block in blocks]
    values = torch.cat(parts).double().numpy()
    _refuse_row(~np.isfinite(values).all(axis=1), where, "f is not finite")
    return values


def check_points(points: npt.ArrayLike) -> FloatArray:
    """Points as a contiguous (N, d) float64 array; ValueError where they are not finite."""
    where = np.array(np.asarray(points), dtype=np.float64, order="C")
    if where.ndim != 2 or not where.size:
        raise ValueError(f"points have shape {where.shape}; needed are (N, d), neither of them 0")
    bad = ~np.isfinite(where).all(axis=1)
    if bad.any():
        raise ValueError(f"points hold NaN or infinity, first in row {bad.argmax()}")
    return where


def _check_arguments(order: int, epsilon: float, norm: Norm) -> None:
    if order < 1:
        raise ValueError(f"order = {order}; allowed are 1, 2, ...")
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise ValueError(f"epsilon = {epsilon}; it must be a number above 0")
    if norm not in get_args(Norm):
        raise ValueError(f"norm is {norm!r}; allowed are {', '.join(get_args(Norm))}")


def _outputs(f: Function, point: FloatArray) -> Tensor:
    """What f returns for one point: errors of f itself surface here, with what it was given."""
    try:
        value: Any = f(torch.from_numpy(point))
    except Exception as error:
        raise ValueError(
            f"f fails at a point of {len(point)} coordinates ({type(error).__name__}: {error}); "
            "does the box have as many axes as f has inputs?"
        ) from error
    if not isinstance(value, Tensor) or not value.is_floating_point() or not value.numel():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(f"f returned {kind}; it must return a torch tensor of floats")
    return value


def _derivatives(f: Function, order: int) -> Callable[[Tensor], tuple[Tensor, ...]]:
    """x -> (f(x), f'(x), ..., f of that order), each from one sweep over the one below."""

    def value(x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return f(x).reshape(-1), ()

    def keeping(below: Callable[[Tensor], Any]) -> Callable[[Tensor], Any]:
        def highest_and_all(x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
            top, lower = below(x)
            return top, (*lower, top)

        return highest_and_all

    chain: Callable[[Tensor], Any] = value
    for _ in range(order):
        chain = torch.func.jacfwd(keeping(chain), has_aux=True)

    def all_orders(x: Tensor) -> tuple[Tensor, ...]:
        top, lower = chain(x)
        return (*lower, top)

    return all_orders


def _vectorised(function: Callable[[Tensor], Any], block: Tensor) -> Any:
    problem = "f cannot be evaluated or differentiated on many points at once"
    with vectorised_errors(problem), torch.no_grad():
        return torch.func.vmap(function)(block)


def _norm(entries: Tensor, norm: Norm) -> Tensor:
    return entries.square().sum(1) if norm == "l2" else entries.abs().sum(1)


def _refuse_infinite(derivatives: tuple[Tensor, ...], block: Tensor, start: int) -> None:
    finite = torch.stack([part.flatten(1).isfinite().all(1) for part in derivatives])
    bad = ~finite.all(0).numpy()
    if bad.any():
        order = int((~finite[:, bad.argmax()]).int().argmax())
        what = f"derivative {order} of f is not finite" if order else "f is not finite"
        _refuse_row(bad, block.numpy(), what, start)


def _refuse_kinks(
    function: Callable[[Tensor], tuple[Tensor, ...]], block: Tensor, start: int, step: Tensor
) -> None:
    """Error where the slope of f or of a lower derivative differs on both sides of a point.

    g(x + h) - 2 g(x) + g(x - h), divided by h, vanishes with h for a smooth g; at a kink it stays,
    and at a jump it grows. Points where g is not finite on one side are left alone: they may lie on
    the edge of f's domain.
    """

    def flat(x: Tensor) -> Tensor:
        return torch.cat([part.reshape(-1) for part in function(x)])

    def differences(step: Tensor) -> Iterator[Tensor]:
        up = _vectorised(flat, block + step) - middle
        down = _vectorised(flat, block - step) - middle
        yield (up + down).abs()
        yield torch.maximum(up.abs(), down.abs())

    middle = _vectorised(flat, block)
    wide, _ = differences(step)
    near, slope = differences(step / KINK_SHRINK)
    # Per unit of length, `near` must not be much smaller than `wide`, nor small against the slope.
    kink = (near * KINK_SHRINK > 0.5 * wide) & (near > 1e-3 * slope)
    kink &= near > 1e-9 * middle.abs().amax(0)
    _refuse_row(
        kink.any(1).numpy(), block.numpy(), "f is not differentiable as often as asked", start
    )


def _kink_step(points: FloatArray) -> Tensor:
    """The wide step (d,): oblique, so that it crosses any kink that does not contain it."""
    extent = np.ptp(points, axis=0)
    extent[extent == 0] = np.abs(points[0])[extent == 0]
    extent[extent == 0] = 1.0
    oblique = 0.5 + np.modf(np.sqrt(2) * np.arange(1, len(extent) + 1))[0] / 2
    return torch.from_numpy(KINK_STEP * extent * oblique)


def _refuse_row(bad: npt.NDArray[np.bool_], points: FloatArray, what: str, start: int = 0) -> None:
    if bad.any():
        row = int(bad.argmax())
        place = ", ".join(f"{coordinate:.6g}" for coordinate in points[row])
        raise ValueError(f"{what} at point {start + row}, x = ({place})")
