"""Variance-based sample weighting: the local variance of the labels, and the weights made of it."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Sequence
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from vicinal.neighbours import check_samples, nearest_neighbours
from vicinal.vbsw.density import Density, relative_density

FloatArray = npt.NDArray[np.float64]
LabelKind = Literal["auto", "classes", "values"]
Centre = Literal["mean", "sample"]
Rescale = Literal["max", "minmax"]


def local_variance(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    k: int,
    *,
    ddof: int = 1,
    centre: Centre = "mean",
    labels: LabelKind = "auto",
    block_bytes: int = 2**27,
) -> FloatArray:
    """Variance of the labels among each sample's k nearest neighbours, summed over components.

    X : (N, d) finite floats, the samples in feature space.
    y : (N,) classes, or (N,) or (N, c) real targets.
    k : neighbours per sample, itself included and first; 2 <= k <= N.
    ddof : the sum of squares is divided by k - ddof: 1 as printed, 0 as in the authors' program
        (no rescaled weight can see the difference).
    centre : `mean` takes the deviations from the neighbourhood's mean (eq. 4), `sample` from the
        sample's own label (eq. 3, with the neighbours in place of random perturbations).
    labels : `classes` are one-hot encoded, `values` used as they are; `auto` takes integer,
        boolean and string labels of one axis as classes and everything else as values.
    block_bytes : bound on the memory of one block.

    Returns (N,) float64, in squared label units.

    Raises ValueError for k out of range, for samples or labels that are not finite (the row is
    named) and for arrays of different length.

    Novello et al., "Variance Based Samples Weighting for Supervised Deep Learning", eq. 3 and 4.
    """
    variances = local_variances(
        X, y, [k], ddof=ddof, centre=centre, labels=labels, block_bytes=block_bytes
    )
    return variances[0]


def local_variances(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    ks: Sequence[int],
    *,
    ddof: int = 1,
    centre: Centre = "mean",
    labels: LabelKind = "auto",
    block_bytes: int = 2**27,
) -> FloatArray:
    """The `local_variance` for each number of neighbours, from one search for the most of them.

    Returns (K, N) float64. Neighbours are in order, so that the first k of them are the k nearest.
    Raises ValueError as `local_variance` does, and for no k at all.
    """
    samples = check_samples(X)
    targets = encode_labels(y, labels)
    if not len(ks):
        raise ValueError("ks is empty; at least one number of neighbours is needed")
    for k in ks:
        _check_k(k, len(samples))
    if len(targets) != len(samples):
        raise ValueError(f"{len(samples)} samples but {len(targets)} labels")
    if centre not in get_args(Centre):
        raise ValueError(f"centre is {centre!r}; allowed are {', '.join(get_args(Centre))}")
    if ddof not in (0, 1):
        raise ValueError(f"ddof is {ddof!r}; allowed are 0 and 1")

    # A common shift changes no variance; with it, equal labels differ by exactly 0.
    targets = targets - targets[0]
    neighbours = nearest_neighbours(samples, max(ks), block_bytes=block_bytes)
    variances = np.empty((len(ks), len(samples)))
    for variance, k in zip(variances, ks, strict=True):
        rows = max(1, block_bytes // (3 * 8 * k * targets.shape[1]))
        for start in range(0, len(samples), rows):
            block = slice(start, start + rows)
            nearby = targets[neighbours[block, :k]]
            own = targets[block, None, :]
            middle = own if centre == "sample" else nearby.mean(1, keepdims=True)
            variance[block] = np.square(nearby - middle).sum(axis=(1, 2)) / (k - ddof)
    return variances


def rescale_weights(variance: FloatArray, m: float, rescale: Rescale = "max") -> FloatArray:
    """Weights between 1 and m, increasing in the local variance (section 4.2).

    variance : (N,) local variances, at least 0.
    m : the largest weight, at least 1.
    rescale : `max` gives 1 + (m - 1) v / max(v), as the authors' program does: the least weight is
        1 only where some v is 0. `minmax` gives 1 + (m - 1) (v - min v) / (max v - min v).

    Returns (N,) float64. Where the variances do not differ (for `max`: are all 0), all weights are
    1, with a UserWarning: the labels are constant, and there is nothing to weight.
    Raises ValueError for m < 1.
    """
    check_largest_weight(m)
    weights: FloatArray = 1 + (m - 1) * relative_variance(variance, rescale)
    return weights


def relative_variance(variance: FloatArray, rescale: Rescale = "max") -> FloatArray:
    """Local variances (N,) between 0 and 1, the largest being 1; see `rescale_weights`.

    All are 0, with the warning, where they do not differ.
    """
    if rescale not in get_args(Rescale):
        raise ValueError(f"rescale is {rescale!r}; allowed are {', '.join(get_args(Rescale))}")
    low = variance.min() if rescale == "minmax" else 0.0
    span = variance.max() - low
    if span == 0:
        warnings.warn(
            "the local variance of the labels is the same everywhere (labels of one class or "
            "value?): all weights are 1",
            stacklevel=3,
        )
        return np.zeros_like(variance)
    relative: FloatArray = (variance - low) / span
    return relative


def check_largest_weight(m: float) -> None:
    """Raise ValueError for a largest weight that is not a number of at least 1."""
    if not (np.isfinite(m) and m >= 1):
        raise ValueError(f"m = {m}; the largest weight must be a number of at least 1")


def normalise_weights(weights: FloatArray) -> FloatArray:
    """Weights divided by their mean: a mean-reduced loss keeps its scale (section 4.2)."""
    normalised: FloatArray = weights / weights.mean()
    return normalised


def encode_labels(y: npt.ArrayLike, labels: LabelKind = "auto") -> FloatArray:
    """Labels as (N, c) float64: classes one-hot, values as they are.

    Raises ValueError for values that are not finite (the row is named) and for a wrong number of
    axes.
    """
    if labels not in get_args(LabelKind):
        raise ValueError(f"labels is {labels!r}; allowed are {', '.join(get_args(LabelKind))}")
    raw = np.asarray(y)
    if labels == "classes" or (labels == "auto" and raw.ndim == 1 and raw.dtype.kind not in "fc"):
        if raw.ndim != 1:
            raise ValueError(f"classes have shape {raw.shape}; one class a sample (N,) is needed")
        names, number = np.unique(raw, return_inverse=True)
        return np.eye(len(names))[number]
    values = np.asarray(raw, dtype=np.float64)
    if values.ndim not in (1, 2):
        raise ValueError(f"targets have shape {values.shape}; allowed are (N,) and (N, c)")
    values = values.reshape(len(values), -1)
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        raise ValueError(f"labels hold NaN or infinity, first in row {bad.argmax()}")
    return values


def _check_k(k: int, samples: int) -> None:
    if not isinstance(k, numbers.Integral) or not 2 <= k <= samples:
        raise ValueError(
            f"k = {k} neighbours (the sample itself included) of {samples} samples; "
            f"allowed are 2 to {samples}"
        )


class LocalVarianceWeighter(BaseEstimator):
    """Sample weights from the local variance of the labels (VBSW, eq. 4 and section 4.2).

    k : neighbours per sample, itself included.
    m : ratio of the largest weight to 1, at least 1.
    rescale, ddof, centre, labels : see `rescale_weights` and `local_variance`.
    density : divide the local variance by an estimate of the samples' density (eq. 5), which the
        paper leaves out: `none`, `knn` or `gmm`; see `relative_density`.
    density_clip : quantile beyond which densities are clipped.    random_state : of the `gmm`.
    normalise : divide the weights by their mean, which keeps the scale of a mean-reduced loss and
        makes them ready for any estimator's `sample_weight`; False leaves them between 1 and m.

    Attributes after `fit`: `local_variance_` (N,), `weights_` (N,), `n_features_in_`.

    >>> import numpy as np
    >>> X = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> weighter = LocalVarianceWeighter(k=2, m=3, normalise=False).fit(X, [0, 0, 1, 1])
    >>> weighter.weights_
    array([1., 1., 3., 1.])
    """

    def __init__(
        self,
        k: int = 20,
        m: float = 40.0,
        *,
        rescale: Rescale = "max",
        ddof: int = 1,
        centre: Centre = "mean",
        labels: LabelKind = "auto",
        density: Density = "none",
        density_clip: float = 0.05,
        normalise: bool = True,
        random_state: int = 0,
    ) -> None:
        self.k = k
        self.m = m
        self.rescale = rescale
        self.ddof = ddof
        self.centre = centre
        self.labels = labels
        self.density = density
        self.density_clip = density_clip
        self.normalise = normalise
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Compute the weights of the samples X (N, d) with labels y; see `local_variance`."""
        # Values that are not finite are left to `local_variance`, which names the row.
        X, y = validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            ensure_all_finite=False,
            multi_output=True,
            y_numeric=self.labels == "values",
        )
        self.local_variance_ = local_variance(
            X, y, self.k, ddof=self.ddof, centre=self.centre, labels=self.labels
        )
        density = relative_density(
            X, self.density, k=self.k, clip=self.density_clip, seed=self.random_state
        )
        weights = rescale_weights(self.local_variance_ / density, self.m, self.rescale)
        self.weights_ = normalise_weights(weights) if self.normalise else weights
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags
