"""What the generators of several trainings make, held against true images, trial by trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vicinal.gradients.gan_metrics import frechet_distance, mean_image_rmse, pixel_divergence
from vicinal.models.backbone import Backbone, extract_features

FloatArray = npt.NDArray[np.float64]
UInt8Array = npt.NDArray[np.uint8]
Embedding = Callable[[UInt8Array], npt.NDArray[np.floating[Any]]]


def image_quality(
    training: UInt8Array,
    compared: Mapping[str, UInt8Array],
    *,
    bins: int,
    embed: Embedding | None = None,
) -> dict[str, dict[str, FloatArray]]:
    """Distances of sets of images from the training images, by name, metric and trial.

    training : uint8 (N, C, H, W), in random order.
    compared : by name, uint8 (T, M, C, H, W) of T trials, in random order. True images of another
        split (T = 1) have the distances that a perfect generator's have.
    bins : of the grey levels in the divergence.
    embed : images (n, C, H, W) to features (n, d); None leaves the Fréchet distance out.

    Returns `kl`, `rmse` and `frechet`, each (T,). All depend on how many images are compared: they
    are of the first n of each set, n being that of the smallest. The first two compare these with
    all training images, the third with as many.
    Raises ValueError as the metrics do.
    """
    count = min(len(training), *(images.shape[1] for images in compared.values()))
    equal = {name: images[:, :count] for name, images in compared.items()}
    found = {
        name: {
            "kl": pixel_divergence(training, images, bins=bins),
            "rmse": mean_image_rmse(training, images),
        }
        for name, images in equal.items()
    }
    if embed is None:
        return found
    real = embed(training[:count])
    for name, images in equal.items():
        features = np.stack([embed(of_trial) for of_trial in images])
        found[name]["frechet"] = frechet_distance(real, features)
    return found


def embedding_by(network: Backbone, device: torch.device | str = "cpu") -> Embedding:
    """Images to the features of a trained network, which scales pixels as it was trained to."""
    return lambda images: extract_features(network, images, device=device)[0]
