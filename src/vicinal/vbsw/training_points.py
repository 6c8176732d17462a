"""Training points for a known function: uniform or Taylor-based ones beside shared ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.vbsw.boxes import check_box, grid_points, uniform_points
from vicinal.vbsw.taylor_measure import Function, Norm, evaluate_function
from vicinal.vbsw.taylor_sampling import taylor_sampling

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SamplingSettings:
    """How training points are drawn; defaults are the paper's for Runge and tanh.

    initial, new : N points that both samplings share, and N' that each adds.
    grid : the initial points lie on a regular grid (one dimension), otherwise they are uniform.
    candidates : where f is differentiated: None takes the initial points, as algorithm 2 does; a
        number takes that many points of a grid (one dimension) or uniform ones.
    order, epsilon, components, norm, resamples, reg_covar : of `taylor_sampling`.
    """

    initial: int = 8
    new: int = 8
    grid: bool = True
    candidates: int | None = None
    order: int = 2
    epsilon: float = 1e-3
    components: int = 3
    norm: Norm = "l2"
    resamples: int | None = 10_000
    reg_covar: float = 1e-6


def draw_training_points(
    f: Function, bounds: npt.ArrayLike, seeds: Sequence[int], settings: SamplingSettings
) -> FloatArray:
    """Training points (S, 2, N + N', d) of all repetitions, in the order of
    `vicinal.vbsw.sampling_comparison.SAMPLINGS`.

    The first N points of a repetition are the same in both. Errors as for `taylor_sampling`.
    """
    box = check_box(bounds)
    repetitions = []
    for seed in seeds:
        draw_initial, draw_uniform, draw_taylor = np.random.default_rng(seed).spawn(3)
        initial = (
            grid_points(box, settings.initial)
            if settings.grid
            else uniform_points(box, settings.initial, draw_initial)
        )
        taylor = taylor_sampling(
            f,
            box,
            settings.new,
            order=settings.order,
            epsilon=settings.epsilon,
            candidates=initial if settings.candidates is None else settings.candidates,
            grid=len(box) == 1,
            components=settings.components,
            norm=settings.norm,
            resamples=settings.resamples,
            reg_covar=settings.reg_covar,
            seed=draw_taylor,
        )
        uniform = uniform_points(box, settings.new, draw_uniform)
        repetitions.append([np.concatenate([initial, new]) for new in (uniform, taylor)])
    return np.array(repetitions)


def evaluate_training_points(f: Function, points: FloatArray) -> FloatArray:
    """Labels (S, 2, N, c) of points (S, 2, N, d)."""
    values = evaluate_function(f, points.reshape(-1, points.shape[-1]))
    return values.reshape(*points.shape[:-1], -1)
