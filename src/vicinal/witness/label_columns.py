"""Labels of samples, and of their permutations, as columns of weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

IntArray = npt.NDArray[np.int64]


class ClassColumns:
    """One-vs-rest weights of classes: +1 / N_k on class k, -1 / (N - N_k) on the rest.

    codes : (N,) classes as 0, ..., K - 1.
    permutations, rng : how many permutations of the codes there are, and where they come from.

    "Permutation" 0 is the labels themselves. They keep their codes, (P + 1, N) bytes up to 256
    classes. The columns are indicators of all classes but the last, permutation by permutation,
    and a last one of ones: what is left of it is the last class's.
    """

    def __init__(
        self, codes: IntArray, permutations: int, rng: np.random.Generator, device: Any
    ) -> None:
        self.sizes = np.bincount(codes)
        kind = np.uint8 if len(self.sizes) <= 256 else np.int32
        own = codes.astype(kind)
        shuffled = rng.permuted(np.broadcast_to(own, (permutations, len(own))), axis=1)
        self._codes = torch.as_tensor(np.vstack([own, shuffled])).to(device)
        self.count = len(self._codes)
        # Of all samples: the sum of |weights| of one class.
        self.total_weight = 2.0
        self.width = len(self.sizes) - 1

    def of(self, samples: slice, permutations: slice) -> Tensor:
        """Columns of samples, (samples, permutations x (K - 1) + 1) float64."""
        part = self._codes[permutations, samples].T[:, :, None]
        classes = torch.arange(self.width, device=part.device)
        return _with_ones((part == classes).reshape(len(part), -1).double())

    def witness(self, sums: Tensor) -> Tensor:
        """F_k of every class, (M, permutations, K), from (M, columns) sums over the samples."""
        inside, total = sums[:, :-1].reshape(len(sums), -1, self.width), sums[:, -1, None, None]
        inside = torch.cat([inside, total - inside.sum(2, keepdim=True)], 2)
        own = torch.as_tensor(self.sizes, dtype=torch.float64, device=sums.device)
        rest = own.sum() - own
        return inside * (1 / own + 1 / rest) - total / rest


class ValueColumns:
    """Weights (y - mean y) / N of real values y, and of their permutations.

    The mean is taken off: the permutations have it in common, and where y does not hang on x the
    sums are then 0 but for noise.
    """

    def __init__(
        self,
        values: npt.NDArray[np.float64],
        permutations: int,
        rng: np.random.Generator,
        device: Any,
    ) -> None:
        own = np.arange(len(values), dtype=np.int32)
        shuffled = rng.permuted(np.broadcast_to(own, (permutations, len(own))), axis=1)
        self._orders = torch.as_tensor(np.vstack([own, shuffled])).to(device)
        self._weights = torch.as_tensor((values - values.mean()) / len(values)).to(device)
        self.count = len(self._orders)
        self.total_weight = float(self._weights.abs().sum())
        self.width = 1

    def of(self, samples: slice, permutations: slice) -> Tensor:
        """Columns of samples, (samples, permutations + 1) float64, the last of ones."""
        return _with_ones(self._weights[self._orders[permutations, samples].T.long()])

    def witness(self, sums: Tensor) -> Tensor:
        """-F and F, (M, permutations, 2): the first is the larger where values are low."""
        return torch.stack([-sums[:, :-1], sums[:, :-1]], 2)


Columns = ClassColumns | ValueColumns


def _with_ones(columns: Tensor) -> Tensor:
    return torch.cat([columns, columns.new_ones((len(columns), 1))], 1)
