"""Section 5.2: a grid of codes in a latent plane, and whether a classifier bears a witness out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial import KDTree
from scipy.special import softmax
from sklearn.mixture import GaussianMixture

from vicinal.models.backbone import Backbone, extract_features
from vicinal.risk_coverage import selective_risks
from vicinal.witness.robust_centroids import group_sizes, nearest_to_centroid

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def latent_grid(extent: float, side: int) -> FloatArray:
    """A uniform grid (side^2, 2) of the square [-extent, extent]^2, row by row from the top.

    Raises ValueError for an extent that is not above 0, and fewer than two points a side.
    """
    if not (0 < extent < np.inf and side >= 2):
        raise ValueError(
            f"extent is {extent} and side {side}; needed are a number above 0 and at least 2"
        )
    axis = np.linspace(-extent, extent, side)
    first, second = np.meshgrid(axis, axis[::-1])
    return np.stack([first.ravel(), second.ravel()], axis=1)


def mean_probabilities(
    networks: Sequence[Backbone],
    images: npt.NDArray[np.uint8],
    *,
    device: torch.device | str = "cpu",
) -> FloatArray:
    """Probabilities (N, c) of the classes of images (N, C, H, W), the mean of several networks'."""
    outputs = [extract_features(each, images, device=device)[1] for each in networks]
    found: FloatArray = softmax(np.stack(outputs).astype(np.float64), axis=2).mean(axis=0)
    return found


def has_code_nearby(points: FloatArray, codes: FloatArray, radius: float) -> BoolArray:
    """Whether a code (N, q) lies within the radius of each point (M, q)."""
    nearest, _ = KDTree(codes).query(points)
    found: BoolArray = nearest <= radius
    return found


def means_of_strongest(ratio: npt.ArrayLike, values: npt.ArrayLike) -> FloatArray:
    """Means (M,) of the values of the k points of the largest ratio, for k = 1..M.

    ratio : (M,), of statistic to threshold, say.     values : (M,) in [0, 1].

    Points of the same ratio come in any order: the mean over all orders is taken. So methods are
    compared that keep equally many points.
    """
    return 1 - selective_risks(ratio, 1 - np.asarray(values, dtype=np.float64))


def nearest_codes(points: FloatArray, labels: npt.ArrayLike, chosen: BoolArray) -> BoolArray:
    """Marks (N,), of each class, as many points as are chosen: those nearest to its mean.

    points : (N, q).     labels : (N,) classes.     chosen : (N,).
    """
    names, groups = np.unique(np.asarray(labels), return_inverse=True)
    return nearest_to_centroid(points, groups, group_sizes(groups, len(names), chosen))


def class_prototypes(
    points: FloatArray,
    labels: npt.ArrayLike,
    chosen: npt.ArrayLike,
    *,
    classes: int,
    components: int,
    seed: int,
) -> FloatArray:
    """Means (classes, components, q) of a Gaussian mixture of each class's chosen points.

    points : (N, q).     labels : (N,) in 0, ..., classes - 1.     chosen : (N,) booleans.

    A class of fewer than 2 * components chosen points has no mixture, and its means are NaN.
    Components come in falling order of their weight. Section 5.2 takes five of a class.
    """
    own, used = np.asarray(labels), np.asarray(chosen, dtype=bool)
    found = np.full((classes, components, points.shape[1]), np.nan)
    for number in range(classes):
        part = points[used & (own == number)]
        if len(part) < 2 * components:
            continue
        mixture: Any = GaussianMixture(components, random_state=seed % 2**32, reg_covar=1e-6)
        mixture.fit(part)
        found[number] = mixture.means_[np.argsort(-mixture.weights_, kind="stable")]
    return found
