"""Maps of errors over the starts of solutions: functions whose last input is a time (figure 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.training.heads import Heads
from vicinal.vbsw.boxes import check_box, uniform_points
from vicinal.vbsw.taylor_measure import Function, evaluate_function

FloatArray = npt.NDArray[np.float64]


def worst_squared_errors(
    heads: Heads, f: Function, bounds: npt.ArrayLike, shape: Sequence[int]
) -> FloatArray:
    """g(x) = max over the last input of ||f(x, t) - f_theta(x, t)||^2, on a regular grid.

    bounds : (d, 2).     shape : d numbers of grid points, both ends included.

    Returns (S, 2, *shape[:-1]): the paper's g_theta(u0, eta0) for Bateman's (u0, eta0, t).
    """
    grid, times = _grid_axes(bounds, shape)
    worst = []
    for rows in np.array_split(grid, max(1, len(grid) * len(times) // 4096)):
        inputs = _with_times(rows, times)
        exact = evaluate_function(f, inputs)
        error = heads.predict(inputs).astype(np.float64) - exact
        squared = np.square(error).sum(axis=-1)
        worst.append(squared.reshape(*squared.shape[:2], len(rows), len(times)).max(axis=-1))
    stacked = np.concatenate(worst, axis=2)
    return stacked.reshape(*stacked.shape[:2], *shape[:-1])


def largest_measure(
    measure: Callable[[FloatArray], FloatArray], bounds: npt.ArrayLike, shape: Sequence[int]
) -> FloatArray:
    """Max over the last input of a measure (n, d) -> (n,), on the grid of `worst_squared_errors`.

    Returns (*shape[:-1],); with `taylor_measure`, the map of the paper's figure 5, 2a.
    """
    grid, times = _grid_axes(bounds, shape)
    values = measure(_with_times(grid, times)).reshape(len(grid), len(times))
    return values.max(axis=1).reshape(tuple(shape[:-1]))


def _grid_axes(bounds: npt.ArrayLike, shape: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    box = check_box(bounds)
    if len(shape) != len(box) or len(box) < 2 or min(shape) < 1:
        raise ValueError(f"a grid of shape {tuple(shape)} in a box of {len(box)} axes")
    axes = [np.linspace(low, high, n) for (low, high), n in zip(box, shape, strict=True)]
    mesh = np.meshgrid(*axes[:-1], indexing="ij")
    return np.stack([part.ravel() for part in mesh], axis=1), axes[-1]


def _with_times(rows: FloatArray, times: FloatArray) -> FloatArray:
    """All pairs of a row and a time, (rows * times, d), times fastest."""
    inputs = np.repeat(rows, len(times), axis=0)
    return np.column_stack([inputs, np.tile(times, len(rows))])


def error_gain_and_loss(worst: FloatArray) -> tuple[FloatArray, FloatArray]:
    """AEG and AEL of each repetition, (S,) each: by how much Taylor points lower and raise g.

    worst : (S, 2, ...) of `worst_squared_errors`.

    With Z = g_uniform - g_taylor, AEG = E[Z 1{Z > 0}] and AEL = -E[Z 1{Z < 0}], means over the
    grid. Both are at least 0: the paper defines AEL without the minus and prints it as if with.
    """
    z = (worst[:, 0] - worst[:, 1]).reshape(len(worst), -1)
    return np.maximum(z, 0).mean(axis=1), np.maximum(-z, 0).mean(axis=1)


def error_reduction(worst: FloatArray) -> FloatArray:
    """Z = g_uniform - g_taylor (...), mean over the repetitions of `worst` (S, 2, ...)."""
    reduction: FloatArray = (worst[:, 0] - worst[:, 1]).mean(axis=0)
    return reduction


def worst_starts(worst: FloatArray, bounds: npt.ArrayLike) -> FloatArray:
    """The starts (2, d - 1) from which a repetition's two networks err most.

    worst : (2, ...) of `worst_squared_errors`, one repetition.     bounds : as there.
    """
    box = check_box(bounds)[:-1]
    shape = worst.shape[1:]
    places = np.array([np.unravel_index(errors.argmax(), shape) for errors in worst])
    return box[:, 0] + places / (np.array(shape) - 1) * (box[:, 1] - box[:, 0])


def solutions_over_time(
    heads: Heads, f: Function, starts: npt.ArrayLike, times: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """The first output of f over time, exact (k, n) and predicted (S, 2, k, n).

    starts : (k, d - 1).     times : (n,).
    """
    inputs = _with_times(np.asarray(starts, np.float64), np.asarray(times, np.float64))
    exact = evaluate_function(f, inputs)[:, 0].reshape(len(starts), -1)  # type: ignore[arg-type]
    predicted = heads.predict(inputs)[..., 0].astype(np.float64)
    return exact, predicted.reshape(*predicted.shape[:2], *exact.shape)


@dataclass(frozen=True)
class ShownSolutions:
    """Solutions over time of the first repetition's networks: what figure 5 shows above its maps.

    starts : (3, d - 1), a random one, and the worst of the network on uniform and on Taylor points.
    times : (n,).     exact : (3, n), the first output.     predicted : (2, 3, n), by sampling.
    """

    starts: FloatArray
    times: FloatArray
    exact: FloatArray
    predicted: FloatArray


def shown_solutions(
    heads: Heads,
    f: Function,
    worst: FloatArray,
    bounds: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    steps: int = 200,
) -> ShownSolutions:
    """Solutions from a random start and from the worst ones; arguments as above."""
    box = check_box(bounds)
    starts = np.concatenate([uniform_points(box[:-1], 1, rng), worst_starts(worst[0], box)])
    times = np.linspace(box[-1, 0], box[-1, 1], steps)
    exact, predicted = solutions_over_time(heads, f, starts, times)
    return ShownSolutions(starts, times, exact, predicted[0])
