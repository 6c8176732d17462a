"""The functions that Taylor-based sampling is tried on, differentiable by torch (appendix A)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.vbsw.taylor_measure import Function, check_points

FloatArray = npt.NDArray[np.float64]


def runge(shift: float = 0.5, coefficient: float = 25.0) -> Function:
    """x -> 1 / (1 + coefficient (x - shift)^2), for points (1,); defaults of the authors."""
    return lambda x: 1 / (1 + coefficient * (x - shift).square())


def hyperbolic_tangent(shift: float = 0.5, coefficient: float = 10.0) -> Function:
    """x -> tanh(coefficient (x - shift)), for points (1,); defaults of the authors."""
    return lambda x: torch.tanh(coefficient * (x - shift))


@dataclass(frozen=True)
class BatemanConstants:
    """Constants of u' = v sigma_a eta u, eta' = v sigma_r eta u; units of 1 / (time * density).

    The paper gives none; these are this project's. With sigma_r < 0 < sigma_a the population u
    grows by consuming eta, and saturates; u changes the faster, and the more abruptly, the smaller
    u0 is, as in the paper's figure 5. With sigma_r > 0 solutions reach infinity in finite time.
    """

    v: float = 1.0
    sigma_a: float = 1.0
    sigma_r: float = -1.0


def bateman(constants: BatemanConstants | None = None) -> Function:
    """(u0, eta0, t) -> (u(t), eta(t)), the Bateman system with M = 1, in closed form.

    By the invariant u - (sigma_a / sigma_r) eta, with z = v (sigma_r u0 - sigma_a eta0) t,

        u = u0 / q,   eta = eta0 e^z / q,   q = e^z - v sigma_r t u0 (e^z - 1) / z,

    for t >= 0, written so that nothing overflows or cancels, z = 0 included. Infinite for times
    after a solution's blow-up (q <= 0).
    """
    c = constants or BatemanConstants()

    def solution(point: Tensor) -> Tensor:
        u0, eta0, t = point.unbind()
        z = c.v * (c.sigma_r * u0 - c.sigma_a * eta0) * t
        falling = z <= 0
        down = torch.where(falling, z, -z)
        fade = down.exp()
        # Fractions expanded by e^-z where z > 0.
        one = torch.ones_like(fade)
        q = torch.where(falling, fade, one) - c.v * c.sigma_r * t * u0 * _exponential_mean(down)
        u = u0 * torch.where(falling, one, fade) / q
        eta = eta0 * torch.where(falling, fade, one) / q
        return torch.where(q > 0, torch.stack([u, eta]), math.inf)

    return solution


def _exponential_mean(z: Tensor) -> Tensor:
    """(e^z - 1) / z with derivatives of every order, z = 0 included."""
    small = z.abs() < 1
    near = torch.where(small, z, 0.0)
    series = torch.zeros_like(near)
    for k in range(24, 0, -1):
        series = (series + 1) * near / (k + 1)
    far = torch.where(small, 1.0, z)
    return torch.where(small, 1 + series, far.expm1() / far)


def bateman_chain(
    sigma_a: npt.ArrayLike, sigma_r: npt.ArrayLike, *, v: float = 1.0, steps: int = 100
) -> Function:
    """(u0, eta0 (M,), t) -> (u(t), eta(t) (M,)) for any M, differentiable.

    sigma_a : (M,).     sigma_r : (M, M).
    steps : equal steps of the classical Runge-Kutta scheme from 0 to t; the error falls as
        steps^-4, and is not estimated: compare with `solve_bateman`.
    """
    absorption, reaction = _check_chain(sigma_a, sigma_r)
    a, r = torch.from_numpy(absorption), torch.from_numpy(reaction)

    def rate(state: Tensor) -> Tensor:
        u, eta = state[0], state[1:]
        return v * u * torch.cat([(a @ eta)[None], r @ eta])

    def solution(point: Tensor) -> Tensor:
        state, h = point[:-1], point[-1] / steps
        for _ in range(steps):
            k1 = h * rate(state)
            k2 = h * rate(state + k1 / 2)
            k3 = h * rate(state + k2 / 2)
            state = state + (k1 + 2 * k2 + 2 * k3 + h * rate(state + k3)) / 6
        return state

    return solution


def solve_bateman(
    points: npt.ArrayLike,
    sigma_a: npt.ArrayLike,
    sigma_r: npt.ArrayLike,
    *,
    v: float = 1.0,
    rtol: float = 1e-9,
    atol: float = 1e-11,
    block_rows: int = 256,
) -> FloatArray:
    """Solutions (N, M + 1) of the Bateman system for any M by an adaptive ODE solver.

    points : (N, M + 2), rows (u0, eta0, t) with t >= 0.     sigma_a : (M,).     sigma_r : (M, M).

    scipy's DOP853, `block_rows` points in one system with time scaled by each point's t. Not for
    stiff chains (rates apart by many orders of magnitude make it slow), and values only, no
    derivatives: for these, `bateman_chain`.
    Raises ValueError for arrays that do not fit together, and ArithmeticError where a solution
    reaches infinity before its t (the first such point is named).
    """
    from scipy.integrate import solve_ivp

    absorption, reaction = _check_chain(sigma_a, sigma_r)
    rows = check_points(points)
    if rows.shape[1] != len(absorption) + 2 or rows[:, -1].min() < 0:
        raise ValueError(
            f"points have shape {rows.shape}; needed are rows of u0, {len(absorption)} values "
            "eta0, and t >= 0"
        )

    def solve(block: FloatArray) -> FloatArray | None:
        start, times = block[:, :-1], block[:, -1:]

        def rate(_: float, flat: FloatArray) -> FloatArray:
            state = flat.reshape(start.shape)
            u, eta = state[:, :1], state[:, 1:]
            change = np.hstack([eta @ absorption[:, None], eta @ reaction.T])
            return (v * times * u * change).ravel()

        with np.errstate(over="ignore", invalid="ignore"):
            end = solve_ivp(rate, (0, 1), start.ravel(), method="DOP853", rtol=rtol, atol=atol)
        return end.y[:, -1].reshape(start.shape) if end.success else None

    solutions = []
    for first in range(0, len(rows), block_rows):
        block = rows[first : first + block_rows]
        solution = solve(block)
        if solution is None:
            row = next(i for i in range(len(block)) if solve(block[i : i + 1]) is None)
            raise ArithmeticError(
                f"the Bateman system has no solution up to t = {block[row, -1]:g} from point "
                f"{first + row}: it reaches infinity before (some sigma_r above 0?)"
            )
        solutions.append(solution)
    return np.concatenate(solutions)


def _check_chain(sigma_a: npt.ArrayLike, sigma_r: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    absorption = np.array(sigma_a, dtype=np.float64)
    reaction = np.array(sigma_r, dtype=np.float64)
    if absorption.ndim != 1 or reaction.shape != (len(absorption),) * 2:
        raise ValueError(
            f"sigma_a has shape {absorption.shape} and sigma_r {reaction.shape}; needed are (M,) "
            "and (M, M)"
        )
    return absorption, reaction
