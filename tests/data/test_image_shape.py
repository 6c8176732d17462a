"""Images fitted to a shape, against values by hand and against Pillow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from vicinal.data.image_shape import fit_images

RNG = np.random.default_rng(0)


def one(rows: Any) -> Any:
    return np.array(rows, dtype=np.uint8)[None, None]


def test_the_same_shape_leaves_images_as_they_are() -> None:
    images = RNG.integers(0, 256, (1003, 3, 4, 5)).astype(np.uint8)
    fitted = fit_images(images, (3, 4, 5))
    np.testing.assert_array_equal(fitted, images)
    assert not np.shares_memory(fitted, images)


def test_values_by_hand() -> None:
    # Centres of the larger image's pixels lie at -1/4, 1/4, 3/4 and 5/4 of the smaller one's.
    np.testing.assert_array_equal(fit_images(one([[0, 100]]), (1, 1, 4)), one([[0, 25, 75, 100]]))
    # Half the size: triangles of weights 1, 3, 3, 1; at the rim what stands over is left out.
    shrunk = fit_images(one([[0, 0, 80, 160, 240, 240]]), (1, 1, 3))
    expected = [(3 * 0 + 3 * 0 + 80) / 7, (0 + 3 * 80 + 3 * 160 + 240) / 8, 1600 / 7]
    np.testing.assert_array_equal(shrunk, one([np.rint(expected)]))
    np.testing.assert_array_equal(
        fit_images(one(np.full((6, 9), 37)), (1, 4, 4)), one([[37] * 4] * 4)
    )


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (9, 20), (64, 40)])
def test_sizes_change_as_pillow_changes_them(size: tuple[int, int]) -> None:
    images = RNG.integers(0, 256, (5, 1, 28, 30)).astype(np.uint8)
    fitted = fit_images(images, (1, *size))
    for image, found in zip(images[:, 0], fitted[:, 0], strict=True):
        peer = Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(peer).astype(int) - found).max() <= 1


def test_fine_stripes_become_grey() -> None:
    """Without averaging, every second pixel would be taken: black, or white."""
    stripes = np.tile(np.array([0, 255], dtype=np.uint8), (1, 1, 32, 16))
    assert np.abs(fit_images(stripes, (1, 8, 8)).astype(float) - 127.5).max() < 10


def test_channels() -> None:
    grey = RNG.integers(0, 256, (2, 1, 3, 3)).astype(np.uint8)
    colour = fit_images(grey, (3, 3, 3))
    np.testing.assert_array_equal(colour, np.repeat(grey, 3, axis=1))
    np.testing.assert_array_equal(fit_images(colour, (1, 3, 3)), grey)
    primary = np.zeros((5, 3, 1, 1), dtype=np.uint8)
    primary[0, 0] = primary[1, 1] = primary[2, 2] = primary[3] = 255
    luma = fit_images(primary, (1, 1, 1)).ravel()
    np.testing.assert_array_equal(luma, [76, 150, 29, 255, 0])


def test_grey_is_pillow_s() -> None:
    images = RNG.integers(0, 256, (4, 3, 8, 8)).astype(np.uint8)
    fitted = fit_images(images, (1, 8, 8))
    for image, found in zip(images, fitted[:, 0], strict=True):
        peer = Image.fromarray(image.transpose(1, 2, 0)).convert("L")
        assert np.abs(np.asarray(peer).astype(int) - found).max() <= 1


def test_no_images_are_none() -> None:
    assert fit_images(np.zeros((0, 3, 8, 8), dtype=np.uint8), (1, 4, 4)).shape == (0, 1, 4, 4)


@pytest.mark.parametrize(
    ("images", "shape", "message"),
    [
        (np.zeros((2, 1, 8, 8)), (1, 8, 8), "dtype float64 and shape .2, 1, 8, 8.; allowed are"),
        (np.zeros((2, 8, 8), dtype=np.uint8), (1, 8, 8), r"shape \(2, 8, 8\); allowed are uint8"),
        (np.zeros((2, 1, 0, 8), dtype=np.uint8), (1, 8, 8), r"shape \(2, 1, 0, 8\)"),
        (np.zeros((2, 1, 8, 8), dtype=np.uint8), (1, 0, 8), r"shape is \(1, 0, 8\); allowed are"),
        (np.zeros((2, 1, 8, 8), dtype=np.uint8), (8, 8), r"shape is \(8, 8\); allowed are"),
        (np.zeros((2, 1, 8, 8), dtype=np.uint8), (2, 8, 8), "of 1 channels cannot be given 2"),
        (np.zeros((2, 4, 8, 8), dtype=np.uint8), (3, 8, 8), "of 4 channels cannot be given 3"),
    ],
)
def test_what_cannot_be_fitted_is_refused(images: Any, shape: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_images(images, shape)
