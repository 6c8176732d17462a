"""What a witness function comes to under permuted labels: thresholds, p-values, discoveries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import false_discovery_control
from torch import Tensor

from vicinal.witness.kernel_sums import KernelSums
from vicinal.witness.label_columns import Columns

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Sums of different orders, or by different paths, differ by less, relative to
# sqrt(Phi(z, z) Phi(x, x)): values this near are the same, so that ties count as such.
ROUNDING = 1e-12


@dataclass(frozen=True)
class WitnessTest:
    """The test at M points. K classes; with real values K = 2, "low" and "high".

    statistic : (M,) F of classes_[1] for two classes, F for real values; the largest F_k for more.
    threshold : (M,) threshold_factor times the largest |F_k| over all permutations, k the predicted
        class, and over the ball of `radius` around the point (algorithms 1 and 2).
    p_values : (M,) (1 + number of permutations whose largest F_k reaches the largest F_k of the
        labels) / (1 + P). For two classes and real values that is a two-sided test of F. Valid at
        each point by itself.
    predicted : (M,) the class with the largest F_k; for real values -1 or 1.
    significant : (M,) the paper's decision: the largest F_k exceeds its threshold. With
        threshold_factor 1 its level at a point of two classes is 1 / (P + 1); neither errors
        anywhere nor false discoveries are controlled.
    significant_at_level : (M,) p_values <= level.
    discoveries : (M,) with a false-discovery rate of at most `level` over the M points (Benjamini
        and Hochberg; their dependence is positive near one another, not proven so far apart).
    class_statistics, class_p_values : (M, K) F_k, and one-sided p-values of each class by itself.
    """

    statistic: FloatArray
    threshold: FloatArray
    p_values: FloatArray
    predicted: npt.NDArray[Any]
    significant: BoolArray
    significant_at_level: BoolArray
    discoveries: BoolArray
    class_statistics: FloatArray
    class_p_values: FloatArray


@dataclass(frozen=True)
class GlobalTest:
    """Whether samples differ anywhere: the largest F_k over all points, and its p-value."""

    statistic: float
    p_value: float


@dataclass(frozen=True)
class PermutationTest:
    """Runs over all permutations and keeps what the decisions need, (M, K) numbers.

    columns : labels and their permutations.     sums : of the kernel over the samples.
    offsets : (S, q) points of the ball that thresholds are taken over, 0 first.
    """

    columns: Columns
    sums: KernelSums
    offsets: Tensor

    def result(
        self, points: Tensor, classes: npt.NDArray[Any] | None, factor: float, level: float
    ) -> WitnessTest:
        """The test at points (M, q), divided by sigma."""
        rounding = self._rounding(points)
        observed, largest, reached, reached_by_class = self._at(points, rounding)
        for offset in self.offsets[1:]:
            largest = np.maximum(largest, self._largest(points + offset))
        best = observed.argmax(1)
        rows = np.arange(len(best))
        top, threshold = observed[rows, best], factor * largest[rows, best]
        count = self.columns.count
        p_values = (1 + reached) / count
        return WitnessTest(
            statistic=observed[:, 1] if observed.shape[1] == 2 else top,
            threshold=threshold,
            p_values=p_values,
            predicted=2 * best - 1 if classes is None else classes[best],
            significant=top > threshold + rounding.cpu().numpy(),
            significant_at_level=p_values <= level,
            discoveries=_discoveries(p_values, level),
            class_statistics=observed,
            class_p_values=(1 + reached_by_class) / count,
        )

    def largest_over(self, points: Tensor) -> FloatArray:
        """The largest F_k of the labels and of each permutation over all points, (P + 1,)."""
        found = points.new_full((self.columns.count,), -math.inf)
        for _, chunk, sums in self.sums.of(points, self.columns, self.columns.count):
            largest = self.columns.witness(sums).amax((0, 2))
            found[chunk] = torch.maximum(found[chunk], largest)
        same = (found - found[0]).abs() <= self._rounding(points).amax()
        return torch.where(same, found[0], found).cpu().numpy()

    def _at(
        self, points: Tensor, rounding: Tensor
    ) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """F of the labels, the largest |F| of permutations, and how many reach the labels'."""
        found: list[Any] = [None, None, None, None]
        for rows, chunk, sums in self.sums.of(points, self.columns, self.columns.count):
            witness = self.columns.witness(sums)
            if found[0] is None:
                shape = (len(points), witness.shape[2])
                found = [witness.new_zeros(shape) for _ in range(2)]
                found += [witness.new_zeros(len(points)), witness.new_zeros(shape)]
            if chunk.start == 0:
                found[0][rows], witness = witness[:, 0], witness[:, 1:]
            if witness.shape[1] == 0:
                continue
            found[1][rows] = torch.maximum(found[1][rows], witness.abs().amax(1))
            least = found[0][rows] - rounding[rows, None]
            found[2][rows] += (witness.amax(2) >= least.amax(1, keepdim=True)).sum(1)
            found[3][rows] += (witness >= least[:, None]).sum(1)
        if found[0] is None:
            empty = np.empty((0, self.columns.width + 1))
            return empty, empty, np.empty(0, dtype=np.int64), empty.astype(np.int64)
        observed, largest, reached, by_class = (tensor.cpu().numpy() for tensor in found)
        return observed, largest, reached.astype(np.int64), by_class.astype(np.int64)

    def _largest(self, points: Tensor) -> FloatArray:
        """The largest |F_k| over the permutations at other points."""
        return self._at(points, points.new_zeros(len(points)))[1]

    def _rounding(self, points: Tensor) -> Tensor:
        """How much of F is rounding, (M,)."""
        kernel = self.sums.kernel
        largest = kernel.diagonal(self.sums.samples).clamp(min=0).amax()
        scale = (kernel.diagonal(points).clamp(min=0) * largest).sqrt()
        return ROUNDING * self.columns.total_weight * scale + math.ulp(0.0)


def _discoveries(p_values: FloatArray, level: float) -> BoolArray:
    if len(p_values) == 0:
        return np.zeros(0, dtype=bool)
    found: BoolArray = false_discovery_control(p_values) <= level
    return found
