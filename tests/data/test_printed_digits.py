"""Digits in print: the same by seed, legible, in the middle, bright on dark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font
from sklearn.linear_model import LogisticRegression

from vicinal.data import printed_digits as module
from vicinal.data.build import build_dataset
from vicinal.data.dataset import Dataset
from vicinal.data.printed_digits import FONTS, printed_digits


def images_of(dataset: Dataset) -> npt.NDArray[np.uint8]:
    return np.concatenate([dataset.inputs[split] for split in ("train", "test")])


def test_images_depend_on_the_seed_alone() -> None:
    first, again, other = (printed_digits(samples=60, seed=seed) for seed in (3, 3, 2**70))
    for split in ("train", "test"):
        np.testing.assert_array_equal(first.inputs[split], again.inputs[split])
        np.testing.assert_array_equal(first.labels[split], again.labels[split])
    assert not np.array_equal(first.inputs["test"], other.inputs["test"])


def test_classes_are_balanced_in_both_splits() -> None:
    dataset = build_dataset("printed_digits", {}, {"samples": 200, "size": 12}, seed=1)
    assert dataset.class_names == tuple("0123456789")
    assert dataset.inputs["train"].shape == (160, 1, 12, 12)
    assert dataset.inputs["train"].dtype == np.uint8
    np.testing.assert_array_equal(np.bincount(dataset.labels["train"]), [16] * 10)
    np.testing.assert_array_equal(np.bincount(dataset.labels["test"]), [4] * 10)
    uneven = np.concatenate(list(printed_digits(samples=57, test_fraction=0.3).labels.values()))
    assert set(np.bincount(uneven)) == {5, 6}


def test_a_linear_classifier_tells_the_digits_apart() -> None:
    dataset = printed_digits(seed=5)
    flat = {split: images.reshape(-1, 64) / 255 for split, images in dataset.inputs.items()}
    model = LogisticRegression(max_iter=500).fit(flat["train"], dataset.labels["train"])
    assert model.score(flat["test"], dataset.labels["test"]) > 0.8


@pytest.mark.parametrize("size", [8, 28, 64])
def test_digits_are_bright_uncut_and_in_the_middle(size: int) -> None:
    images = images_of(printed_digits(size, 200, 0.5, seed=2))[:, 0].astype(float)
    assert images.max(axis=(1, 2)).min() > 80  # no image is empty
    shares = images.mean(axis=(1, 2)) / 255
    assert shares.min() > 0.02
    assert shares.max() < 0.4
    places = (np.arange(size) + 0.5) / size
    mass = images.sum(axis=(1, 2))
    for axis in (1, 2):
        centres = images.sum(axis=axis) @ places / mass
        # Shifts are uniform on 5 % to either side; few digits are moved back from the rim.
        assert np.quantile(np.abs(centres - 0.5), 0.95) < 0.055
        assert np.abs(centres - 0.5).max() < 0.12
        assert centres.std() == pytest.approx(0.1 / 12**0.5, rel=0.2)
    if size == 64:  # whose pixels are as wide as the margin
        rim = np.concatenate([images[:, [0, -1]].ravel(), images[:, :, [0, -1]].ravel()])
        assert not rim.any()


def test_a_digit_is_as_long_as_in_mnist() -> None:
    dataset = printed_digits(64, 300, 0.5, seed=4)
    rows = (images_of(dataset)[:, 0] > 127).any(axis=2)
    lengths = rows.sum(axis=1) / 64
    assert lengths.mean() == pytest.approx(20 / 28, rel=0.05)
    assert lengths.min() > 0.85 * 20 / 28
    assert lengths.max() < 1.2 * 20 / 28


def test_turning_and_shifting_are_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """With neither, a digit is its glyph, shrunk."""
    for name in ("SCALE", "TURN", "SHIFT"):
        monkeypatch.setattr(module, name, 0.0)
    monkeypatch.setattr(module, "FONTS", ("DejaVuSans-Bold",))
    dataset = printed_digits(28, 40, 0.5)
    for digit in range(10):
        own = [dataset.inputs[split][dataset.labels[split] == digit] for split in ("train", "test")]
        assert len(np.unique(np.concatenate(own), axis=0)) == 1
    zero = dataset.inputs["train"][dataset.labels["train"] == 0][0, 0].astype(int)
    assert np.abs(zero - zero[::-1]).max() < 40  # upright: its halves mirror one another
    assert np.abs(zero - zero[:, ::-1]).max() < 40
    assert zero.any(axis=1).sum() in (20, 21, 22)


@pytest.mark.parametrize("font", FONTS)
def test_every_font_has_the_digits_in_their_places(font: str) -> None:
    characters = FT2Font(Path(get_data_path()) / "fonts/ttf" / f"{font}.ttf").get_charmap()
    assert all(ord(digit) in characters for digit in "0123456789")


def test_what_cannot_be_drawn_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (7, 65):
        with pytest.raises(ValueError, match=f"size is {size}; allowed is 8 to 64"):
            printed_digits(size)
    with pytest.raises(ValueError, match="samples is 19; allowed is at least 20"):
        printed_digits(samples=19)
    with pytest.raises(ValueError, match="test_fraction is 1; allowed is between 0 and 1"):
        printed_digits(samples=20, test_fraction=1)
    monkeypatch.setattr(module, "FONTS", ("Nowhere",))
    with pytest.raises(FileNotFoundError, match=r"Nowhere\.ttf: this font of matplotlib"):
        printed_digits(samples=20)
