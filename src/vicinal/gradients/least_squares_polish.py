"""Trained surrogates taken on to the least squares of their samples: Levenberg-Marquardt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.gradients.double_backpropagation import Output
from vicinal.gradients.networks import Networks
from vicinal.gradients.tangent_kernel import Linearisation, linearise
from vicinal.gradients.training_samples import TrainingSamples

FloatArray = npt.NDArray[np.float64]
# A network's matrix of residuals by residuals: 6000 of them are 275 MiB, and there are a few.
MOST_RESIDUALS, BLOCK_BYTES = 6000, 2**24
FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING, CALMER, STRONGER = 1e-3, 1e-15, 1e9, 0.2, 5.0


def polish_networks(
    networks: Networks,
    samples: TrainingSamples,
    alpha: float | Sequence[float] | FloatArray,
    steps: int,
) -> tuple[Networks, FloatArray]:
    """Take B trained networks closer to their samples by so many steps of Levenberg-Marquardt.

        parameters <- parameters - J' (J J' + damping I)^-1 r

    r : the residuals of values and derivatives, times the roots of what their squares count in
        `train_surrogates`; J : their derivatives by the parameters. J J' is the tangent kernel,
        which is found layer by layer without J. A step of a network that does not lower the sum of
        squares is not taken, and its damping grows.

    For samples without noise: a network of more parameters than residuals ends by fitting them
    all. Computed in float64; the result has the networks' type. A step takes some
    (N c (1 + p))^3 / 3 operations and as many numbers' memory as the kernel has, (N c (1 + p))^2.

    Returns the networks and the objective (B, steps + 1), before the first step and after each.
    Raises ValueError for more than 6000 residuals a network.
    """
    count = len(networks.weights[0])
    weight = np.broadcast_to(np.asarray(alpha, dtype=np.float64), count)
    directions = check_size(samples, weight)
    residuals = samples.values[0].size * (1 + directions)
    found, losses = [], []
    size = max(1, BLOCK_BYTES // (8 * residuals**2))
    for start in range(0, count, size):
        block = slice(start, start + size)
        polish = _Polish(networks.pick(block), samples, block, weight[block], directions)
        losses.append(polish.run(steps))
        found.append(polish.parameters)
    like = networks.weights[0]
    layers = [torch.cat(parts).to(like) for parts in zip(*found, strict=True)]
    polished = Networks(
        [layer[:, :-1].contiguous() for layer in layers],
        [layer[:, -1:].contiguous() for layer in layers],
        networks.output,
        networks.block_bytes,
    )
    return polished, np.concatenate(losses)


def check_size(samples: TrainingSamples, alpha: FloatArray) -> int:
    """How many derivatives of each value are fitted; ValueError for too many residuals."""
    directions = 0 if samples.partials is None or (alpha == 1).all() else samples.partials.shape[3]
    rows, outputs = samples.values.shape[1:]
    residuals = rows * outputs * (1 + directions)
    if residuals > MOST_RESIDUALS:
        raise ValueError(
            f"polish: {rows} samples of {outputs} values and {directions} derivatives of each are "
            f"{residuals} residuals; allowed are at most {MOST_RESIDUALS}"
        )
    return directions


class _Polish:
    """The polishing of a block of networks.

    parameters : one tensor (B, inputs + 1, outputs) a layer, float64: weights, then biases.
    """

    def __init__(
        self,
        networks: Networks,
        samples: TrainingSamples,
        block: slice,
        alpha: FloatArray,
        directions: int,
    ) -> None:
        self.output: Output = networks.output
        self.parameters = [
            torch.cat(layer, dim=1).double()
            for layer in zip(networks.weights, networks.biases, strict=True)
        ]
        device = self.parameters[0].device

        def own(array: FloatArray) -> Tensor:
            part = array if len(array) == 1 else array[block]
            part = np.broadcast_to(part, (len(alpha), *part.shape[1:]))
            return torch.tensor(part, dtype=torch.float64, device=device)

        # Streams first, then rows: values, and the derivatives along each direction.
        inputs, goals, shares = (
            [own(array)[..., None]]
            for array in (samples.inputs, samples.values, samples.value_share)
        )
        scale = torch.tensor(alpha, device=device)[:, None, None, None]
        shares[0] = shares[0] * scale
        if directions and samples.partials is not None and samples.partial_share is not None:
            q = samples.inputs.shape[2]
            axes = np.broadcast_to(np.eye(q), (1, samples.inputs.shape[1], q, q))
            inputs.append(own(axes if samples.tangents is None else samples.tangents))
            goals.append(own(samples.partials))
            shares.append(own(samples.partial_share) * (1 - scale))
        self.inputs = torch.cat(inputs, dim=3).permute(0, 3, 1, 2).contiguous()
        self.goals, share = (
            torch.cat(parts, dim=3).permute(0, 2, 3, 1).contiguous() for parts in (goals, shares)
        )
        self.roots = (share / self.inputs.shape[2]).sqrt_()

    def run(self, steps: int) -> FloatArray:
        """Take the steps. Returns the objective (B, steps + 1)."""
        damping = torch.full_like(self.roots[:, 0, 0, 0], FIRST_DAMPING)
        here = linearise(self.parameters, self.inputs, self.output)
        residual = self._residual(here)
        loss = residual.square().sum(dim=1)
        curve = [loss]
        for _ in range(steps):
            tried = self._tried(here, residual, damping)
            there = linearise(tried, self.inputs, self.output)
            new = self._residual(there)
            new_loss = new.square().sum(dim=1)
            better = new_loss < loss  # not where it is NaN
            for now, then in zip(self.parameters, tried, strict=True):
                now[better] = then[better]
            here.adopt(there, better)
            residual[better], loss = new[better], torch.where(better, new_loss, loss)
            damping = damping * torch.where(better, CALMER, STRONGER)
            damping = damping.clamp(LEAST_DAMPING, MOST_DAMPING)
            curve.append(loss)
        return torch.stack(curve, dim=1).cpu().numpy()

    def _residual(self, point: Linearisation) -> Tensor:
        """Weighted residuals (B, c S N)."""
        return ((point.found - self.goals) * self.roots).flatten(1)

    def _tried(self, point: Linearisation, residual: Tensor, damping: Tensor) -> list[Tensor]:
        """The parameters a step further on; NaN where the damped kernel is not positive."""
        roots = self.roots.flatten(1)
        kernel = point.kernel().mul_(roots[:, :, None]).mul_(roots[:, None])
        diagonal = kernel.diagonal(dim1=1, dim2=2)
        # Relative to the mean of those that count, so that a network's residuals that do not (it
        # may stand beside others that are given more) change nothing in it.
        scale = diagonal.sum(dim=1) / (roots > 0).sum(dim=1)
        diagonal += (damping * scale)[:, None]
        factor, failed = torch.linalg.cholesky_ex(kernel)
        dual = torch.cholesky_solve(residual[..., None], factor)[..., 0]
        dual[failed > 0] = torch.nan
        change = point.pull_back((dual * roots).view_as(self.roots))
        return [now - step for now, step in zip(self.parameters, change, strict=True)]
