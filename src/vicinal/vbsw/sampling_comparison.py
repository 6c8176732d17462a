"""Taylor-based against uniform sampling: networks trained on points of either, all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import stats

from vicinal.training.heads import Heads, HeadSettings, train_heads
from vicinal.vbsw.taylor_measure import Function, Norm, evaluate_function
from vicinal.vbsw.taylor_sampling import (
    check_box,
    grid_points,
    taylor_sampling,
    uniform_points,
)

FloatArray = npt.NDArray[np.float64]

# The order of the samplings along the second axis of an experiment's networks.
SAMPLINGS = ("uniform", "taylor")


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
    """Training points (S, 2, N + N', d) of all repetitions, in the order of SAMPLINGS.

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


def train_on_samplings(
    points: FloatArray,
    values: FloatArray,
    seeds: Sequence[int],
    settings: HeadSettings,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    on_epoch: Callable[[int], None] | None = None,
) -> Heads:
    """One network for every repetition and sampling, trained as one batched program.

    points : (S, 2, N, d) of `draw_training_points`.     values : (S, 2, N, c), f at the points.

    Returns Heads with leading axes (S, 2): both samplings of a repetition start from the same
    parameters. Errors as for `train_heads`.
    """
    repetitions, samplings = points.shape[:2]
    heads = train_heads(
        points.reshape(-1, *points.shape[2:]),
        values.reshape(-1, *values.shape[2:]).astype(np.float64),
        np.ones((1, points.shape[2])),
        [seed for seed in seeds for _ in range(samplings)],
        settings,
        device=device,
        dtype=dtype,
        on_epoch=on_epoch,
    )
    shape = (repetitions, samplings)
    return Heads(
        [weight.reshape(*shape, *weight.shape[2:]) for weight in heads.weights],
        [bias.reshape(*shape, *bias.shape[2:]) for bias in heads.biases],
        heads.activation,
    )


def evaluate_training_points(f: Function, points: FloatArray) -> FloatArray:
    """Labels (S, 2, N, c) of points (S, 2, N, d)."""
    values = evaluate_function(f, points.reshape(-1, points.shape[-1]))
    return values.reshape(*points.shape[:-1], -1)


@dataclass(frozen=True)
class SamplingErrors:
    """Errors of all networks on one set of test points, each (S, 2).

    mse : mean over points and outputs of the squared error; what table 7 calls L2.
    l2 : its square root; what table 6 calls L2, for its values could not be means of squares
        (squares of errors below 5.31e-2 cannot have the mean 1.45e-2).
    linf : largest absolute error over points and outputs.
    """

    mse: FloatArray
    l2: FloatArray
    linf: FloatArray


def sampling_errors(
    heads: Heads, test_points: FloatArray, exact: FloatArray, *, block_rows: int = 4096
) -> SamplingErrors:
    """Errors on test points (n, d) where f is `exact` (n, c)."""
    squares: FloatArray | float = 0.0
    largest: FloatArray | float = 0.0
    for start in range(0, len(test_points), block_rows):
        block = slice(start, start + block_rows)
        error = heads.predict(test_points[block]).astype(np.float64) - exact[block]
        squares = squares + np.square(error).sum(axis=(2, 3))
        largest = np.maximum(largest, np.abs(error).max(axis=(2, 3)))
    mse = np.asarray(squares) / exact.size
    return SamplingErrors(mse, np.sqrt(mse), np.asarray(largest))


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


@dataclass(frozen=True)
class MeanInterval:
    """Mean of n repetitions, with the half-width of its 95 % Student interval (NaN for n < 2)."""

    mean: float
    half_width: float
    n: int


def mean_interval(values: npt.ArrayLike) -> MeanInterval:
    """Mean and 95 % interval of (n,) values of independent repetitions.

    The paper does not say whether its "95 % confidence interval" is that of the mean.
    """
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    if n < 2:
        return MeanInterval(float(array.mean()), float("nan"), n)
    quantile = stats.t.ppf(0.975, n - 1)
    return MeanInterval(float(array.mean()), float(quantile * array.std(ddof=1) / n**0.5), n)
