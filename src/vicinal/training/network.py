"""Training one network on images or a table: data resident on the device, resumable bit by bit."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.models.backbone import place_on
from vicinal.training.active_bias import ActiveBias, correct_probabilities
from vicinal.training.resident_samples import ResidentSamples, as_targets

Schedule = Literal["constant", "step", "one_cycle"]
Weighting = Literal["uniform", "active_bias"]


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
    weighting : samples count alike (`uniform`), or by how much the network's probability of their
        class has varied (`active_bias`, classes only), see `ActiveBias`.
    burn_in : epochs at the start whose probabilities `active_bias` does not record. Weights take
        two recorded epochs, so that they first differ in epoch burn_in + 3, counted from 1.

    Raises ValueError for an unknown weighting and a negative burn_in.
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
    weighting: Weighting = "uniform"
    burn_in: int = 0

    def __post_init__(self) -> None:
        if self.weighting not in get_args(Weighting):
            raise ValueError(
                f"weighting is {self.weighting!r}; allowed are {', '.join(get_args(Weighting))}"
            )
        if self.burn_in < 0:
            raise ValueError(f"burn_in is {self.burn_in}; it must be at least 0")

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
    """What is known after an epoch.

    loss, validation_loss : mean cross-entropy or mean squared error. Samples count alike in both,
        also where the weighted loss is minimised, so that trainings and splits compare.
    The accuracies are None for values, and what is named validation without such a split.
    """

    epoch: int
    loss: float
    train_accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a line of JSON."""
        return asdict(self)


class NetworkTraining:
    """Trains a network epoch by epoch; stop anywhere, restore, and end in the same bits.

    network : takes raw images (B, C, H, W) or a table (B, d), returns logits (B, c) or values
        (B, 1).
    inputs : uint8 images (N, C, H, W) or a float table (N, d), training split.
    labels : integer classes (N,), learned by cross-entropy, or float values (N,), learned by
        squared error.
    validation : inputs and labels of the validation split, or None.
    seed : fixes the order of samples and the augmentation, drawn on the CPU on every device.

    All inputs lie on the device as they are; a batch is one gather, which also shifts and mirrors
    images. With `active_bias` a step minimises the batch's mean of weight * cross-entropy; the
    weights are made anew at the beginning of an epoch and have mean 1 over the training set.

    Raises ValueError for a table that is to be shifted or mirrored, and for values that are to be
    weighted by Active Bias.
    """

    def __init__(
        self,
        network: nn.Module,
        inputs: npt.NDArray[Any],
        labels: npt.NDArray[np.int64] | npt.NDArray[np.float64],
        settings: TrainingSettings,
        *,
        seed: int,
        validation: tuple[npt.NDArray[Any], npt.NDArray[Any]] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.settings, self.device = settings, torch.device(device)
        self.network = place_on(network, self.device)
        self.samples = ResidentSamples(
            inputs, labels, shift=settings.shift, flip=settings.flip, device=self.device
        )
        self.labels = self.samples.labels
        self.active_bias = self._build_active_bias()
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
            "active_bias": None if self.active_bias is None else self.active_bias.state_dict(),
            "epoch": self.epoch,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state; the settings must be those it was made with."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        if self.active_bias is not None:
            self.active_bias.load_state_dict(state["active_bias"])
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

    def _build_active_bias(self) -> ActiveBias | None:
        if self.settings.weighting == "uniform":
            return None
        if self.labels.is_floating_point():
            raise ValueError("weighting active_bias is of classes; for values only uniform is")
        return ActiveBias(len(self.labels), device=self.device)

    def _train_epoch(self) -> EpochRecord:
        started = time.perf_counter()
        self.network.train()
        order = torch.randperm(len(self.labels), generator=self.generator)
        batches = order.split(self.settings.batch_size)
        loss_sum = torch.zeros((), device=self.device)
        hits = torch.zeros((), device=self.device)
        weights = None if self.active_bias is None else self.active_bias.weights().float()
        for number, chosen in enumerate(batches):
            rate = self.settings.rate(self.epoch * len(batches) + number, len(batches))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            loss, correct = self._step(chosen, weights)
            loss_sum += loss * len(chosen)
            hits += correct
        self.epoch += 1
        mean_loss = loss_sum.item() / len(order)
        if not math.isfinite(mean_loss):
            raise ArithmeticError(f"the training loss is {mean_loss} in epoch {self.epoch}")
        return EpochRecord(
            self.epoch,
            mean_loss,
            None if self.labels.is_floating_point() else hits.item() / len(order),
            *self._validate(),
            rate,
            time.perf_counter() - started,
        )

    def _step(self, chosen: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        """One step on the chosen samples; their mean loss, not weighted, and right guesses."""
        inputs = self.samples.gather(chosen, self.generator)
        rows = chosen.to(self.device)
        labels = self.labels[rows]
        mixed = self.settings.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
            outputs = self.network(inputs)
            if weights is None:
                loss = minimised = _loss(outputs, labels)
            else:
                each = nn.functional.cross_entropy(outputs, labels, reduction="none")
                loss, minimised = each.detach().mean(), (each * weights[rows]).mean()
        self.optimizer.zero_grad(set_to_none=True)
        minimised.backward()
        self.optimizer.step()
        if self.active_bias is not None and self.epoch >= self.settings.burn_in:
            self.active_bias.record(rows, correct_probabilities(outputs, labels))
        return loss.detach(), _hits(outputs.detach(), labels)

    @torch.no_grad()
    def _validate(self) -> tuple[float | None, float | None]:
        """Loss and accuracy of the validation split."""
        if self.validation is None:
            return None, None
        self.network.eval()
        inputs, targets = torch.as_tensor(self.validation[0]), as_targets(self.validation[1])
        loss_sum, hits = 0.0, 0
        for start in range(0, len(targets), 1000):
            labels = targets[start : start + 1000].to(self.device)
            outputs = self.network(inputs[start : start + 1000].to(self.device))
            loss_sum += _loss(outputs, labels).item() * len(labels)
            hits += int(_hits(outputs, labels))
        accuracy = None if targets.is_floating_point() else hits / len(targets)
        return loss_sum / len(targets), accuracy


def _loss(outputs: Tensor, labels: Tensor) -> Tensor:
    if labels.is_floating_point():
        return nn.functional.mse_loss(outputs[:, 0], labels)
    return nn.functional.cross_entropy(outputs, labels)


def _hits(outputs: Tensor, labels: Tensor) -> Tensor:
    """Right guesses; 0 for values."""
    if labels.is_floating_point():
        return torch.zeros((), dtype=torch.int64, device=labels.device)
    return (outputs.argmax(1) == labels).sum()
