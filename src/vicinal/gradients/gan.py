"""Algorithm 1: a GAN whose generator is trained on the discriminator's derivatives, too."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from vicinal.data.image_arrays import check_images
from vicinal.gradients.gan_settings import GanRecord, GanSettings
from vicinal.models.gan import Discriminator, Generator, UInt8Array, generate_images


class GanTraining:
    """Trains T trials at once, record by record; stop anywhere, restore, end in the same bits.

    images : uint8 (N, C, H, W), the true ones. They lie on the device as they are.
    seeds : one a trial. It fixes the initial weights, the batches and the noise, all drawn on the
        CPU: trainings with and without gradients that have the same seeds are paired.

    Batches are drawn with replacement. The generator has the loss -log D(fake), as is customary.
    `discriminator` is the paper's D_standard, `gradient_discriminator` its D_gradient.

    Raises ValueError for images of another kind, and without a seed.

    McDonagh and Chen, section 6, algorithm 1. All trials are one batched program: on one core it
    takes half as long as a loop over 3 trials, or `torch.func.vmap`, for 8 x 8 pixels, and as long
    as the loop for 28 x 28.
    """

    def __init__(
        self,
        images: UInt8Array,
        settings: GanSettings,
        *,
        seeds: Sequence[int],
        device: torch.device | str = "cpu",
    ) -> None:
        check_images(images)
        if not len(seeds):
            raise ValueError("no seeds are given; a trial needs one")
        self.settings, self.device = settings, torch.device(device)
        self.images = torch.tensor(images).to(self.device)
        self.draws = [torch.Generator().manual_seed(seed) for seed in seeds]
        channels, height, width = images.shape[1:]
        built = ((channels, height, width), settings.shape, self.draws)
        self.generator = Generator(*built).to(self.device)
        self.discriminator = Discriminator(*built).to(self.device)
        self.gradient_discriminator = copy.deepcopy(self.discriminator).requires_grad_(False)
        self.generator_step = self._adam(self.generator)
        self.discriminator_step = self._adam(self.discriminator)
        self.iteration = 0

    @property
    def iterations(self) -> int:
        """Iterations in all."""
        return self.settings.iterations

    def run(self) -> Iterator[GanRecord]:
        """Train from the current iteration to the last; yields after each `record_every`.

        Raises ArithmeticError where a loss stops being finite (the trial is named).
        """
        while self.iteration < self.iterations:
            started = time.perf_counter()
            left = self.settings.record_every - self.iteration % self.settings.record_every
            count = min(left, self.iterations - self.iteration)
            found = torch.stack([self._iterate() for _ in range(count)])
            self.iteration += count
            yield self._record(found.cpu().double().mean(dim=0), time.perf_counter() - started)

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything that the rest of the training depends on."""
        # The gradient discriminator is a copy of the discriminator after every iteration.
        return copy.deepcopy(
            {
                "generator": dict(self.generator.state_dict()),
                "discriminator": dict(self.discriminator.state_dict()),
                "generator_step": self.generator_step.state_dict(),
                "discriminator_step": self.discriminator_step.state_dict(),
                "draws": [draws.get_state() for draws in self.draws],
                "iteration": self.iteration,
            }
        )

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state; images, settings and seeds must be those it was made with."""
        self.generator.load_state_dict(state["generator"])
        self.discriminator.load_state_dict(state["discriminator"])
        self._pass_parameters()
        self.generator_step.load_state_dict(copy.deepcopy(state["generator_step"]))
        self.discriminator_step.load_state_dict(copy.deepcopy(state["discriminator_step"]))
        for draws, drawn in zip(self.draws, state["draws"], strict=True):
            draws.set_state(drawn.cpu())
        self.iteration = int(state["iteration"])

    def generate(self, count: int, *, seed: int, block: int = 1000) -> UInt8Array:
        """Images of the generators as they are; see `vicinal.models.gan.generate_images`."""
        return generate_images(self.generator, count, seed=seed, block=block)

    def _adam(self, network: nn.Module) -> torch.optim.Adam:
        s = self.settings
        # Keras' epsilon, for the paper's other networks used Keras.
        return torch.optim.Adam(
            network.parameters(), s.learning_rate, (s.momentum, 0.999), eps=1e-7, fused=True
        )

    def _iterate(self) -> Tensor:
        """One iteration of algorithm 1; its line numbers in the comments. Returns (6, T)."""
        reals = self._draw_reals()
        unused, for_fakes, for_generator = (self._draw_noise() for _ in range(3))
        with torch.no_grad():
            fakes = self.generator(for_fakes)  # 3
        stored = self._derivatives_at(reals) if self.settings.stored == "before" else None  # 4
        discriminator_loss = self._update_discriminator(reals, fakes)  # 5
        self._pass_parameters()  # 6
        if self.settings.stored == "after":
            stored = self._derivatives_at(reals)
        before = self._share_called_fake(unused)
        generator_loss, matching = self._update_generator(for_generator, stored)  # 7
        after = self._share_called_fake(unused)
        with torch.no_grad():
            on_reals = (self.discriminator(reals) > 0).float().mean(dim=1)
        return torch.stack([discriminator_loss, generator_loss, matching, on_reals, before, after])

    def _update_discriminator(self, reals: Tensor, fakes: Tensor) -> Tensor:
        """One step on the mean cross-entropy; its value (T,) before the step."""
        logits = self.discriminator(torch.cat([reals, fakes], dim=1))
        on_reals, on_fakes = logits.chunk(2, dim=1)
        loss = (softplus(-on_reals).mean(dim=1) + softplus(on_fakes).mean(dim=1)) / 2
        _descend(self.discriminator_step, loss)
        return loss.detach()

    def _update_generator(self, noise: Tensor, stored: Tensor | None) -> tuple[Tensor, Tensor]:
        """One step; the usual loss (T,) and the matching loss (T,), NaN without gradients."""
        fakes = self.generator(noise)
        logits = self.gradient_discriminator(fakes)
        usual = loss = softplus(-logits).mean(dim=1)
        matching = torch.full_like(usual, torch.nan)
        if stored is not None:
            matching = matching_loss(image_derivatives(logits, fakes, differentiable=True), stored)
            loss = usual + self.settings.gradient_weight * matching
        _descend(self.generator_step, loss)
        return usual.detach(), matching.detach()

    def _derivatives_at(self, reals: Tensor) -> Tensor | None:
        """Derivatives of the gradient discriminator at the reals; None for the conventional GAN."""
        if self.settings.gradient_weight == 0:
            return None
        images = reals.clone().requires_grad_()
        return image_derivatives(self.gradient_discriminator(images), images, differentiable=False)

    @torch.no_grad()
    def _pass_parameters(self) -> None:
        """Give the gradient discriminator the discriminator's weights."""
        pairs = zip(
            self.gradient_discriminator.parameters(), self.discriminator.parameters(), strict=True
        )
        for copied, original in pairs:
            copied.copy_(original)

    @torch.no_grad()
    def _share_called_fake(self, noise: Tensor) -> Tensor:
        """Share (T,) of the noise's images that the discriminator calls fake."""
        return (self.discriminator(self.generator(noise)) <= 0).float().mean(dim=1)

    def _draw_reals(self) -> Tensor:
        """Each trial's own batch (T, B, C, H, W) of reals in [-1, 1]."""
        size = (self.settings.batch_size,)
        rows = [torch.randint(len(self.images), size, generator=draws) for draws in self.draws]
        return self.images[torch.stack(rows).to(self.device)].float() / 127.5 - 1

    def _draw_noise(self) -> Tensor:
        """Each trial's own noise (T, B, noise)."""
        size = (self.settings.batch_size, self.generator.noise)
        drawn = [torch.randn(size, generator=draws) for draws in self.draws]
        return torch.stack(drawn).to(self.device)

    def _record(self, means: Tensor, seconds: float) -> GanRecord:
        values = means.numpy()
        conventional = self.settings.gradient_weight == 0
        finite = np.isfinite(values[[0, 1] if conventional else [0, 1, 2]]).all(axis=0)
        if not finite.all():
            raise ArithmeticError(
                f"training the GAN: a loss of trial {finite.argmin()} is not finite by iteration "
                f"{self.iteration}; a learning rate below {self.settings.learning_rate} may help"
            )
        lines = values.tolist()
        return GanRecord(
            iteration=self.iteration,
            discriminator_loss=lines[0],
            generator_loss=lines[1],
            matching_loss=None if conventional else lines[2],
            accuracy_on_reals=lines[3],
            accuracy_on_fakes_before=lines[4],
            accuracy_on_fakes_after=lines[5],
            seconds=seconds,
        )


def image_derivatives(logits: Tensor, images: Tensor, *, differentiable: bool) -> Tensor:
    """Derivatives of D's output, the probability of being real, by its images.

    logits : (T, B), of these images alone.     images : (T, B, C, H, W).
    differentiable : whether the derivatives are to be differentiated in turn.

    Returns (T, B, C, H, W).
    """
    (found,) = torch.autograd.grad(logits.sigmoid().sum(), images, create_graph=differentiable)
    return found


def matching_loss(at_fakes: Tensor, at_reals: Tensor) -> Tensor:
    """Mean squared difference (T,) of derivatives (T, B, C, H, W), over images and pixels.

    Fakes and reals are paired by their place in the batch; both are drawn independently.
    """
    return (at_fakes - at_reals).square().flatten(1).mean(dim=1)


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step on each trial's loss (T,): their sum, for no two share a parameter."""
    parameters = optimizer.param_groups[0]["params"]
    for parameter, gradient in zip(
        parameters, torch.autograd.grad(loss.sum(), parameters), strict=True
    ):
        parameter.grad = gradient
    optimizer.step()
