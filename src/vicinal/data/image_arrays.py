"""What counts as an array of images."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def check_images(images: npt.NDArray[Any], what: str = "images") -> None:
    """Raise ValueError, beginning with `what`, for all but uint8 (N, C, H, W) with N at least 1."""
    if images.dtype != np.uint8 or images.ndim != 4 or not len(images):
        raise ValueError(
            f"{what} have dtype {images.dtype} and shape {images.shape}; needed are uint8 "
            "(N, C, H, W), one or more"
        )
