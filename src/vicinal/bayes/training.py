"""Training of a Bayesian or deterministic classifier step by step, with an average that follows.

A bayesianized network minimises the ELBO's loss (eq. 3). A deterministic one minimises the same
likelihood with the energy of the same prior, which is the posterior's mode; with Langevin steps it
samples from the posterior.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.bayes.elbo import kl_divergence, negative_elbo, prior_energy
from vicinal.bayes.langevin import SGLD
from vicinal.bayes.mean_field import draw_from, random_layers
from vicinal.bayes.rates import Rate
from vicinal.models.backbone import place_on
from vicinal.training.resident_samples import ResidentSamples

Optimizer = Literal["adam", "sgd", "sgld"]


class Follower(Protocol):
    """What reads the network after each step: `HWA` or `Snapshots`."""

    def update(self) -> bool:
        """Count a step, and say whether a cycle has ended."""

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` continues from."""

    def load_state_dict(self, state: dict[str, Any]) -> Any:
        """Continue."""


@dataclass(frozen=True)
class PosteriorSettings:
    """How a network is trained.

    rate : learning rate of each step.
    optimizer : `adam`, `sgd` with Nesterov momentum, or `sgld` (deterministic networks).
    kl_warm_up : epochs over which the KL divergence's weight rises linearly to 1.
    clip_norm : largest norm of the whole gradient; None for any.
    prior_sigma : of a deterministic network's prior; a bayesianized one has its own.
    shift, flip : augmentation of images, see `ResidentSamples`.

    Raises ValueError for values out of range.
    """

    epochs: int
    rate: Rate
    optimizer: Optimizer = "adam"
    batch_size: int = 128
    momentum: float = 0.9
    kl_warm_up: int = 0
    clip_norm: float | None = None
    prior_sigma: float = 1.0
    shift: float = 0.0
    flip: bool = False

    def __post_init__(self) -> None:
        if self.optimizer not in get_args(Optimizer):
            allowed = ", ".join(get_args(Optimizer))
            raise ValueError(f"optimizer is {self.optimizer!r}; allowed are {allowed}")
        for name, least in (("epochs", 1), ("batch_size", 1), ("kl_warm_up", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ValueError(f"clip_norm is {self.clip_norm}; it must be above 0, or None")


@dataclass(frozen=True)
class PosteriorRecord:
    """What is known after an epoch: means over its steps, weighted by their samples.

    nll : of the batches, each with one draw, in nats.
    penalty : KL / n of a bayesianized network, the prior's energy / n of a deterministic one.
    loss : nll + penalty, also where the divergence is warmed up, so that epochs compare.
    step : steps since the beginning.      seconds : of this epoch's steps.
    """

    epoch: int
    step: int
    loss: float
    nll: float
    penalty: float
    learning_rate: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a line of JSON."""
        return asdict(self)


class PosteriorTraining:
    """Trains a classifier epoch by epoch; stop anywhere, restore, and end in the same bits.

    model : takes raw images (B, C, H, W) or a table (B, d), returns logits (B, c); bayesianized or
        deterministic. It is trained in place.
    inputs, labels : uint8 images (N, C, H, W) or a float table (N, d), and integer classes (N,).
    seed : of the order of samples and augmentation, drawn on the CPU, and of the noise of Gaussian
        layers and Langevin steps, drawn on the device.
    follower : `HWA` or `Snapshots` of the same model, updated after each step.

    A last batch of a single sample, which batch normalisation cannot take, joins the one before it.
    Raises ValueError for labels that are no classes, for `sgld` on a bayesianized network, where a
    follower's cycle is longer than the whole run, and where an average with a rank would be of
    fewer than two cycles.
    """

    def __init__(
        self,
        model: nn.Module,
        inputs: npt.NDArray[Any],
        labels: npt.NDArray[np.int64],
        settings: PosteriorSettings,
        *,
        seed: int,
        follower: Follower | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        if labels.dtype.kind not in "iu":
            raise ValueError(f"labels are {labels.dtype}; classes are whole numbers")
        self.settings, self.follower = settings, follower
        self.model = place_on(model, torch.device(device))
        self.samples = ResidentSamples(
            inputs, labels, shift=settings.shift, flip=settings.flip, device=device
        )
        self.is_random = next(random_layers(model), None) is not None
        self.order = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(self.samples.device).manual_seed(seed + 1)
        draw_from(self.model, self.noise)
        self.optimizer = self._build_optimizer()
        self.epoch = 0
        self._check_cycle()

    @property
    def steps_per_epoch(self) -> int:
        """Batches that the training set makes; the last may be smaller."""
        return len(self._batches(torch.arange(len(self.samples))))

    @property
    def step(self) -> int:
        """Steps done."""
        return self.epoch * self.steps_per_epoch

    def run(self) -> Iterator[PosteriorRecord]:
        """Train from the current epoch to the last; yields after each.

        Raises ArithmeticError where the loss or a parameter stops being finite; the step is named.
        """
        while self.epoch < self.settings.epochs:
            yield self._train_epoch()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the rest of the training depends on."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "order": self.order.get_state(),
            "noise": self.noise.get_state(),
            "follower": None if self.follower is None else self.follower.state_dict(),
            "epoch": self.epoch,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state; the settings must be those it was made with."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.order.set_state(state["order"].cpu())
        self.noise.set_state(state["noise"].cpu())
        if self.follower is not None:
            self.follower.load_state_dict(state["follower"])
        self.epoch = int(state["epoch"])

    def _build_optimizer(self) -> torch.optim.Optimizer:
        parameters, s = self.model.parameters(), self.settings
        rate = s.rate.upper
        if s.optimizer == "adam":
            return torch.optim.Adam(parameters, rate)
        if s.optimizer == "sgd":
            return torch.optim.SGD(parameters, rate, momentum=s.momentum, nesterov=s.momentum > 0)
        if self.is_random:
            raise ValueError("sgld samples the parameters of deterministic networks")
        return SGLD(parameters, rate, n_train=len(self.samples), generator=self.noise)

    def _check_cycle(self) -> None:
        steps, cycle = (
            self.settings.epochs * self.steps_per_epoch,
            getattr(self.follower, "cycle", 0),
        )
        if cycle > steps:
            raise ValueError(
                f"cycle is {cycle}; the run has {steps} steps ({self.settings.epochs} epochs of "
                f"{self.steps_per_epoch}), so that no cycle would end"
            )
        if getattr(self.follower, "rank", 0) and 2 * cycle > steps:
            raise ValueError(
                f"cycle is {cycle}; a low-rank covariance is of two cycles or more, and the run "
                f"has {steps} steps"
            )

    def _batches(self, order: Tensor) -> list[Tensor]:
        batches = list(order.split(self.settings.batch_size))
        if len(batches) > 1 and len(batches[-1]) == 1:
            batches[-2:] = [torch.cat(batches[-2:])]
        return batches

    def _train_epoch(self) -> PosteriorRecord:
        started = time.perf_counter()
        self.model.train()
        batches = self._batches(torch.randperm(len(self.samples), generator=self.order))
        steps = self.settings.epochs * len(batches)
        found = []
        for number, chosen in enumerate(batches):
            rate = self.settings.rate.at(self.step + number, steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            found.append(self._step(chosen, (self.step + number) / len(batches)))
            if self.follower is not None:
                try:
                    self.follower.update()
                except ArithmeticError:
                    self._check_finite(
                        found
                    )  # the loss that was the first to go is the better clue
                    raise
        terms = self._check_finite(found)
        self._check_parameters(self.step + len(batches))
        sizes = torch.tensor([len(chosen) for chosen in batches], dtype=torch.float64)
        nll, penalty = (sizes @ terms / sizes.sum()).tolist()
        self.epoch += 1
        seconds = time.perf_counter() - started
        return PosteriorRecord(self.epoch, self.step, nll + penalty, nll, penalty, rate, seconds)

    def _step(self, chosen: Tensor, epochs: float) -> Tensor:
        """One step on the chosen samples, `epochs` into the run; its NLL and penalty (2,)."""
        rows = chosen.to(self.samples.device)
        outputs = self.model(self.samples.gather(chosen, self.order))
        nll = nn.functional.cross_entropy(outputs, self.samples.labels[rows])
        n, s = len(self.samples), self.settings
        if self.is_random:
            weight = min(1.0, epochs / s.kl_warm_up) if s.kl_warm_up else 1.0
            penalty = kl_divergence(self.model)
            loss = negative_elbo(nll, penalty, n, weight)
        else:
            penalty = prior_energy(self.model, s.prior_sigma)
            loss = nll + penalty / n
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if s.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), s.clip_norm)
        self.optimizer.step()
        return torch.stack([nll.detach(), penalty.detach() / n])

    def _check_finite(self, found: list[Tensor]) -> Tensor:
        """The terms (steps, 2) of an epoch's steps on the CPU; raises where one is not finite."""
        terms = torch.stack(found).double().cpu()
        bad = (~torch.isfinite(terms).all(1)).nonzero()
        if len(bad):
            step = self.step + int(bad[0]) + 1
            nll, penalty = terms[int(bad[0])].tolist()
            raise ArithmeticError(
                f"the loss is not finite in step {step} (epoch {self.epoch + 1}): NLL {nll}, "
                f"penalty {penalty}; a lower rate, a smaller initial sigma or clip_norm may help"
            )
        return terms

    def _check_parameters(self, step: int) -> None:
        """The last step's parameters, which no loss has seen yet."""
        for name, parameter in self.model.named_parameters():
            if not bool(torch.isfinite(parameter).all()):
                raise ArithmeticError(f"{name} is not finite after step {step}")
