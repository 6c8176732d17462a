"""What VBSW is compared with beside its controls: weights by rarity, and VBSW in input space."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import gaussian_kde
from sklearn.base import clone
from sklearn.utils.class_weight import compute_sample_weight

from vicinal.data.dataset import kind_of_inputs
from vicinal.models.columns import scale_columns
from vicinal.vbsw.local_variance import LocalVarianceWeighter

FloatArray = npt.NDArray[np.float64]
OTHER_WEIGHTINGS = ("inverse_frequency", "dense_weight", "input_space")


def other_weights(
    name: str, inputs: npt.NDArray[Any], labels: npt.NDArray[Any], weighter: LocalVarianceWeighter
) -> FloatArray:
    """Weights (N,) of one of OTHER_WEIGHTINGS.

    inputs : images or a table of the training samples; only `input_space` looks at them.
    labels : (N,) classes or values.
    weighter : VBSW's weighter, whose settings `input_space` shares.
    Raises ValueError for another name, and as the functions below.
    """
    if name == "inverse_frequency":
        return inverse_class_frequency(labels)
    if name == "dense_weight":
        return dense_weight(labels)
    if name == "input_space":
        weights: FloatArray = clone(weighter).fit(input_vectors(inputs), labels).weights_
        return weights
    raise ValueError(f"weighting {name!r}; allowed are {', '.join(OTHER_WEIGHTINGS)}")


def input_vectors(inputs: npt.NDArray[Any]) -> FloatArray:
    """Inputs as vectors (N, D): the pixels of images in [0, 1], or standardised columns.

    inputs : uint8 images (N, C, H, W) or a table (N, d).
    Raises ValueError for texts, which have no such vectors.
    """
    kind = kind_of_inputs(inputs)
    if kind == "image":
        pixels: FloatArray = inputs.reshape(len(inputs), -1) / 255
        return pixels
    if kind == "table":
        return scale_columns({"train": inputs}, "standard")["train"]
    raise ValueError("texts have no input space; input_space is for images and tables")


def inverse_class_frequency(labels: npt.ArrayLike) -> FloatArray:
    """Weights (N,) of mean 1, inverse to the frequency of each sample's class.

    labels : (N,) classes.
    Raises ValueError for labels of more axes or of values that are no classes.
    """
    classes = np.asarray(labels)
    if classes.ndim != 1 or classes.dtype.kind == "f":
        raise ValueError(
            f"labels {classes.shape} of {classes.dtype}; needed are classes (N,): for values take "
            "dense_weight"
        )
    weights: FloatArray = compute_sample_weight("balanced", classes)
    return weights


def dense_weight(values: npt.ArrayLike, *, alpha: float = 1.0, least: float = 1e-6) -> FloatArray:
    """DenseWeight: weights (N,) of mean 1, the greater the rarer the value.

    values : (N,) labels of a regression.
    alpha : how strongly density counts; 0 weights all alike, above 1 only rare values count.
    least : the least weight before normalisation.

    With p the Gaussian kernel density of the values (Silverman's bandwidth), rescaled to [0, 1],
    w = max(1 - alpha p, least) / mean. Values that are all equal weigh 1.
    Raises ValueError for values that are not finite or not (N,), and for alpha below 0.

    Steininger, Kobs, Davidson, Krause, Hotho 2021, Machine Learning 110, eq. 1 to 6.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ValueError(f"values {y.shape} must be (N,) and finite")
    if alpha < 0 or least <= 0:
        raise ValueError(f"alpha = {alpha}, least = {least}; alpha is at least 0, least above 0")
    if np.ptp(y) == 0:
        return np.ones_like(y)
    # Values repeat in most data; each is evaluated once.
    distinct, places = np.unique(y, return_inverse=True)
    density = gaussian_kde(y, bw_method="silverman")(distinct)[places]
    relative = (density - density.min()) / (np.ptp(density) or 1.0)
    weights = np.maximum(1 - alpha * relative, least)
    normalised: FloatArray = weights / weights.mean()
    return normalised
