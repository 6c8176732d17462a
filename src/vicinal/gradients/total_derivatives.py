"""A simulator of many steps, seen step by step: inputs, and directions of total derivatives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def by_step(theta: FloatArray, outputs: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Inputs (T, N, p + 1), theta and the step before (0 for the first), and values (T, N, 1)."""
    values = outputs.T[:, :, None]
    before = np.concatenate([np.zeros_like(values[:1]), values[:-1]])
    repeated = np.broadcast_to(theta, (len(values), *theta.shape))
    return np.concatenate([repeated, before], axis=2), values


def derivatives_and_directions(
    gradients: FloatArray, *, total: bool
) -> tuple[FloatArray, FloatArray]:
    """Goals (T, N, 1, p) and the directions (T, N, p + 1, p) along which they are derivatives.

    Direction k moves theta_k and, for the total derivative, y_(t-1) by its own derivative.
    """
    goal = gradients.transpose(1, 0, 2)[:, :, None].copy()
    p = goal.shape[3]
    directions = np.broadcast_to(np.eye(p + 1, p), (*goal.shape[:2], p + 1, p)).copy()
    if total:
        directions[1:, :, p] = goal[:-1, :, 0]
        unknown = np.isnan(directions[:, :, p])
        goal[unknown[:, :, None]] = np.nan
    return goal, np.nan_to_num(directions)
