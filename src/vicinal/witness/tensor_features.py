"""The finite-rank features of the localised Hermite kernel, for few dimensions.

Phi_n(x, y) = sum over |k| < n^2 of H(sqrt(|k|) / n) psi_k(x) psi_k(y) is an inner product of
binom(n^2 - 1 + q, q) features, so that sums over samples are linear in their number.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vicinal.witness.hermite_functions import degree_weights, hermite_functions

MOST_FEATURES = 10**6


def rank(q: int, n: int) -> int:
    """Number of features: multi-indices of degree below n^2 in q dimensions."""
    return math.comb(n * n - 1 + q, q)


def multi_indices(q: int, n: int) -> Tensor:
    """All multi-indices of degree below n^2, (rank, q) int64, in lexicographic order."""
    found = torch.zeros((1, 0), dtype=torch.int64)
    for _ in range(q):
        left = n * n - found.sum(1)
        rows = torch.repeat_interleave(torch.arange(len(found)), left)
        first = torch.repeat_interleave(left.cumsum(0) - left, left)
        found = torch.column_stack([found[rows], torch.arange(len(rows)) - first])
    return found


class TensorFeatures:
    """Maps points to features whose inner products are the kernel.

    q, n : dimension, and n of the kernel.
    log_factor : the kernel is multiplied by exp(log_factor).

    Raises ValueError for more than 10^6 features.
    """

    def __init__(
        self, q: int, n: int, log_factor: float = 0.0, device: torch.device | str = "cpu"
    ) -> None:
        if rank(q, n) > MOST_FEATURES:
            raise ValueError(
                f"{q} dimensions and n = {n} have {rank(q, n)} features; at most {MOST_FEATURES} "
                "are allowed: take path pairwise or auto"
            )
        self.n = n
        indices = multi_indices(q, n)
        weights = degree_weights(n)[indices.sum(1)] * math.exp(log_factor)
        self.indices, self.scale = indices.to(device), weights.sqrt().to(device)

    def __call__(self, points: Tensor) -> Tensor:
        """(rank, N) float64 of (N, q) points divided by sigma."""
        found = self.scale[:, None].expand(-1, len(points))
        for column, index in zip(points.T, self.indices.T, strict=True):
            found = found * hermite_functions(column, self.n**2)[index]
        return found
