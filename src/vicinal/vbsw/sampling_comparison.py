"""Taylor-based against uniform sampling: networks trained on points of either, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vicinal.training.heads import Heads, HeadSettings, HeadTraining

FloatArray = npt.NDArray[np.float64]

# The order of the samplings along the second axis of an experiment's points and networks.
SAMPLINGS = ("uniform", "taylor")


def sampling_training(
    points: FloatArray,
    values: FloatArray,
    seeds: Sequence[int],
    settings: HeadSettings,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> HeadTraining:
    """The training of one network for every repetition and sampling, as one batched program.

    points : (S, 2, N, d) of `draw_training_points`.     values : (S, 2, N, c), f at the points.

    Both samplings of a repetition start from the same parameters. Errors as for `train_heads`.
    """
    return HeadTraining(
        points.reshape(-1, *points.shape[2:]),
        values.reshape(-1, *values.shape[2:]).astype(np.float64),
        np.ones((1, points.shape[2])),
        [seed for seed in seeds for _ in SAMPLINGS],
        settings,
        device=device,
        dtype=dtype,
    )


def heads_of_samplings(training: HeadTraining) -> Heads:
    """The networks of a `sampling_training`, as Heads with leading axes (S, 2)."""
    heads, shape = training.heads(), (-1, len(SAMPLINGS))
    return Heads(
        [weight.reshape(*shape, *weight.shape[2:]) for weight in heads.weights],
        [bias.reshape(*shape, *bias.shape[2:]) for bias in heads.biases],
        heads.activation,
    )


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
