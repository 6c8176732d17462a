"""How far generated images are from true ones: KL divergence, RMSE, Fréchet distance.

Table 2 gives a KL divergence and an RMSE "between images generated via GANs and true images" and
defines neither; nothing says between which pairs, or of what distributions. Both are defined here
between sets of images, so that no pairing is needed. Values do not compare with the paper's; what
compares is training with and without gradients, and either with the value that true images have
among themselves (those of another split in the place of the generated ones), which is not 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
UInt8Array = npt.NDArray[np.uint8]


def mean_image_rmse(real: UInt8Array, generated: UInt8Array) -> FloatArray:
    """Root mean square, over pixels, of the difference of the two mean images.

        sqrt(1/P sum_p (mean_n real[n, p] - mean_m generated[m, p])^2),  pixels in [0, 1]

    real : uint8 (N, C, H, W).     generated : uint8 (..., M, C, H, W), of one or many trials.

    Returns float64 of the leading axes' shape. 0 where the mean images agree, however the single
    images look. Raises ValueError for images of other kinds, sizes or dtype, or none.

    McDonagh and Chen, table 2; the definition is ours.
    """
    _check_images(real, generated)
    # Sums of uint8 are exact in float64, whatever the order.
    difference = (generated.mean(axis=-4, dtype=np.float64) - real.mean(axis=0)) / 255
    root: FloatArray = np.sqrt(np.mean(difference**2, axis=(-3, -2, -1)))
    return root


def pixel_divergence(
    real: UInt8Array, generated: UInt8Array, *, bins: int = 16, pseudo_count: float = 0.5
) -> FloatArray:
    """Kullback-Leibler divergence of each pixel's grey levels, summed over pixels, in nats.

        sum_p sum_b r[p, b] log(r[p, b] / g[p, b]),  r[p, b] = (n[p, b] + c) / (N + c bins)

    with n[p, b] the number of true images whose pixel p has its grey level in bin b, and g from the
    generated ones likewise: the divergence from the true images to the generated ones, of pixels
    taken as independent.

    real, generated : as for `mean_image_rmse`.
    bins : of equal width over the 256 grey levels, 1 to 256.
    pseudo_count : c, above 0: no bin is impossible, and the divergence is finite.

    Returns float64 of the leading axes' shape. 0 for equal sets of images; of two samples of one
    distribution about P (bins - 1) (1/N + 1/M) / 2 where all bins are well filled.
    Raises ValueError for bins and pseudo_count out of range, and as `mean_image_rmse`.

    McDonagh and Chen, table 2; the definition is ours.
    """
    _check_images(real, generated)
    if not 1 <= bins <= 256:
        raise ValueError(f"bins is {bins}; allowed are 1 to 256")
    if not 0 < pseudo_count < float("inf"):
        raise ValueError(f"pseudo_count is {pseudo_count}; it must be above 0")
    p = _frequencies(real, bins, pseudo_count)
    sets = generated.reshape(-1, *generated.shape[-4:])
    found = [np.sum(p * np.log(p / _frequencies(one, bins, pseudo_count))) for one in sets]
    return np.reshape(np.array(found), generated.shape[:-4])


def frechet_distance(
    real: npt.NDArray[np.floating[Any]], generated: npt.NDArray[np.floating[Any]]
) -> FloatArray:
    """Fréchet distance between the Gaussians fitted to features of true and generated images.

        |mu_r - mu_g|^2 + tr(S_r + S_g - 2 (S_r S_g)^(1/2))

    with means mu and covariances S (divided by N - 1). It is in squared units of the features,
    and biased upwards for few images (Heusel et al. 2017): compare equal numbers.

    real : (N, d).     generated : (..., M, d).

    The trace of the square root is the sum of the singular values of R_r R_g', where S = R'R by a
    QR decomposition of the centred features: real and accurate for singular covariances too, where
    the root of the product is neither.

    Returns float64 of the leading axes' shape, at least 0. Raises ValueError for features of
    different width, fewer than two of them, and NaN or infinity.
    """
    for name, features in (("real", real), ("generated", generated)):
        if features.ndim < 2 or features.shape[-2] < 2:
            raise ValueError(
                f"{name} features have shape {features.shape}; needed are (images, d) of two "
                "images or more"
            )
        if not np.isfinite(features).all():
            raise ValueError(f"{name} features hold NaN or infinity")
    if real.ndim != 2 or real.shape[1] != generated.shape[-1]:
        raise ValueError(
            f"real features have shape {real.shape}, generated ones {generated.shape}; needed are "
            "(N, d) and (..., M, d)"
        )
    mean, root = _gaussian(real)
    means, roots = _gaussian(generated)
    overlap = np.linalg.svd(root @ np.swapaxes(roots, -2, -1), compute_uv=False).sum(axis=-1)
    spread = np.sum(root**2) + np.sum(roots**2, axis=(-2, -1))
    distance: FloatArray = np.sum((means - mean) ** 2, axis=-1) + spread - 2 * overlap
    return np.maximum(distance, 0.0)


def _gaussian(features: npt.NDArray[np.floating[Any]]) -> tuple[FloatArray, FloatArray]:
    """Mean (..., d) and a root R (..., min(N, d), d) of the covariance R'R."""
    values = np.asarray(features, dtype=np.float64)
    mean = values.mean(axis=-2)
    centred = (values - mean[..., None, :]) / np.sqrt(values.shape[-2] - 1)
    root: FloatArray = np.linalg.qr(centred, mode="r")  # type: ignore[assignment]
    return mean, root


def _frequencies(images: UInt8Array, bins: int, pseudo_count: float) -> FloatArray:
    """Relative frequencies (P, bins) of the grey levels of each pixel of (N, C, H, W) images."""
    flat = images.reshape(len(images), -1)
    pixels = flat.shape[1]
    levels = flat.astype(np.int64) * bins // 256 + np.arange(pixels) * bins
    counts = np.bincount(levels.ravel(), minlength=pixels * bins).reshape(pixels, bins)
    share: FloatArray = np.asarray(counts + pseudo_count, dtype=np.float64)
    return share / (len(images) + pseudo_count * bins)


def _check_images(real: UInt8Array, generated: UInt8Array) -> None:
    if real.dtype != np.uint8 or generated.dtype != np.uint8:
        raise ValueError(
            f"images are of dtype {real.dtype} and {generated.dtype}; needed is uint8 in 0..255"
        )
    if real.ndim != 4 or generated.ndim < 4 or real.shape[1:] != generated.shape[-3:]:
        raise ValueError(
            f"real images have shape {real.shape}, generated ones {generated.shape}; needed are "
            "(N, C, H, W) and (..., M, C, H, W)"
        )
    if not len(real) or not generated.shape[-4]:
        raise ValueError(
            f"{len(real)} real and {generated.shape[-4]} generated images; at least one is needed"
        )
