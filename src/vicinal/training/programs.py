"""Which program trains heads: their initial parameters, their batches, and the arithmetic."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.training.batched_program import BatchedProgram
from vicinal.training.initialisation import glorot_uniform
from vicinal.training.least_squares_program import LeastSquaresProgram, moments_pay

if TYPE_CHECKING:
    from vicinal.training.heads import HeadSettings

FloatArray = npt.NDArray[np.float64]
Program = BatchedProgram | LeastSquaresProgram


def choose_program(
    inputs: npt.NDArray[np.generic],
    goals: FloatArray,
    weights: FloatArray,
    generators: Sequence[torch.Generator],
    settings: HeadSettings,
    *,
    sigmoid: bool,
    device: torch.device | str,
    dtype: torch.dtype,
) -> tuple[Program, Callable[[], None]]:
    """The fastest program for these heads, ready to start, and what trains it for an epoch.

    inputs : (1 or S, N, d).     goals : (1 or S, N, c), what the outputs shall be.
    weights : (1 or S, M, N) of mean 1 over the samples; an axis of 1 is shared by all seeds.
    generators : one a seed; initial parameters are drawn at once, then each epoch's batches.
    sigmoid : the outputs of a squared error are probabilities.
    """
    widths = [inputs.shape[2], *settings.hidden, goals.shape[2]]
    layers = [
        layer[:, None].expand(-1, weights.shape[1], -1, -1).to(device, dtype)
        for layer in _initial_layers(widths, generators)
    ]
    exact = _learns_from_moments(inputs, goals, weights, settings, sigmoid)
    x, t, w = (
        torch.as_tensor(array).to(device, torch.float64 if exact else dtype)
        for array in (inputs, goals, weights)
    )
    if exact:
        least_squares = LeastSquaresProgram(layers[0], settings, x, t, w / x.shape[1])
        return least_squares, least_squares.step
    return _batched_program(layers, x, t, w, generators, settings, sigmoid)


def _initial_layers(widths: list[int], generators: Sequence[torch.Generator]) -> list[Tensor]:
    """One tensor (S, inputs, outputs) a layer, drawn seed by seed."""
    drawn = [glorot_uniform(widths, generator) for generator in generators]
    return [torch.stack(layers) for layers in zip(*drawn, strict=True)]


def _learns_from_moments(
    inputs: npt.NDArray[np.generic],
    goals: FloatArray,
    weights: FloatArray,
    settings: HeadSettings,
    sigmoid: bool,
) -> bool:
    size, columns = inputs.shape[1:]
    linear = not settings.hidden and settings.loss == "squared_error" and not sigmoid
    whole = settings.batch_size is None or settings.batch_size >= size
    weightings = max(len(inputs), len(weights)) * weights.shape[1]
    return (
        linear and whole and moments_pay(columns, goals.shape[2], size, weightings, settings.epochs)
    )


def _batched_program(
    layers: list[Tensor],
    x: Tensor,
    t: Tensor,
    w: Tensor,
    generators: Sequence[torch.Generator],
    settings: HeadSettings,
    sigmoid: bool,
) -> tuple[BatchedProgram, Callable[[], None]]:
    size, seeds, members = x.shape[1], len(generators), w.shape[1]
    batch = min(settings.batch_size or size, size)
    # A group of networks shares its batches: a seed's weightings, or, full batch, all of them.
    whole = batch == size and len(x) == 1
    shape = (1, seeds * members) if whole else (seeds, members)
    w = (w.expand(seeds, -1, -1).reshape(*shape, size) if whole else w).mT.contiguous()
    layers = [layer.reshape(*shape, *layer.shape[2:]) for layer in layers]
    program = BatchedProgram(layers, settings, sigmoid=sigmoid)
    if batch == size:
        return program, functools.partial(program.step, x, t, w / size)
    return program, functools.partial(_train_on_batches, program, x, t, w, batch, generators)


def _train_on_batches(
    program: BatchedProgram,
    x: Tensor,
    t: Tensor,
    w: Tensor,
    batch: int,
    generators: Sequence[torch.Generator],
) -> None:
    """An epoch of batches, in an order of its own for each seed; w is (1 or S, N, M)."""
    order = torch.stack([torch.randperm(x.shape[1], generator=g) for g in generators])
    row = torch.arange(len(generators), device=x.device)[:, None]
    for chosen in order.to(x.device).split(batch, dim=1):
        x_batch, t_batch, w_batch = (a[row if len(a) > 1 else 0, chosen] for a in (x, t, w))
        program.step(x_batch, t_batch, w_batch / chosen.shape[1])
