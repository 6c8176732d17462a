"""Surrogates of one shape, fitted together as one batched program."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from vicinal.gradients.batched_training import train_surrogates
from vicinal.gradients.networks import Networks
from vicinal.gradients.training_samples import TrainingSamples, join_samples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What one surrogate has to have trained: its networks' samples, seeds, and the like."""

    samples: TrainingSamples
    seeds: list[int]
    alpha: float
    settings: SurrogateSettings
    monitor: Monitor
    device: torch.device
    dtype: torch.dtype

    def program(self) -> tuple[Any, ...]:
        """What surrogates must have in common to be trained as one program."""
        shapes = (self.samples.inputs.shape[1:], self.samples.values.shape[2])
        watched = {name: np.shape(x)[-2:] for name, (x, _) in self.monitor.samples.items()}
        kept = (self.monitor.keep_best, self.monitor.updates)
        return shapes, self.settings, watched, kept, self.device, self.dtype


class Surrogate(Protocol):
    """A surrogate that can be fitted together with others."""

    def prepare(self, **fit_arguments: Any) -> Task:
        """What has to be trained, from the arguments of `fit`."""

    def adopt(self, networks: Networks, history: dict[str, FloatArray]) -> None:
        """Take the trained networks."""


def fit_together(
    surrogates: Sequence[Surrogate],
    arguments: Sequence[Mapping[str, Any]],
    *,
    block_bytes: int | None = None,
    on_epoch: Callable[[int, int], None] | None = None,
) -> None:
    """Fit each surrogate to its own data, all of them in one batched program.

    surrogates : `GradientSurrogate`s, or `SequentialSurrogate`s, of one shape and one way of
        training; they may differ in alpha (so that a surrogate with gradients and one without are
        a pair), random_state, weights, and whether they are given derivatives.
    arguments : for each, the arguments of its `fit` by name; the numbers of samples must agree.
    block_bytes, on_epoch : see `train_surrogates`.

    Equal to calling each one's `fit`, within rounding, and many times as fast for small networks.

    Raises ValueError for surrogates that differ in what one program cannot hold (the first is
    named), and what `fit` raises.
    """
    if not len(surrogates) or len(surrogates) != len(arguments):
        raise ValueError(
            f"{len(surrogates)} surrogates and {len(arguments)} sets of arguments; needed are as "
            "many of both, one or more"
        )
    tasks = [
        surrogate.prepare(**given) for surrogate, given in zip(surrogates, arguments, strict=True)
    ]
    first = tasks[0]
    for number, task in enumerate(tasks):
        if task.program() != first.program():
            raise ValueError(
                f"surrogate {number} cannot be trained together with surrogate 0: samples, inputs, "
                "outputs, settings, validation, device and dtype must be the same; here are "
                f"{task.program()} and {first.program()}"
            )
    counts = [len(task.seeds) for task in tasks]
    networks, history = train_surrogates(
        join_samples([task.samples for task in tasks], counts),
        [seed for task in tasks for seed in task.seeds],
        first.settings,
        alpha=np.repeat([task.alpha for task in tasks], counts).tolist(),
        monitor=_join_monitors([task.monitor for task in tasks], counts),
        device=first.device,
        dtype=first.dtype,
        block_bytes=block_bytes,
        on_epoch=on_epoch,
    )
    start = 0
    for surrogate, count in zip(surrogates, counts, strict=True):
        own = slice(start, start + count)
        surrogate.adopt(networks.pick(own), {name: curve[own] for name, curve in history.items()})
        start += count


def _join_monitors(monitors: list[Monitor], counts: list[int]) -> Monitor:
    """One monitor whose samples have a leading axis of networks."""
    joined = {}
    for name in monitors[0].samples:
        pairs = zip(*(monitor.samples[name] for monitor in monitors), strict=True)
        inputs, values = (
            np.concatenate(
                [
                    np.broadcast_to(a, (n, *a.shape[-2:]))
                    for a, n in zip(arrays, counts, strict=True)
                ]
            )
            for arrays in pairs
        )
        joined[name] = (inputs, values)
    return Monitor(joined, monitors[0].updates, monitors[0].keep_best)
