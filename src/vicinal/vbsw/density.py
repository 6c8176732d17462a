"""The density of the samples, by which eq. 5 divides and which the paper leaves out."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from vicinal.neighbours import check_samples, nearest_neighbours

FloatArray = npt.NDArray[np.float64]
Density = Literal["none", "knn", "gmm"]


def relative_density(
    X: npt.ArrayLike,
    density: Density,
    *,
    k: int = 20,
    components: int = 10,
    clip: float = 0.05,
    seed: int = 0,
) -> FloatArray:
    """The density p_X at each sample, up to a factor, its extremes clipped.

    X : (N, d) finite floats.
    density : `knn` takes p proportional to r^-d with r the distance to the k-th neighbour, `gmm`
        a Gaussian mixture of full covariances; `none` is 1 everywhere, the paper's choice.
    k : neighbours of `knn`, the sample itself included.      components, seed : of the mixture.
    clip : densities below their quantile `clip` and above 1 - `clip` are set to it. In many
        dimensions both estimates range over hundreds of orders of magnitude (the paper calls them
        extreme); the clip is on the logarithm, so that nothing overflows before it.

    Returns (N,) float64 with geometric mean 1. Duplicates at distance 0 count as the densest.
    Raises ValueError for an unknown estimate and parameters out of range.

    Novello et al., eq. 5 and section 4.2.
    """
    samples = check_samples(X)
    if density not in get_args(Density):
        raise ValueError(f"density is {density!r}; allowed are {', '.join(get_args(Density))}")
    if not 0 <= clip < 0.5:
        raise ValueError(f"clip is {clip}; allowed is 0 to below 0.5")
    if density == "none":
        return np.ones(len(samples))
    if density == "knn":
        logarithm = _log_knn_density(samples, k)
    else:
        logarithm = _log_mixture_density(samples, components, seed)
    low, high = np.quantile(logarithm, [clip, 1 - clip], method="nearest")
    logarithm = np.clip(logarithm, low, high)
    clipped: FloatArray = np.exp(logarithm - logarithm.mean())
    return clipped


def _log_knn_density(samples: FloatArray, k: int) -> FloatArray:
    if not 2 <= k <= len(samples):
        raise ValueError(f"k = {k} neighbours of {len(samples)} samples; allowed are 2 to those")
    furthest = nearest_neighbours(samples, k)[:, -1]
    distance = np.linalg.norm(samples - samples[furthest], axis=1)
    positive = distance[distance > 0]
    # Where k samples coincide, the radius is 0: as dense as the densest of the others.
    distance = np.maximum(distance, positive.min() if len(positive) else 1.0)
    logarithm: FloatArray = -samples.shape[1] * np.log(distance)
    return logarithm


def _log_mixture_density(samples: FloatArray, components: int, seed: int) -> FloatArray:
    from sklearn.mixture import GaussianMixture

    if not 1 <= components <= len(samples):
        raise ValueError(f"{components} components of {len(samples)} samples; allowed are 1 to N")
    mixture = GaussianMixture(components, random_state=seed, reg_covar=1e-6).fit(samples)
    logarithm: FloatArray = mixture.score_samples(samples)
    return logarithm
