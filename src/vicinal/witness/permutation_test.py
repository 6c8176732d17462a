"""What a witness function comes to under permuted labels: thresholds, p-values, discoveries."""

from __future__ import annotations

import math
import warnings
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
# sqrt(Phi(z, z) Phi(x, x)): values this near are the same, so that ties count as such. Where the
# kernel at z is less than this of what it is at the samples, z is out of reach: F says nothing.
ROUNDING = 1e-12


@dataclass(frozen=True)
class WitnessTest:
    """The test at M points. K classes; with real values K = 2, "low" and "high".

    All of it is under the hypothesis that labels hang on X nowhere. Where they do hang on it, the
    kernel carries differences, with either sign, into their surroundings. Far from the center,
    where Phi(z, z) is below 1e-24 of what it is at samples, nothing is significant.

    statistic : (M,) F of classes_[1] for two classes, F for real values; the largest F_k for more.
    threshold : (M,) threshold_factor times the largest |F_k| over all permutations, k the predicted
        class, and over the ball of `radius` around the point (algorithms 1 and 2).
    ratio : (M,) the largest F_k over that threshold with factor 1, less what may be rounding: the
        largest factor at which the point is still significant. 0 where both are 0.
    p_values : (M,) (1 + number of permutations whose largest F_k reaches the largest F_k of the
        labels) / (1 + P). For two classes and real values that is a two-sided test of F. Valid at
        each point by itself.
    predicted : (M,) the class with the largest F_k; for real values -1 or 1.
    significant : (M,) the paper's decision: the largest F_k exceeds its threshold. With factor 1
        its level at a point is 1 / (P + 1) for two classes, and up to about K / (P + 1) for more:
        the class is chosen by looking.
    significant_at_level : (M,) p_values <= level.
    class_statistics, class_p_values : (M, K) F_k, and one-sided p-values of each class by itself.
    level, n_permutations : the estimator's.
    """

    statistic: FloatArray
    threshold: FloatArray
    ratio: FloatArray
    p_values: FloatArray
    predicted: npt.NDArray[Any]
    significant: BoolArray
    significant_at_level: BoolArray
    class_statistics: FloatArray
    class_p_values: FloatArray
    level: float
    n_permutations: int

    @property
    def discoveries(self) -> BoolArray:
        """(M,) Benjamini and Hochberg's choice among the p-values at `level`.

        Where labels hang on X nowhere, anything is chosen in at most that share of samples (the
        p-values of points near one another depend positively). Warns where there are too few
        permutations for so many points.
        """
        count = len(self.p_values)
        if self.n_permutations + 1 < count / self.level:
            warnings.warn(
                f"with {self.n_permutations} permutations no p-value is below "
                f"{1 / (self.n_permutations + 1):.2g}: for discoveries among {count} points at "
                f"level {self.level:g} n_permutations should be of the order of "
                f"{math.ceil(count / self.level)}",
                stacklevel=2,
            )
        if count == 0:
            return np.zeros(0, dtype=bool)
        found: BoolArray = false_discovery_control(self.p_values) <= self.level
        return found


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
        top, limit = observed[rows, best], largest[rows, best]
        beyond = np.maximum(top - rounding.cpu().numpy(), 0.0)
        ratio = np.divide(beyond, limit, out=np.zeros_like(limit), where=limit > 0)
        count = self.columns.count
        p_values = (1 + reached) / count
        return WitnessTest(
            statistic=observed[:, 1] if observed.shape[1] == 2 else top,
            threshold=factor * limit,
            ratio=ratio,
            p_values=p_values,
            predicted=2 * best - 1 if classes is None else classes[best],
            significant=ratio > factor,
            significant_at_level=p_values <= level,
            class_statistics=observed,
            class_p_values=(1 + reached_by_class) / count,
            level=level,
            n_permutations=count - 1,
        )

    def largest_over(self, points: Tensor) -> FloatArray:
        """The largest F_k of the labels and of each permutation over all points, (P + 1,)."""
        found = points.new_full((self.columns.count,), -math.inf)
        for _, chunk, sums in self.sums.of(points, self.columns, self.columns.count):
            largest = self.columns.witness(sums).amax((0, 2))
            found[chunk] = torch.maximum(found[chunk], largest)
        rounding = self._rounding(points)
        rounding = torch.where(rounding.isfinite(), rounding, 0.0).amax()
        same = (found - found[0]).abs() <= rounding
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
        """How much of F is rounding, (M,); infinite out of the kernel's reach."""
        kernel = self.sums.kernel
        largest = kernel.diagonal(self.sums.samples).clamp(min=0).amax()
        own = kernel.diagonal(points).clamp(min=0)
        found = ROUNDING * self.columns.total_weight * (own * largest).sqrt() + math.ulp(0.0)
        return torch.where(own <= ROUNDING**2 * largest, math.inf, found)
