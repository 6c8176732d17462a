"""Training one image network: data resident on the device, resumable at any epoch, bit by bit."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.models.backbone import place_on

Schedule = Literal["constant", "step", "one_cycle"]


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    optimizer : `adam`, or `sgd` with Nesterov momentum 0.9.
    schedule : `constant`; `step` divides the rate by 10 after each epoch of `milestones`;
        `one_cycle` rises linearly to `learning_rate` over the first 30 % of the steps and falls
        to 0 along a cosine.
    shift : images are shifted by up to this fraction of their size, edge pixels repeated.
    flip : images are mirrored with probability 1/2.
    precision : `float32`, or `bfloat16` for mixed precision.
    """

    epochs: int
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 1e-3
    schedule: Schedule = "constant"
    milestones: Sequence[int] = ()
    batch_size: int = 128
    weight_decay: float = 0.0
    shift: float = 0.0
    flip: bool = False
    precision: Literal["float32", "bfloat16"] = "float32"

    def rate(self, step: int, steps_per_epoch: int) -> float:
        """Learning rate of a step, counted from 0."""
        if self.schedule == "step":
            passed = sum(step // steps_per_epoch >= epoch for epoch in self.milestones)
            return self.learning_rate / 10**passed
        if self.schedule == "one_cycle":
            progress = (step + 1) / (self.epochs * steps_per_epoch)
            if progress < 0.3:
                return self.learning_rate * progress / 0.3
            return self.learning_rate * (1 + math.cos(math.pi * (progress - 0.3) / 0.7)) / 2
        return self.learning_rate


@dataclass(frozen=True)
class EpochRecord:
    """What is known after an epoch; `validation_accuracy` is None without a validation split."""

    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float | None
    learning_rate: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a line of JSON."""
        return asdict(self)


class NetworkTraining:
    """Trains a classifier epoch by epoch; stop anywhere, restore, and end in the same bits.

    network : takes uint8 images (B, C, H, W), returns logits (B, c).
    images, labels : uint8 (N, C, H, W) and classes (N,), training split.
    validation : the same pair for the validation split, or None.
    seed : fixes the order of samples and the augmentation, drawn on the CPU on every device.

    All images lie on the device as uint8; a batch is one gather, which also shifts and mirrors.
    """

    def __init__(
        self,
        network: nn.Module,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int64],
        settings: TrainingSettings,
        *,
        seed: int,
        validation: tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.settings, self.device = settings, torch.device(device)
        self.network = place_on(network, self.device)
        # Channels last, so that a gathered batch already has the layout convolutions like best.
        self.images = torch.tensor(images).permute(0, 2, 3, 1).contiguous().to(self.device)
        self.labels = torch.tensor(labels).to(self.device)
        self.validation = validation
        self.optimizer = self._build_optimizer()
        self.generator = torch.Generator().manual_seed(seed)
        self.epoch = 0

    @property
    def epochs(self) -> int:
        """Epochs in all."""
        return self.settings.epochs

    def run(self) -> Iterator[EpochRecord]:
        """Train from the current epoch to the last; yields after each.

        Raises ArithmeticError where the loss stops being finite (the epoch is named).
        """
        while self.epoch < self.settings.epochs:
            yield self._train_epoch()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the training depends on."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "epoch": self.epoch,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state; the settings must be those it was made with."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        self.epoch = int(state["epoch"])

    def _build_optimizer(self) -> torch.optim.Optimizer:
        parameters, s = self.network.parameters(), self.settings
        if s.optimizer == "adam":
            # Keras' epsilon, for the papers used Keras.
            return torch.optim.Adam(
                parameters, s.learning_rate, eps=1e-7, weight_decay=s.weight_decay
            )
        return torch.optim.SGD(
            parameters, s.learning_rate, momentum=0.9, nesterov=True, weight_decay=s.weight_decay
        )

    def _train_epoch(self) -> EpochRecord:
        started = time.perf_counter()
        self.network.train()
        order = torch.randperm(len(self.labels), generator=self.generator)
        batches = order.split(self.settings.batch_size)
        loss_sum = torch.zeros((), device=self.device)
        hits = torch.zeros((), device=self.device)
        for number, chosen in enumerate(batches):
            rate = self.settings.rate(self.epoch * len(batches) + number, len(batches))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss, correct = self._step(chosen)
            loss_sum += loss * len(chosen)
            hits += correct
        self.epoch += 1
        mean_loss = loss_sum.item() / len(order)
        if not math.isfinite(mean_loss):
            raise ArithmeticError(f"the training loss is {mean_loss} in epoch {self.epoch}")
        return EpochRecord(
            self.epoch,
            mean_loss,
            hits.item() / len(order),
            self._validate(),
            rate,
            time.perf_counter() - started,
        )

    def _step(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        images = self._gather(chosen)
        labels = self.labels[chosen.to(self.device)]
        mixed = self.settings.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
            outputs = self.network(images)
            loss = nn.functional.cross_entropy(outputs, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach(), (outputs.detach().argmax(1) == labels).sum()

    def _gather(self, chosen: Tensor) -> Tensor:
        """The chosen images (B, C, H, W), shifted and mirrored by indexing."""
        _, height, width, _ = self.images.shape
        rows = torch.arange(height).expand(len(chosen), -1)
        columns = torch.arange(width).expand(len(chosen), -1)
        if self.settings.shift > 0:
            rows = self._shifted(rows, height)
            columns = self._shifted(columns, width)
        if self.settings.flip:
            mirrored = torch.rand(len(chosen), 1, generator=self.generator) < 0.5
            columns = torch.where(mirrored, columns.flip(1), columns)
        index = (chosen[:, None, None], rows[:, :, None], columns[:, None, :])
        batch = self.images[tuple(axis.to(self.device) for axis in index)]
        return batch.permute(0, 3, 1, 2)

    def _shifted(self, positions: Tensor, size: int) -> Tensor:
        reach = round(self.settings.shift * size)
        offset = torch.randint(-reach, reach + 1, (len(positions), 1), generator=self.generator)
        return (positions + offset).clamp(0, size - 1)

    @torch.no_grad()
    def _validate(self) -> float | None:
        if self.validation is None:
            return None
        self.network.eval()
        images, labels = self.validation
        hits = 0
        for start in range(0, len(labels), 1000):
            batch = torch.as_tensor(images[start : start + 1000]).to(self.device)
            guess = self.network(batch).argmax(1).cpu().numpy()
            hits += int((guess == labels[start : start + 1000]).sum())
        return hits / len(labels)
