"""Closed forms of ridges on values and gradients, for stacks of data sets and grids of penalties.

Shapes: `...` are stacked data sets, P the columns of a design, m the outputs, G the length of a
grid. Each solution is one Cholesky factorisation per data set and penalty; where a matrix is not
positive definite (to rounding), the coefficients are NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from vicinal.gradients.radial_basis import RadialBasis

FloatArray = npt.NDArray[np.float64]
Intercept = Literal["shrunk", "free", "none"]


@dataclass(frozen=True)
class NormalEquations:
    """A'A and A't of designs A and targets t; at least one row each.

    gram : (..., P, P).     moment : (..., P, m).
    design_mean : (..., P) and target_mean : (..., m) were subtracted beforehand, which leaves the
        intercept free; 0 where nothing was.
    """

    gram: FloatArray
    moment: FloatArray
    design_mean: FloatArray
    target_mean: FloatArray


def normal_equations(design: FloatArray, targets: FloatArray, *, centre: bool) -> NormalEquations:
    """The equations of designs (..., R, P) and targets (..., R, m), after centring or without."""
    design_mean = design.mean(axis=-2) if centre else np.zeros_like(design[..., 0, :])
    target_mean = targets.mean(axis=-2) if centre else np.zeros_like(targets[..., 0, :])
    a = design - design_mean[..., None, :]
    t = targets - target_mean[..., None, :]
    return NormalEquations(a.mT @ a, a.mT @ t, design_mean, target_mean)


def value_equations(
    basis: RadialBasis, X: FloatArray, z: FloatArray, intercept: Intercept
) -> NormalEquations:
    """Of samples X (..., N, d) and values z (..., N, m); P is C, and a first constant if shrunk."""
    design = basis.features(X)
    if intercept == "shrunk":
        design = _with_constant(design)
    return normal_equations(design, z, centre=intercept == "free")


def gradient_equations(
    basis: RadialBasis,
    X: FloatArray,
    dz: FloatArray,
    intercept: Intercept,
    known: npt.NDArray[np.bool_] | None = None,
) -> NormalEquations:
    """Of samples X (..., N, d) and gradients dz (..., N, m, d); P is C.

    The constant's derivative is 0, and it has no column; as printed (eq. 18), the fit to gradients
    has a constant of its own, treated as the fit to values has its.
    known : (N, d) for a single data set; partial derivatives to use, all by default.
    """
    design, targets = basis.derivatives(X), dz.mT
    if known is not None:
        design, targets = design[known], targets[known]
    else:
        design = design.reshape(*X.shape[:-2], -1, design.shape[-1])
        targets = targets.reshape(*X.shape[:-2], -1, targets.shape[-1])
    if basis.as_printed and intercept == "shrunk":
        design = _with_constant(design)
    return normal_equations(design, targets, centre=basis.as_printed and intercept == "free")


def ridge_path(values: NormalEquations, lambda1: npt.ArrayLike) -> FloatArray:
    """(A'A + l1 I)^-1 A't for each l1 of a grid (G,): (..., G, P, m)."""
    return _solve(values.gram[..., None, :, :], values.moment[..., None, :, :], _grid(lambda1))


def ridge_gradients_path(
    values: NormalEquations,
    gradients: NormalEquations,
    lambda1: npt.ArrayLike,
    lambda2: npt.ArrayLike,
    lambda_gradient: npt.ArrayLike,
) -> FloatArray:
    """(A'A + l1 I + l2 I)^-1 (l2 b + A't) with b the ridge on gradients of penalty l_gradient.

    Returns (..., G1, G2, G3, P, m) for grids (G1,), (G2,), (G3,). Eq. 20 and 28.
    """
    l1, l2 = _grid(lambda1), _grid(lambda2)
    b = _padded(ridge_path(gradients, lambda_gradient), values, axes=1)  # (..., G3, P, m)
    b = np.moveaxis(b, -3, -2)[..., None, :, :, :]  # (..., 1, P, G3, m)
    right = values.moment[..., None, :, None, :] + l2[:, None, None, None] * b
    flat = right.reshape(*right.shape[:-2], -1)[..., None, :, :, :]  # (..., 1, G2, P, G3 m)
    found = _solve(values.gram[..., None, None, :, :], flat, l1[:, None] + l2)
    return np.moveaxis(found.reshape(*found.shape[:-1], *right.shape[-2:]), -2, -3)


def joint_ridge_path(
    values: NormalEquations,
    gradients: NormalEquations,
    lambda1: npt.ArrayLike,
    gradient_weight: npt.ArrayLike,
) -> FloatArray:
    """(A'A + g B'B + l1 I)^-1 (A't + g B'dt) with B the derivatives' design: (..., G1, G2, P, m).

    The minimum of |A b - t|^2 + g |B b - dt|^2 + l1 |b|^2. Grids of l1 (G1,) and g (G2,).
    """
    g = _grid(gradient_weight)[:, None, None]
    gram = _padded(gradients.gram, values, axes=2)[..., None, :, :]
    moment = _padded(gradients.moment, values, axes=1)[..., None, :, :]
    gram = values.gram[..., None, :, :] + g * gram
    moment = values.moment[..., None, :, :] + g * moment
    l1 = _grid(lambda1)[:, None]
    return _solve(gram[..., None, :, :, :], moment[..., None, :, :, :], l1)


def split_constant(
    coefficients: FloatArray, equations: NormalEquations, bells: int
) -> tuple[FloatArray, FloatArray]:
    """Coefficients (..., P, m) as those of the bells (..., C, m) and the constant (..., m).

    The coefficients may have further axes, of penalties, behind the equations' leading ones.
    """
    if coefficients.shape[-2] > bells:
        return coefficients[..., 1:, :], coefficients[..., 0, :]
    stacked = equations.design_mean.ndim - 1
    between = tuple(range(stacked, coefficients.ndim - 2))
    design_mean = np.expand_dims(equations.design_mean, (*between, -2))
    target_mean = np.expand_dims(equations.target_mean, between)
    return coefficients, target_mean - (design_mean @ coefficients)[..., 0, :]


def _solve(gram: FloatArray, right: FloatArray, penalty: FloatArray) -> FloatArray:
    """(gram + penalty I)^-1 right, leading axes broadcast."""
    size = gram.shape[-1]
    matrix = torch.from_numpy(gram + penalty[..., None, None] * np.eye(size))
    factor, failed = torch.linalg.cholesky_ex(matrix)
    pivots = factor.diagonal(dim1=-2, dim2=-1).square()
    # Rounding can leave small positive pivots where there should be none.
    low, high = pivots.amin(dim=-1), pivots.amax(dim=-1)
    sound = (failed == 0) & (low > size * torch.finfo(matrix.dtype).eps * high)
    found = torch.cholesky_solve(torch.from_numpy(np.ascontiguousarray(right)), factor)
    return torch.where(sound[..., None, None], found, torch.nan).numpy()


def _with_constant(design: FloatArray) -> FloatArray:
    return np.concatenate([np.ones_like(design[..., :1]), design], axis=-1)


def _padded(array: FloatArray, values: NormalEquations, *, axes: int) -> FloatArray:
    """Rows (and columns) of 0 for a constant that the gradients do not know, in the first place."""
    missing = values.gram.shape[-1] - array.shape[-2]
    widths = [(0, 0)] * array.ndim
    for axis in (-2, -1)[:axes]:
        widths[axis] = (missing, 0)
    return np.pad(array, widths)


def _grid(penalties: npt.ArrayLike) -> FloatArray:
    return np.atleast_1d(np.asarray(penalties, dtype=np.float64))
