"""Linear models with squared error on all samples at once: an epoch without a pass over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vicinal.training.descent import Descent

if TYPE_CHECKING:
    from vicinal.training.heads import HeadSettings

# Measured on a CPU core: with fewer samples a column, back-propagation through them is faster.
SAMPLES_PER_COLUMN = 4
MOMENT_BYTES = 2**28


def moments_pay(inputs: int, outputs: int, samples: int, weightings: int, epochs: int) -> bool:
    """Whether the samples' moments, once for every weighting, cost less than the samples.

    They must be smaller than the samples, fit in memory, and serve more epochs than they have
    columns, for summing them takes about as long as an epoch a column.
    """
    columns = inputs + 1
    fits = 8 * weightings * columns * (columns + outputs) <= MOMENT_BYTES
    return fits and SAMPLES_PER_COLUMN * columns <= samples and columns <= epochs


class LeastSquaresProgram(Descent):
    """S seeds x M weightings of a linear model, each step on all samples.

    With a column of ones beside the inputs, Z = (x, 1), and the bias below the weights, B = (W; b),
    the weighted loss sum_n s_n |z_n B - t_n|^2 / c has the gradient

        2/c (Z' diag(s) Z B - Z' diag(s) t),

    so that after the first pass over the samples a step costs one product with the (d + 1, d + 1)
    moments, however many samples there are. Seeds that share samples and weights share moments.

    The gradient is a difference of large moments, and moments square the condition of the samples:
    they are summed, and steps are taken, in float64 whatever the precision of the result.

    At the end of a long training, when gradients have all but vanished, Adam's step is unstable
    and enlarges any rounding error. Parameters then agree with those of back-propagation as well
    as these do with themselves after the samples are put into another order.
    """

    def __init__(
        self,
        initial: Tensor,
        settings: HeadSettings,
        x: Tensor,
        t: Tensor,
        share: Tensor,
    ) -> None:
        """Sum the moments.

        initial : (S, M, d, c) weights, of the type that the trained parameters shall have; biases
            begin at 0.
        x : (1 or S, N, d), t : (1 or S, N, c), share : (1 or S, M, N), by which each loss is
            multiplied; an axis of 1 is shared by all seeds. All float64.
        """
        seeds, self.members, _, self.outputs = initial.shape
        self.dtype = initial.dtype
        z = torch.cat([x, torch.ones_like(x[..., :1])], dim=2)
        own = max(len(x), len(share))
        self.shape = own, self.members, seeds // own, self.outputs, z.shape[2]
        self.curvature, pull = _moments(z, t, share, own)
        # One row an output and seed of the same moments, for a product of rows and symmetric
        # moments is faster than one of moments and columns where there are many inputs.
        self.pull = pull[:, None].expand(-1, seeds // own, -1, -1).flatten(1, 2)
        rows = torch.cat([initial, torch.zeros_like(initial[:, :, :1])], dim=2).mT
        rows = rows.unflatten(0, (own, -1)).transpose(1, 2)
        super().__init__(rows.to(x.dtype).reshape(-1), settings)
        self.rows = self.flat.view_as(self.pull)
        self.row_gradients = self.gradient.view_as(self.pull)

    def step(self) -> None:
        """One descent step on all samples."""
        torch.baddbmm(self.pull, self.rows, self.curvature, beta=-1, out=self.row_gradients)
        self.descend()

    def is_finite(self) -> bool:
        """Whether every parameter is a number in the precision of the result."""
        return bool(torch.isfinite(self.flat.to(self.dtype).sum()))

    def parameters(self, seeds: int) -> tuple[list[Tensor], list[Tensor]]:
        """Weights (S, M, inputs, outputs) and biases (S, M, 1, outputs) of the one layer."""
        by_seed = self.flat.view(self.shape).transpose(1, 2).flatten(0, 1).mT.to(self.dtype)
        return [by_seed[:, :, :-1].contiguous()], [by_seed[:, :, -1:].contiguous()]


def _moments(z: Tensor, t: Tensor, share: Tensor, own: int) -> tuple[Tensor, Tensor]:
    """2/c Z' diag(s) Z as (own M, p, p) and 2/c t' diag(s) Z as (own M, c, p)."""
    second, cross = [], []
    for number in range(own):
        samples, targets = z[number % len(z)], t[number % len(t)]
        for weights in share[number % len(share)]:
            weighted = samples * (weights[:, None] * (2 / t.shape[2]))
            second.append(samples.T @ weighted)
            cross.append(targets.T @ weighted)
    return torch.stack(second), torch.stack(cross)
