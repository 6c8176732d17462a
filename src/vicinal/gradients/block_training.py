"""One block of networks of one shape: its parameters, its batches, its epochs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.gradients.double_backpropagation import DoubleBackpropagation, Streams
from vicinal.gradients.networks import Networks, initial_parameters
from vicinal.gradients.training_samples import PackedSamples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

FloatArray = npt.NDArray[np.float64]


class Parameters:
    """Parameters of B networks in one buffer, their gradients in another, and Adam's step.

    Layer by layer: weights (B, inputs, outputs) and biases (B, 1, outputs) are views.
    """

    def __init__(self, weights: list[Tensor], epsilon: float) -> None:
        shapes = [w.shape for w in weights] + [w[:, :1].shape for w in weights]
        total = sum(shape.numel() for shape in shapes)
        self.flat, self.gradient = weights[0].new_zeros(total), weights[0].new_zeros(total)
        self.shapes, self.layers = shapes, len(weights)
        for target, weight in zip(self.views(self.flat), weights, strict=False):
            target.copy_(weight)
        self.flat.grad = self.gradient
        self.optimizer = torch.optim.Adam([self.flat], eps=epsilon, fused=True)

    def views(self, flat: Tensor) -> list[Tensor]:
        """Weights, then biases, as views of a buffer."""
        parts = flat.split([shape.numel() for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(parts, self.shapes, strict=True)]

    def split(self, flat: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Views of a buffer: weights and biases."""
        views = self.views(flat)
        return views[: self.layers], views[self.layers :]

    def step(self, rate: float) -> None:
        """One step of Adam along the gradient."""
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()

    def mean_change(self, before: Tensor) -> Tensor:
        """Mean absolute difference (B,) of each network's parameters from those of a buffer."""
        views = self.views((self.flat - before).abs_())
        total = torch.stack([view.flatten(1).sum(dim=1) for view in views]).sum(dim=0)
        return total / sum(view[0].numel() for view in views)


class BlockTraining:
    """The training of one block of networks, epoch by epoch.

    samples : what is fitted.  seeds : one a network.  used_inputs : one a network, or None.
    """

    def __init__(
        self,
        samples: PackedSamples,
        seeds: Sequence[int],
        used_inputs: Sequence[int] | None,
        settings: SurrogateSettings,
        streams: Streams,
        monitor: Monitor,
    ) -> None:
        self.samples, self.settings = samples, settings
        like = samples.record
        q, c = samples.shapes["inputs"][0], samples.shapes["values"][0]
        widths = [q, *settings.hidden, c]
        keys = list(zip(seeds, used_inputs or [q] * len(seeds), strict=True))
        # Networks of one seed and input width draw the same: once for all of them.
        unique = list(dict.fromkeys(keys))
        self.generators = [torch.Generator().manual_seed(seed) for seed, _ in unique]
        self.which = torch.tensor([unique.index(key) for key in keys])
        drawn = [
            initial_parameters(widths, generator, used)
            for generator, (_, used) in zip(self.generators, unique, strict=True)
        ]
        layers = [torch.stack(layer)[self.which].to(like) for layer in zip(*drawn, strict=True)]
        self.parameters = Parameters(layers, settings.epsilon)
        self.program = DoubleBackpropagation(
            *self.parameters.split(self.parameters.flat),
            *self.parameters.split(self.parameters.gradient),
            output=settings.output,
            streams=streams,
        )
        self.records = _Records(self.networks(), self.parameters, monitor)

    def networks(self) -> Networks:
        """The networks; their parameters are views of the block's."""
        parts = self.parameters.split(self.parameters.flat)
        return Networks(*parts, self.settings.output)

    @torch.no_grad()
    def run_epoch(self, epoch: int) -> int | None:
        """Train for an epoch, counted from 0. Returns a network that is not finite, or None."""
        rate = self.settings.rate(epoch)
        self.records.before()
        for batch in self._order().split(self.settings.batch_size or self.samples.size, dim=1):
            self.program.gradients(self.samples.batch(batch))
            self.parameters.step(rate)
        if not torch.isfinite(self.parameters.flat.sum()):
            sums = [
                view.flatten(1).sum(dim=1) for view in self.parameters.views(self.parameters.flat)
            ]
            return int(torch.isfinite(torch.stack(sums)).all(dim=0).int().argmin())
        self.records.after(epoch)
        return None

    def _order(self) -> Tensor:
        """Each network's own order (B, N) of the samples."""
        drawn = [torch.randperm(self.samples.size, generator=g) for g in self.generators]
        return torch.stack(drawn)[self.which].to(self.samples.record.device)

    def result(self) -> tuple[Networks, dict[str, FloatArray]]:
        """The trained networks and the monitor's records, (B, epochs, c) or (B, epochs)."""
        self.records.restore()
        return self.networks(), self.records.history()


class _Records:
    """What a monitor asks for, recorded epoch by epoch."""

    def __init__(self, networks: Networks, parameters: Parameters, monitor: Monitor) -> None:
        like = parameters.flat
        self.networks, self.parameters, self.monitor = networks, parameters, monitor
        self.samples = {
            name: tuple(torch.tensor(array, dtype=like.dtype, device=like.device) for array in pair)
            for name, pair in monitor.samples.items()
        }
        self.curves: dict[str, list[Tensor]] = {name: [] for name in monitor.samples}
        if monitor.updates:
            self.curves["updates"] = []
        self.best = like.clone()
        self.least = like.new_full((len(networks.weights[0]),), torch.inf)
        self.best_epoch = torch.zeros_like(self.least, dtype=torch.int64)

    def before(self) -> None:
        """What has to be kept of the parameters before an epoch."""
        if self.monitor.updates:
            self.start = self.parameters.flat.clone()

    def after(self, epoch: int) -> None:
        """Record an epoch, counted from 0."""
        for name, (inputs, values) in self.samples.items():
            error = (self.networks.predict(inputs) - values).square_().mean(dim=1)
            self.curves[name].append(error.sqrt().cpu())
            if name == self.monitor.keep_best:
                better = error.mean(dim=1) < self.least
                self.least = torch.where(better, error.mean(dim=1), self.least)
                self.best_epoch[better] = epoch
                now, best = (self.parameters.views(b) for b in (self.parameters.flat, self.best))
                for target, source in zip(best, now, strict=True):
                    target[better] = source[better]
        if self.monitor.updates:
            self.curves["updates"].append(self.parameters.mean_change(self.start).cpu())

    def restore(self) -> None:
        """Give the parameters of each network's best epoch back, if they were to be kept."""
        if self.monitor.keep_best is not None:
            self.parameters.flat.copy_(self.best)

    def history(self) -> dict[str, FloatArray]:
        """The records as float64 arrays, networks first."""
        found = {name: torch.stack(curve, dim=1) for name, curve in self.curves.items()}
        if self.monitor.keep_best is not None:
            found["best_epoch"] = self.best_epoch
        return {name: curve.double().cpu().numpy() for name, curve in found.items()}
