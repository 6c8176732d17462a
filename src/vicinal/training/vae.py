"""Training of variational autoencoders: several repetitions at once, resumable bit by bit."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from vicinal.data.image_arrays import check_images
from vicinal.models.vae import VAE, UInt8Array, VaeShape
from vicinal.training.network import TrainingSettings


@dataclass(frozen=True)
class VaeSettings:
    """Shape of the networks and how they are trained; the paper says neither.

    learning_rate : of Adam, its largest: rates rise linearly to it over the first 30 % of the steps
        and fall to 0 along a cosine.
    record_every : epochs a record.

    Raises ValueError for values out of range.
    """

    shape: VaeShape = field(default_factory=VaeShape)
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 2e-3
    record_every: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "record_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate is {self.learning_rate}; it must be above 0")

    def rate(self, step: int, steps_per_epoch: int) -> float:
        """Learning rate of a step, counted from 0."""
        cycle = TrainingSettings(
            self.epochs, learning_rate=self.learning_rate, schedule="one_cycle"
        )
        return cycle.rate(step, steps_per_epoch)


@dataclass(frozen=True)
class VaeRecord:
    """Means over the images of an epoch, the last of some; a number a repetition.

    reconstruction, divergence : the parts of the evidence lower bound, in nats an image; their sum
        is what is minimised.
    """

    epoch: int
    reconstruction: list[float]
    divergence: list[float]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a line of JSON."""
        return asdict(self)


class VaeTraining:
    """Trains R autoencoders at once; stop at a record, restore, and end in the same bits.

    images : uint8 (N, C, H, W). They lie on the device as they are.
    seeds : one a repetition. It fixes the initial weights, the order of the images and the noise of
        the codes, all drawn on the CPU.

    Raises ValueError for images of another kind, and without a seed.
    """

    def __init__(
        self,
        images: UInt8Array,
        settings: VaeSettings,
        *,
        seeds: Sequence[int],
        device: torch.device | str = "cpu",
    ) -> None:
        check_images(images)
        if not len(seeds):
            raise ValueError("no seeds are given; a repetition needs one")
        self.settings, self.device = settings, torch.device(device)
        self.images = torch.tensor(images).to(self.device)
        self.draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        channels, height, width = images.shape[1:]
        self.vae = VAE((channels, height, width), settings.shape, self.draws).to(self.device)
        # Keras' epsilon, as in the project's other trainings.
        self.optimizer = torch.optim.Adam(
            self.vae.parameters(), settings.learning_rate, eps=1e-7, fused=True
        )
        self.epoch = 0

    @property
    def epochs(self) -> int:
        """Epochs in all."""
        return self.settings.epochs

    def run(self) -> Iterator[VaeRecord]:
        """Train from the current epoch to the last; yields after each `record_every`.

        Raises ArithmeticError where a loss stops being finite (the repetition is named).
        """
        while self.epoch < self.epochs:
            started = time.perf_counter()
            left = self.settings.record_every - self.epoch % self.settings.record_every
            for _ in range(min(left, self.epochs - self.epoch)):
                terms = self._train_epoch()
            yield self._record(terms.cpu().double(), time.perf_counter() - started)

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything that the rest of the training depends on."""
        return copy.deepcopy(
            {
                "vae": dict(self.vae.state_dict()),
                "optimizer": self.optimizer.state_dict(),
                "draws": [draws.get_state() for draws in self.draws],
                "epoch": self.epoch,
            }
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; images, settings and seeds must be those it was made with."""
        self.vae.load_state_dict(state["vae"])
        self.optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))
        for draws, drawn in zip(self.draws, state["draws"], strict=True):
            draws.set_state(drawn.cpu())
        self.epoch = int(state["epoch"])

    def _train_epoch(self) -> Tensor:
        """One pass over the images, each repetition in its own order; mean terms (2, R)."""
        count = len(self.images)
        order = torch.stack([torch.randperm(count, generator=draws) for draws in self.draws])
        batches = order.split(self.settings.batch_size, dim=1)
        total = torch.zeros(2, len(self.draws), device=self.device)
        for number, chosen in enumerate(batches):
            rate = self.settings.rate(self.epoch * len(batches) + number, len(batches))
            self.optimizer.param_groups[0]["lr"] = rate
            total += self._step(chosen) * chosen.shape[1]
        self.epoch += 1
        return total / count

    def _step(self, chosen: Tensor) -> Tensor:
        """One step on each repetition's own images (R, B); the mean terms (2, R) before it."""
        size = (chosen.shape[1], self.vae.latent)
        noise = torch.stack([torch.randn(size, generator=draws) for draws in self.draws])
        images = self.images[chosen.to(self.device)].float() / 255
        terms = torch.stack(self.vae.bound_terms(images, noise.to(self.device))).mean(dim=2)
        self.optimizer.zero_grad(set_to_none=True)
        # No two repetitions share a parameter.
        terms.sum().backward()
        self.optimizer.step()
        return terms.detach()

    def _record(self, terms: Tensor, seconds: float) -> VaeRecord:
        finite = terms.isfinite().all(dim=0)
        if not finite.all():
            raise ArithmeticError(
                f"training the VAE: the loss of repetition {int(finite.int().argmin())} is not "
                f"finite by epoch {self.epoch}; a learning rate below "
                f"{self.settings.learning_rate} may help"
            )
        reconstruction, divergence = terms.tolist()
        return VaeRecord(self.epoch, reconstruction, divergence, seconds)
