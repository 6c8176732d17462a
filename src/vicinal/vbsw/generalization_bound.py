"""VBSW's motivating generalization bound, computed on an example (section 3.2, appendix B)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vicinal.vbsw.taylor_measure import Function, evaluate_function, taylor_measure

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BoundExample:
    """A function of one variable on N cells, a point in each, and its worst approximations.

    points, values, slopes : (N,) x_i, f(x_i) and f'(x_i).     edges : (N + 1,) ends of the cells.
    lipschitz : K, the Lipschitz constant of the approximations; all pass through (x_i, f(x_i)).
    grid, exact, largest_error : (n,) places, f there, and the largest |f - f_theta| there of all
        such approximations, |f(x) - f(x_i)| + K |x - x_i|.
    worst : (N,) share of each cell in the largest squared error J, by quadrature.
    terms : (N,) the same to leading order, (|f'(x_i)| + K)^2 |S_i|^3 c_i, c_i = `cell_constant`.
    """

    points: FloatArray
    values: FloatArray
    slopes: FloatArray
    edges: FloatArray
    lipschitz: float
    grid: FloatArray
    exact: FloatArray
    largest_error: FloatArray
    worst: FloatArray
    terms: FloatArray


def cell_constant(position: npt.ArrayLike) -> FloatArray:
    """The constant of the bound, (a^3 + (1 - a)^3) / 3, for a point at a share `a` of its cell.

    It is the integral of (x - x_i)^2 over a cell of length 1: 1/3 for a point at an end, the worst
    case and the paper's eq. 9; 1/12 for one at the centre. The 1/4 of the paper's eq. 1 is
    neither, and too small for points within a share of 0.092 of an end.
    Raises ValueError for positions outside [0, 1].
    """
    a = np.asarray(position, dtype=np.float64)
    if not ((a >= 0) & (a <= 1)).all():
        raise ValueError("positions in a cell lie between 0 (lower end) and 1 (upper end)")
    constant: FloatArray = (a**3 + (1 - a) ** 3) / 3
    return constant


def generalization_bound(
    slopes: npt.ArrayLike,
    volumes: npt.ArrayLike,
    lipschitz: float,
    *,
    constant: npt.ArrayLike = 1 / 3,
) -> FloatArray:
    """Terms (N,) of the bound, (|f'(X_i)| + K)^2 |S_i|^3 c; their sum bounds J to O(|S_i|^4).

    slopes : (N,) f'(X_i).     volumes : (N,) lengths |S_i| of the cells, in units of S.
    lipschitz : K.     constant : c, one or (N,); 1/3 as in eq. 9 holds for points anywhere.

    Novello et al., eq. 1 and 9.
    """
    steep = np.abs(np.asarray(slopes, dtype=np.float64)) + lipschitz
    terms: FloatArray = steep**2 * np.asarray(volumes, dtype=np.float64) ** 3 * np.asarray(constant)
    return terms


def bound_example(
    f: Function,
    edges: npt.ArrayLike,
    lipschitz: float,
    *,
    position: npt.ArrayLike = 0.5,
    grid_size: int = 1200,
    nodes: int = 64,
) -> BoundExample:
    """The bound for a known function, beside the error that it bounds.

    f : torch function of one point (1,), twice differentiable.
    edges : (N + 1,) increasing ends of the cells, P being uniform on the whole of length 1 (the
        paper's |S| = 1; any other length scales J and the terms alike).
    lipschitz : K > 0.     position : share of its cell at which each point lies, one or (N,).
    nodes : Gauss-Legendre nodes a side of each point.

    Cell by cell, f_theta(x) = f(x_i) -+ K |x - x_i| attains `largest_error` where f is monotone
    in the cell, so that no smaller bound holds for all K-Lipschitz f_theta cell by cell. A
    continuous f_theta through all points cannot attain it in every cell at once.
    Raises ValueError for edges that do not increase, a K that is not above 0 or below the slope
    between two neighbouring points, an f of several outputs, and one that has no derivative at a
    point (the point is named).
    """
    ends = np.asarray(edges, dtype=np.float64)
    if ends.ndim != 1 or len(ends) < 2 or not (np.diff(ends) > 0).all():
        raise ValueError("edges must be at least two increasing numbers")
    if not lipschitz > 0:
        raise ValueError(f"lipschitz = {lipschitz}; it must be above 0")
    lengths = np.diff(ends)
    share = np.broadcast_to(np.asarray(position, dtype=np.float64), lengths.shape)
    constants = cell_constant(share)
    points = ends[:-1] + share * lengths
    outputs = evaluate_function(f, points[:, None])
    if outputs.shape[1] != 1:
        raise ValueError(f"f has {outputs.shape[1]} outputs; the bound is for functions of one")
    values = outputs[:, 0]
    slopes = _slopes(f, points)
    _check_lipschitz(points, values, lipschitz)
    # One row a cell; the integrand has a kink at the point, so that each side has its own nodes.
    node, weight = np.polynomial.legendre.leggauss(nodes)
    worst = np.zeros(len(points))
    for start, stop in ((ends[:-1], points), (points, ends[1:])):
        x = start[:, None] + (stop - start)[:, None] * (node + 1) / 2
        y = evaluate_function(f, x.reshape(-1, 1)).reshape(x.shape)
        error = np.abs(y - values[:, None]) + lipschitz * np.abs(x - points[:, None])
        worst += (error**2 @ weight) * (stop - start) / 2
    grid = np.linspace(ends[0], ends[-1], grid_size)
    exact = evaluate_function(f, grid[:, None])[:, 0]
    cell = np.clip(np.searchsorted(ends, grid, side="right") - 1, 0, len(points) - 1)
    largest = np.abs(exact - values[cell]) + lipschitz * np.abs(grid - points[cell])
    terms = generalization_bound(slopes, lengths, lipschitz, constant=constants)
    return BoundExample(points, values, slopes, ends, lipschitz, grid, exact, largest, worst, terms)


def _check_lipschitz(points: FloatArray, values: FloatArray, lipschitz: float) -> None:
    steepness = np.abs(np.diff(values) / np.diff(points))
    if len(steepness) and steepness.max() > lipschitz:
        first = int(steepness.argmax())
        raise ValueError(
            f"lipschitz = {lipschitz:g}, but between points {first} and {first + 1} "
            f"(x = {points[first]:.4g} and {points[first + 1]:.4g}) f rises by "
            f"{steepness[first]:.4g} a unit: no such approximation passes through both"
        )


def _slopes(f: Function, points: FloatArray) -> FloatArray:
    # Raises where f has no first derivative, and names the point.
    taylor_measure(f, points[:, None], 1, 1.0)

    def scalar(x: torch.Tensor) -> torch.Tensor:
        return f(x[None]).reshape(())

    x = torch.from_numpy(points).requires_grad_()
    (slopes,) = torch.autograd.grad(torch.func.vmap(scalar)(x).sum(), x)
    return slopes.numpy()
