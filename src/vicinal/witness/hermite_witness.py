"""The Hermite witness function with its permutation test."""

from __future__ import annotations

import math
import warnings
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from vicinal.witness.bandwidth import median_nearest_distance, tune_sigma
from vicinal.witness.gaussian_network import GaussianNetwork, gaussian_network
from vicinal.witness.kernel import as_points, check_kernel_arguments, common_log_factor
from vicinal.witness.kernel_sums import Kernel, KernelSums, cheaper_path
from vicinal.witness.label_columns import ClassColumns, Columns, ValueColumns
from vicinal.witness.permutation_test import GlobalTest, PermutationTest, WitnessTest

FloatArray = npt.NDArray[np.float64]
Sigma = float | Literal["median_nn", "tuned"]


class HermiteWitness(BaseEstimator):
    """Where, locally, does one class dominate, beyond what shuffled labels show?

        F_k(z) = mean of Phi(z, x) over class k less its mean over the rest,

    Phi the localised Hermite kernel of points less `center_` and divided by `sigma_` (Mhaskar,
    Cloninger and Cheng, algorithms 1 and 2; two classes have F_0 = -F_1). Real values y have
    F(z) = mean of (y - mean y) Phi(z, x), whose sign says where they are high.

    n : of the kernel; the paper's "degree" is n^2.
    sigma : the unit of length; "median_nn" is the median distance of samples from their nearest
        other; "tuned" is chosen on a share of the samples that the witness then leaves out (see
        `tune_sigma`), so that p-values stay valid.
    center : "mean", "median", "none" or q numbers. The kernel is not translation-invariant, and
        vanishes beyond some sqrt(2) n sigma from its origin: where more than a tenth of samples
        or points lie there, a warning says so.
    n_permutations : P.     threshold_factor : of the paper's threshold.
    level : of p-values, and of discoveries among points.
    labels : "classes", "values", or "auto": floats that are not all whole numbers are values,
        anything else is classes.
    kernel : "hermite", or "gaussian", exp(-|x - y|^2 / (2 sigma^2)), through the same code.
    radius : the threshold at z is over all points within this distance of it: over z itself and
        `radius_points` points drawn uniformly in the ball, in the units of X.
    path : "features" (linear in samples and points, for few dimensions), "pairwise", or "auto",
        the cheaper one by `cheaper_path`. They agree to 1e-12.
    block_bytes : bound on each of a few work spaces. Beside them the memory is that of the samples,
        P + 1 bytes a sample (up to 256 classes; 4 (P + 1) with real values) and the results.
    tuning_fraction : share of the samples that "tuned" chooses on.
    device : of torch; None is the CPU.
    random_state : seed of permutations, points in balls and the share to tune on.

    Attributes after `fit`: `classes_` (None with real values), `sigma_`, `center_` (q,),
    `n_features_in_`, `log_factor_` (F is that of the kernel times exp(log_factor_): 0 up to 100
    dimensions, see `hermite_kernel`).

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, (200, 2)), rng.normal(1.5, 1, (200, 2))])
    >>> y = np.repeat(["left", "right"], 200)
    >>> test = HermiteWitness(n=4, sigma=1.0).fit(X, y).test([[-1, -1], [0.75, 0.75], [2.5, 2.5]])
    >>> test.predicted[test.significant]
    array(['left', 'right'], dtype='<U5')
    """

    def __init__(
        self,
        n: int = 8,
        sigma: Sigma = "median_nn",
        center: str | npt.ArrayLike = "mean",
        n_permutations: int = 200,
        threshold_factor: float = 1.0,
        level: float = 0.05,
        *,
        labels: Literal["auto", "classes", "values"] = "auto",
        kernel: Literal["hermite", "gaussian"] = "hermite",
        radius: float = 0.0,
        radius_points: int = 16,
        path: Literal["auto", "features", "pairwise"] = "auto",
        block_bytes: int = 2**26,
        tuning_fraction: float = 0.3,
        device: str | None = None,
        random_state: int = 0,
    ) -> None:
        self.n = n
        self.sigma = sigma
        self.center = center
        self.n_permutations = n_permutations
        self.threshold_factor = threshold_factor
        self.level = level
        self.labels = labels
        self.kernel = kernel
        self.radius = radius
        self.radius_points = radius_points
        self.path = path
        self.block_bytes = block_bytes
        self.tuning_fraction = tuning_fraction
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Take the samples X (N, q) with labels y (N,): classes, or real values (see `labels`).

        Raises ValueError for settings out of range, rows with NaN or infinities, other shapes,
        one class, a class with one sample, real values that are all the same, and a sigma that
        comes out as 0 (duplicates).
        """
        self._check_settings()
        points = as_points(X, "X")
        labels = _labels(y, len(points))
        self.n_features_in_ = points.shape[1]
        codes, self.classes_ = _codes(labels, self.labels)
        rng = np.random.default_rng(self.random_state)
        fixed = self._center_of(points)
        if self.sigma == "tuned":
            points, codes, self.sigma_ = self._tuned(points - fixed, codes, rng)
            points = points + fixed
        elif self.sigma == "median_nn":
            self.sigma_ = median_nearest_distance(points.cpu().numpy())
        else:
            self.sigma_ = float(self.sigma)
        self.center_: FloatArray = fixed.cpu().numpy()
        self._samples = self._scaled(points)
        hermite = self.kernel == "hermite"
        self.log_factor_ = common_log_factor(self.n_features_in_, self.n) if hermite else 0.0
        self._kernel = Kernel(self.kernel, self.n, self.log_factor_)
        self._warn_of_far(self._samples, "samples")
        device = self._samples.device
        columns = ClassColumns if self.classes_ is not None else ValueColumns
        self._columns: Columns = columns(codes, self.n_permutations, rng, device)
        self._values = None if self.classes_ is not None else codes
        return self

    def decision_function(self, Z: Any) -> FloatArray:
        """F at points Z (M, q): (M,) for two classes (that of classes_[1]) and real values,
        (M, K) for more."""
        points = self._points(Z)
        found = np.empty((len(points), self._classes))
        for rows, _, sums in self._sums(points, 1).of(points, self._columns, 1):
            found[rows] = self._columns.witness(sums)[:, 0].cpu().numpy()
        return found[:, 1] if self._classes == 2 else found

    def predict(self, Z: Any) -> npt.NDArray[Any]:
        """The class with the largest F at each point, (M,). Raises ValueError for real values."""
        decision = self.decision_function(Z)
        if self.classes_ is None:
            raise ValueError("the witness was fitted to real values; it predicts classes only")
        found = decision > 0 if decision.ndim == 1 else decision.argmax(1)
        classes: npt.NDArray[Any] = self.classes_[np.asarray(found, dtype=np.int64)]
        return classes

    def density(self, Z: Any) -> FloatArray:
        """Estimated density of all samples at points Z, (M,), by the unit of volume of X.

        Mean of Phi(z, x) over the samples, over sigma^q (remark 3.3). It need not be positive.
        """
        points = self._points(Z)
        found = np.empty(len(points))
        for rows, _, sums in self._sums(points, 1).of(points, self._columns, 1):
            found[rows] = sums[:, -1].cpu().numpy()
        if self.kernel == "gaussian":
            norm = self.n_features_in_ / 2 * math.log(2 * math.pi)
        else:
            norm = self.log_factor_
        scale = math.exp(-norm - self.n_features_in_ * math.log(self.sigma_))
        return found * (scale / len(self._samples))

    def test(self, Z: Any) -> WitnessTest:
        """Statistic, thresholds, p-values and decisions at points Z (M, q); see `WitnessTest`."""
        points = self._points(Z)
        self._warn_of_far(points, "points")
        tested = self._test_at(points)
        return tested.result(points, self.classes_, self.threshold_factor, self.level)

    def global_test(self, Z: Any) -> GlobalTest:
        """Whether labels hang on X at all: the largest F_k over points Z (M, q), M > 0.

        Its p-value is (1 + number of permutations whose largest F_k over the same points reaches
        it) / (1 + P): valid whatever the points are, if they were not chosen by the labels. The
        samples themselves are points too.
        """
        points = self._points(Z)
        if len(points) == 0:
            raise ValueError("Z has no rows; at least one point is needed")
        largest = self._test_at(points).largest_over(points)
        reached = int((largest[1:] >= largest[0]).sum())
        return GlobalTest(float(largest[0]), (1 + reached) / len(largest))

    def as_gaussian_network(self, nodes: int | None = None) -> GaussianNetwork:
        """The same F as a network of Gaussians with fixed centres (remark 4.1).

        nodes : centres by dimension; None takes as many as n needs.

        Raises ValueError for the Gaussian kernel, n > 6 (coefficients grow like 3^(n^2 / 2)) and
        more than 10^6 centres.
        """
        check_is_fitted(self, "sigma_")
        if self.kernel != "hermite":
            raise ValueError("the kernel is Gaussian already; remark 4.1 is on the Hermite kernel")
        return gaussian_network(
            self._samples, self._columns, self.n, self.sigma_, self.center_, nodes
        )

    @property
    def _classes(self) -> int:
        return 2 if self.classes_ is None else len(self.classes_)

    def _test_at(self, points: Tensor) -> PermutationTest:
        sums = self._sums(points, self._columns.count)
        return PermutationTest(self._columns, sums, self._offsets())

    def _sums(self, points: Tensor, permutations: int) -> KernelSums:
        path: str = self.path
        if path == "auto":
            columns = permutations * self._columns.width + 1
            sizes = (self.n_features_in_, len(self._samples), len(points), columns)
            path = cheaper_path(self._kernel, *sizes)
        return KernelSums(self._kernel, self._samples, path, self.block_bytes)

    def _points(self, Z: Any) -> Tensor:
        check_is_fitted(self, "sigma_")
        points = as_points(Z, "Z")
        if points.shape[1] != self.n_features_in_:
            raise ValueError(
                f"Z has {points.shape[1]} columns; the samples have {self.n_features_in_}"
            )
        return self._scaled(points)

    def _scaled(self, points: Tensor) -> Tensor:
        device = torch.device(self.device or "cpu")
        center = torch.as_tensor(self.center_, device=device)
        return ((points.to(device) - center) / self.sigma_).contiguous()

    def _offsets(self) -> Tensor:
        """Points of a ball around 0 in the kernel's units, itself first, (S, q)."""
        center = self._samples.new_zeros((1, self.n_features_in_))
        if self.radius == 0:
            return center
        rng = np.random.default_rng([self.random_state, 1])
        drawn = rng.standard_normal((self.radius_points, self.n_features_in_))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        drawn *= rng.uniform(size=(len(drawn), 1)) ** (1 / self.n_features_in_)
        ball = torch.as_tensor(drawn * self.radius / self.sigma_).to(center.device)
        return torch.cat([center, ball])

    def _center_of(self, points: Tensor) -> Tensor:
        if isinstance(self.center, str):
            if self.center == "median":
                return points.quantile(0.5, dim=0)
            return points.mean(0) if self.center == "mean" else torch.zeros_like(points[0])
        center = torch.as_tensor(np.asarray(self.center, dtype=np.float64)).to(points.device)
        if center.shape != points.shape[1:]:
            raise ValueError(
                f"center has shape {tuple(center.shape)}; needed are {points.shape[1]} numbers"
            )
        if not bool(center.isfinite().all()):
            raise ValueError(f"center is {self.center}; its numbers must be finite")
        return center

    def _tuned(
        self, points: Tensor, codes: npt.NDArray[Any], rng: np.random.Generator
    ) -> tuple[Tensor, npt.NDArray[Any], float]:
        factor = common_log_factor(points.shape[1], self.n) if self.kernel == "hermite" else 0.0
        kernel = Kernel(self.kernel, self.n, factor)
        share = (self.tuning_fraction, self.classes_ is not None)
        kept, sigma = tune_sigma(points, codes, kernel, *share, rng, self.block_bytes)
        return points[torch.as_tensor(kept)], codes[kept], sigma

    def _warn_of_far(self, points: Tensor, name: str) -> None:
        if self.kernel != "hermite" or len(points) == 0:
            return
        reach = math.sqrt(2) * self.n
        share = float((points.norm(dim=1) > reach).double().mean())
        if share > 0.1:
            warnings.warn(
                f"{share:.0%} of the {name} lie farther than sqrt(2) n sigma = "
                f"{reach * self.sigma_:.3g} from the center, where the kernel vanishes: a larger "
                "n or sigma reaches them",
                stacklevel=3,
            )

    def _check_settings(self) -> None:
        named = {
            "kernel": ("hermite", "gaussian"),
            "path": ("auto", "features", "pairwise"),
            "labels": ("auto", "classes", "values"),
        }
        if isinstance(self.center, str):
            named["center"] = ("mean", "median", "none")
        if isinstance(self.sigma, str):
            named["sigma"] = ("median_nn", "tuned")
        for name, allowed in named.items():
            if getattr(self, name) not in allowed:
                given = getattr(self, name)
                raise ValueError(f"{name} is {given!r}; allowed are {', '.join(allowed)}")
        check_kernel_arguments(self.n, 1.0 if isinstance(self.sigma, str) else self.sigma)
        if isinstance(self.random_state, bool) or not isinstance(self.random_state, Integral):
            raise ValueError(f"random_state is {self.random_state!r}; it must be an integer")
        if self.path == "features" and self.kernel == "gaussian":
            raise ValueError("the Gaussian kernel has no features; path must be auto or pairwise")
        for name, least in (("n_permutations", 1), ("radius_points", 1), ("block_bytes", 2**16)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
                raise ValueError(f"{name} is {value!r}; it must be an integer of at least {least}")
        for name in ("threshold_factor", "radius", "level", "tuning_fraction"):
            value = getattr(self, name)
            if not (isinstance(value, Real) and math.isfinite(value)):
                raise ValueError(f"{name} is {value!r}; it must be a finite number")
        if self.threshold_factor <= 0:
            raise ValueError(f"threshold_factor is {self.threshold_factor}; it must be above 0")
        if self.radius < 0:
            raise ValueError(f"radius is {self.radius}; it must be at least 0")
        for name in ("level", "tuning_fraction"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be between 0 and 1")


def _labels(y: Any, size: int) -> npt.NDArray[Any]:
    labels = np.asarray(y.detach().cpu() if isinstance(y, Tensor) else y)
    if labels.shape != (size,):
        raise ValueError(f"y has shape {labels.shape}; needed is one label a sample, ({size},)")
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise ValueError(f"y has NaN or infinities, first in row {row}")
    kinds = {type(label).__name__ for label in labels} if labels.dtype.kind == "O" else set()
    if len(kinds) > 1 or "NoneType" in kinds:
        raise ValueError(f"y has labels of types {', '.join(sorted(kinds))}; one type is needed")
    return labels


def _codes(labels: npt.NDArray[Any], kind: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Class numbers and the classes; or the values themselves and None."""
    if kind == "values" or (kind == "auto" and type_of_target(labels) == "continuous"):
        if labels.dtype.kind not in "fiub":
            raise ValueError(f"y has dtype {labels.dtype}; values are numbers")
        values = labels.astype(np.float64)
        if np.ptp(values) == 0:
            raise ValueError(f"all values of y are {values[0]:g}; nothing can hang on X")
        return values, None
    classes, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"y has one class, {classes[0]}; at least two are needed")
    if sizes.min() < 2:
        lone = classes[sizes.argmin()]
        raise ValueError(
            f"class {lone} has one sample; each class needs at least two (labels='values' takes "
            "whole numbers as values)"
        )
    return codes, classes
