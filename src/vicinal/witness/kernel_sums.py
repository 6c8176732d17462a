"""Sums of a kernel over weighted samples, at many points and for many columns of weights at once.

Two paths lead to the same numbers. `features`: the Hermite kernel's finite rank makes the sums an
inner product, linear in samples and in points. `pairwise`: the kernel of every pair, once, times
all columns. Memory stays within a few blocks of `block_bytes` in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from vicinal.witness.kernel import blocks, kernel_diagonal, pairwise_kernel
from vicinal.witness.label_columns import Columns
from vicinal.witness.tensor_features import MOST_FEATURES, TensorFeatures, rank

# What elementwise steps cost beside a multiplication in a matrix product, measured on two cores.
_STEP = 6


@dataclass(frozen=True)
class Kernel:
    """A kernel of points that are divided by sigma already.

    name : hermite or gaussian, exp(-|x - y|^2 / 2).     n, log_factor : of the former.
    """

    name: str
    n: int
    log_factor: float = 0.0

    def pairs(self, a: Tensor, b: Tensor) -> Tensor:
        """The kernel of all pairs, (N, M)."""
        if self.name == "hermite":
            return pairwise_kernel(a, b, self.n, self.log_factor)
        # Distances by differences: the quicker product loses the digits of near pairs.
        exact = "donot_use_mm_for_euclid_dist"
        return torch.cdist(a, b, compute_mode=exact).square_().mul_(-0.5).exp_()

    def diagonal(self, points: Tensor) -> Tensor:
        """The kernel of each point with itself, (N,)."""
        if self.name == "hermite":
            return kernel_diagonal(points, self.n, self.log_factor)
        return points.new_ones(len(points))


def cheaper_path(kernel: Kernel, q: int, samples: int, points: int, columns: int) -> str:
    """`features` or `pairwise`, whichever takes fewer multiplications by these counts.

    Features: (N + M) rank (columns + 6 q), with rank = binom(n^2 - 1 + q, q).
    Pairwise: N M (n^4 / 4 + 30 n^2 + 18 q + columns): products over orders, a recurrence in the
    angle, its cosine, and the sums. One elementwise step counts as 6 multiplications in a product.
    """
    if kernel.name != "hermite":
        return "pairwise"
    size = rank(q, kernel.n)
    features = (samples + points) * size * (columns + _STEP * q)
    of_pair = kernel.n**4 / 4 + 5 * _STEP * kernel.n**2 + 3 * _STEP * q + columns
    cheaper = features <= samples * points * of_pair and size <= MOST_FEATURES
    return "features" if cheaper else "pairwise"


@dataclass(frozen=True)
class KernelSums:
    """Sums of a kernel over samples.

    kernel : of points divided by sigma.     samples : (N, q) such points.
    path : features or pairwise.
    block_bytes : bound on each block of features, kernel values, weights and sums.
    """

    kernel: Kernel
    samples: Tensor
    path: str
    block_bytes: int

    def of(
        self, points: Tensor, columns: Columns, permutations: int
    ) -> Iterator[tuple[slice, slice, Tensor]]:
        """Blocks of sums over the weighted samples: their points, their permutations, the sums.

        points : (M, q).     columns : the weights.     permutations : how many of them, from 0 on.

        Sums are (m, columns of these permutations). Every point meets every permutation once.
        """
        if self.path == "features":
            yield from self._by_features(points, columns, permutations)
        else:
            yield from self._by_pairs(points, columns, permutations)

    def _by_features(
        self, points: Tensor, columns: Columns, permutations: int
    ) -> Iterator[tuple[slice, slice, Tensor]]:
        q = points.shape[1]
        features = TensorFeatures(q, self.kernel.n, self.kernel.log_factor, points.device)
        size = len(features.scale)
        for chunk in blocks(permutations, self._fitting(size * columns.width)):
            width = (chunk.stop - chunk.start) * columns.width + 1
            most = self._fitting(max(size, width, q * self.kernel.n**2))
            coefficients = points.new_zeros((size, width))
            for rows in blocks(len(self.samples), most):
                coefficients.addmm_(features(self.samples[rows]), columns.of(rows, chunk))
            for rows in blocks(len(points), most):
                yield rows, chunk, features(points[rows]).T @ coefficients

    def _by_pairs(
        self, points: Tensor, columns: Columns, permutations: int
    ) -> Iterator[tuple[slice, slice, Tensor]]:
        everything = slice(0, permutations)
        width = permutations * columns.width + 1
        # Square blocks of the kernel, smaller where the columns are many.
        most = min(self._fitting(width), int((self.block_bytes / 8) ** 0.5))
        for rows in blocks(len(points), most):
            sums = points.new_zeros((rows.stop - rows.start, width))
            for samples in blocks(len(self.samples), most):
                values = self.kernel.pairs(points[rows], self.samples[samples])
                sums.addmm_(values, columns.of(samples, everything))
            yield rows, everything, sums

    def _fitting(self, row: int) -> int:
        """How many rows of so many numbers fit in a block; at least one."""
        return max(1, self.block_bytes // (8 * row))
