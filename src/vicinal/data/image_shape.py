"""Images brought to the size and the channels of others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

# ITU-R BT.601: how much red, green and blue make grey.
LUMA = (0.299, 0.587, 0.114)
_AT_ONCE = 1000


def fit_images(images: npt.NDArray[np.uint8], shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Images uint8 (N, C, H, W) as uint8 (N, *shape), so that a network of others takes them.

    shape : channels, rows and columns. Grey is repeated for three channels; of three channels, in
        the order red, green, blue, grey is the luma of ITU-R BT.601. Sizes change by bilinear
        interpolation, which averages over what one pixel covers where images shrink; proportions
        are not kept. Values are rounded once.

    Raises ValueError for images of another dtype or without 4 axes, for a shape that is not three
    lengths from 1, and for channels that differ and are not 1 and 3.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or 0 in images.shape[1:]:
        raise ValueError(
            f"images of dtype {images.dtype} and shape {images.shape}; allowed are uint8 images "
            "(N, C, H, W)"
        )
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"shape is {tuple(shape)}; allowed are (C, H, W), each at least 1")
    if images.shape[1] != shape[0] and {images.shape[1], shape[0]} != {1, 3}:
        raise ValueError(
            f"images of {images.shape[1]} channels cannot be given {shape[0]}; 1 and 3 are turned "
            "into one another"
        )
    fitted = np.empty((len(images), *shape), dtype=np.uint8)
    for start in range(0, len(images), _AT_ONCE):
        part = torch.as_tensor(images[start : start + _AT_ONCE]).to(torch.float32)
        fitted[start : start + _AT_ONCE] = _fit(part, shape).numpy()
    return fitted


def _fit(images: Tensor, shape: tuple[int, int, int]) -> Tensor:
    channels, *size = shape
    if channels == 1 and images.shape[1] == 3:
        luma = torch.tensor(LUMA, dtype=images.dtype).view(1, 3, 1, 1)
        images = (images * luma).sum(dim=1, keepdim=True)
    if list(images.shape[-2:]) != size:
        images = functional.interpolate(
            images, size, mode="bilinear", align_corners=False, antialias=True
        )
    whole = images.round().clamp(0, 255).to(torch.uint8)
    return whole.expand(-1, channels, -1, -1)
