"""A user's own arrays and image folders: shapes, layouts, sizes, and what is said of faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from vicinal.data.build import build_dataset, own_files

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 3, 5, 4)).astype(np.uint8)
LABELS = np.arange(12) % 2


def read_npz(tmp_path: Path, options: dict[str, Any] | None = None, **arrays: Any) -> Any:
    path = tmp_path / "own.npz"
    np.savez(path, **{"labels": LABELS} | arrays)
    return build_dataset("npz", {}, {"path": str(path)} | (options or {}), 0)


def both_splits(dataset: Any) -> npt.NDArray[Any]:
    return np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (IMAGES, IMAGES),
        (IMAGES.transpose(0, 2, 3, 1), IMAGES),
        (IMAGES[:, 0], IMAGES[:, :1]),
        (IMAGES[:, 0, :, :], IMAGES[:, :1]),
        (RNG.normal(size=(12, 2)).astype(np.float32), None),
        (RNG.integers(0, 9, (12, 2)), None),
        (np.array([f"text {n}" for n in range(12)]), None),
    ],
)
def test_arrays_become_inputs(tmp_path: Path, array: Any, expected: Any) -> None:
    dataset = read_npz(tmp_path, inputs=array)
    expected = array if expected is None else expected
    if array.ndim == 1:
        expected = array[:, None]
    found = both_splits(dataset)
    assert found.shape == expected.shape
    assert found.dtype == (np.float64 if array.dtype.kind in "fi" else expected.dtype)

    def rows(of: npt.NDArray[Any]) -> list[Any]:
        return sorted(row.tolist() for row in of)

    assert rows(found) == rows(expected.astype(found.dtype))


def test_an_unclear_layout_is_asked_for(tmp_path: Path) -> None:
    array = IMAGES.transpose(0, 1, 3, 2)[:, :, :, :3]  # (12, 3, 4, 3)
    with pytest.raises(ValueError, match=r"axis of \(12, 3, 4, 3\) holds the channels"):
        read_npz(tmp_path, inputs=array)
    first = read_npz(tmp_path, {"layout": "channels_first"}, inputs=array)
    assert first.inputs["train"].shape[1:] == (3, 4, 3)
    last = read_npz(tmp_path, {"layout": "channels_last"}, inputs=array)
    assert last.inputs["train"].shape[1:] == (3, 3, 4)
    with pytest.raises(ValueError, match="has not 1 or 3 channels"):
        read_npz(tmp_path, {"layout": "channels_last"}, inputs=IMAGES)
    with pytest.raises(ValueError, match="layout is 'x'"):
        read_npz(tmp_path, {"layout": "x"}, inputs=IMAGES)


def test_test_arrays_of_the_same_or_another_file(tmp_path: Path) -> None:
    options = {"test_inputs": "xt", "test_labels": "yt", "inputs": "x", "labels": "y"}
    arrays = {"x": IMAGES, "y": LABELS == 1, "xt": IMAGES[:3], "yt": LABELS[:3] == 1}
    dataset = read_npz(tmp_path, options, **arrays)
    assert dataset.class_names == ("False", "True")
    np.testing.assert_array_equal(dataset.inputs["train"], IMAGES)
    np.testing.assert_array_equal(dataset.inputs["test"], IMAGES[:3])
    np.testing.assert_array_equal(dataset.labels["test"], LABELS[:3])
    other = tmp_path / "test.npz"
    np.savez(other, inputs=IMAGES[5:9], labels=LABELS[5:9])
    dataset = read_npz(tmp_path, {"test_path": str(other)}, inputs=IMAGES)
    np.testing.assert_array_equal(dataset.labels["test"], LABELS[5:9])
    own = tmp_path / "own.npz"
    assert own_files("npz", {"path": str(own), "test_path": str(other)}) == [own, other]
    with pytest.raises(ValueError, match=r"absent.npz: no such file \(looked for from "):
        own_files("npz", {"path": str(own), "test_path": "absent.npz"})
    with pytest.raises(ValueError, match="given together"):
        read_npz(tmp_path, {"test_inputs": "xt"}, inputs=IMAGES)
    np.savez(other, inputs=IMAGES[:, :, :3], labels=LABELS)
    with pytest.raises(ValueError, match=r"samples of shape \(3, 3, 4\); those of"):
        read_npz(tmp_path, {"test_path": str(other)}, inputs=IMAGES)


def test_float_labels_are_values(tmp_path: Path) -> None:
    values = RNG.normal(size=12)
    dataset = read_npz(tmp_path, {"label_scale": "as_is"}, inputs=values[:, None], labels=values)
    assert dataset.task == "regression"
    np.testing.assert_array_equal(dataset.labels["test"], dataset.inputs["test"][:, 0])


def with_hole(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array = array.astype(float)
    array[np.unravel_index(7, array.shape)] = np.nan
    return array


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"inputs": IMAGES / 255.0}, r"own.npz, array inputs: float64 of shape \(12, 3, 5, 4\)"),
        ({"images": IMAGES}, r"own.npz: no array 'inputs'; there are images, labels"),
        ({"inputs": IMAGES[:5]}, "array inputs: 5 samples, but 12 labels in labels"),
        ({"inputs": with_hole(np.ones((12, 2)))}, r"row 3, column 1 \(from 0\): nan"),
        ({"inputs": np.array(["a"] * 11 + [" "])}, "row 11, column 0 .*: the text is empty"),
        ({"inputs": IMAGES, "labels": with_hole(LABELS)}, r"array labels, row 7 \(from 0\): nan"),
        ({"inputs": IMAGES, "labels": LABELS[:, None]}, r"labels are numbers, .* texts \(N,\)"),
        ({"inputs": IMAGES, "labels": LABELS == 99}, "all labels are 'False'"),
        ({"inputs": IMAGES[:0], "labels": LABELS[:0]}, "no samples"),
        ({"inputs": IMAGES, "labels": np.arange(12) == 4}, "class 'True' has this sample only"),
    ],
)
def test_faults_of_arrays(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path, **arrays)


def test_no_pickle_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"own.npz: array '.*' holds Python objects: save it as"):
        read_npz(tmp_path, inputs=np.array([object()] * 12))
    (tmp_path / "own.npz").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"own.npz: no .npz file"):
        build_dataset("npz", {}, {"path": str(tmp_path / "own.npz")}, 0)
    np.save(tmp_path / "one.npy", IMAGES)
    with pytest.raises(ValueError, match=r"one.npy: no .npz file"):
        build_dataset("npz", {}, {"path": str(tmp_path / "one.npy")}, 0)


# Folders of images


def save(path: Path, pixels: npt.NDArray[Any], **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def folder(tmp_path: Path, per_class: int = 4) -> Path:
    """Class cat is red, dog is blue; all of 6 x 4 pixels, the number of the file in the green."""
    for name, channel in (("cat", 0), ("dog", 2)):
        for number in range(per_class):
            pixels = np.zeros((4, 6, 3), dtype=np.uint8)
            pixels[..., channel], pixels[..., 1] = 200, number
            save(tmp_path / "pets" / name / f"{number}.png", pixels)
    return tmp_path / "pets"


def read_images(path: Path, **options: Any) -> Any:
    return build_dataset("images", {}, {"path": str(path)} | options, 0)


def test_folders_become_classes(tmp_path: Path) -> None:
    path = folder(tmp_path)
    (path / ".hidden").write_text("x")
    dataset = read_images(path, test_fraction=0.5)
    assert dataset.class_names == ("cat", "dog")
    assert dataset.inputs["train"].shape == dataset.inputs["test"].shape == (4, 3, 4, 6)
    for split in ("train", "test"):
        red = dataset.inputs[split][:, 0, 0, 0] == 200
        np.testing.assert_array_equal(dataset.labels[split], np.where(red, 0, 1))
    numbers = np.sort(both_splits(dataset)[:, 1].reshape(8, -1).mean(axis=1))
    np.testing.assert_array_equal(numbers, [0, 0, 1, 1, 2, 2, 3, 3])
    assert len(own_files("images", {"path": str(path)})) == 8


def test_train_and_test_folders(tmp_path: Path) -> None:
    pixels = np.full((2, 2), 7, dtype=np.uint8)
    for split, name in (("train", "10"), ("train", "9"), ("test", "9"), ("test", "9b")):
        save(tmp_path / "own" / split / name / "a.png", pixels)
    with pytest.raises(ValueError, match=r"9b/a.png: class '9b' has no sample in .*train"):
        read_images(tmp_path / "own")
    (tmp_path / "own/test/9b").rename(tmp_path / "own/test/10")
    dataset = read_images(tmp_path / "own", colour="grey")
    assert dataset.class_names == ("9", "10")
    assert dataset.labels["test"].tolist() == [1, 0]  # by folder name, as files are listed
    assert dataset.inputs["test"].shape == (2, 1, 2, 2)
    assert (dataset.inputs["train"] == 7).all()
    (tmp_path / "own/validation").mkdir()
    with pytest.raises(ValueError, match="validation stands beside the folders train and test"):
        read_images(tmp_path / "own")


def test_grey_follows_its_formula_and_colour_repeats_grey(tmp_path: Path) -> None:
    path = folder(tmp_path)
    grey = read_images(path, colour="grey")
    assert grey.inputs["train"].shape[1:] == (1, 4, 6)
    cat = grey.inputs["train"][grey.labels["train"] == 0]
    assert abs(cat.mean() - (0.299 * 200 + 0.587 * 1.5)) < 1
    save(path / "cat" / "4.jpg", np.full((4, 6), 90, dtype=np.uint8))
    four = both_splits(read_images(path))
    assert (four == 90).all(axis=(1, 2, 3)).sum() == 1


def test_images_are_scaled_to_cover_and_cropped_in_the_middle(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for number, width in ((0, 40), (1, 20)):
            pixels = np.zeros((20, width, 3), dtype=np.uint8)
            pixels[:, width // 4 : 3 * width // 4] = 255
            save(tmp_path / "own" / name / f"{number}.png", pixels)
    with pytest.raises(ValueError, match=r"a/1.png: 20 x 20 pixels, but .*a/0.png has 40 x 20"):
        read_images(tmp_path / "own")
    dataset = read_images(tmp_path / "own", size=10, test_fraction=0.5)
    found = both_splits(dataset)
    assert found.shape == (4, 3, 10, 10)
    # Of the wide image the middle half is left, which is white; the square one keeps its edges.
    white = (found[:, 0, 5] > 127).sum(axis=1)
    assert sorted(white) in ([4, 4, 10, 10], [5, 5, 10, 10], [6, 6, 10, 10])


def test_the_note_on_orientation_is_followed(tmp_path: Path) -> None:
    pixels = np.zeros((2, 3), dtype=np.uint8)
    pixels[0, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    for name in ("a", "b"):
        for number in range(2):
            save(tmp_path / "own" / name / f"{number}.png", pixels, exif=exif)
    dataset = read_images(tmp_path / "own", colour="grey", test_fraction=0.5)
    np.testing.assert_array_equal(dataset.inputs["train"][0, 0], np.rot90(pixels, -1))


def test_faults_of_folders(tmp_path: Path) -> None:
    path = folder(tmp_path)

    def fault(message: str, **options: Any) -> None:
        with pytest.raises(ValueError, match=message):
            read_images(path, **options)

    fault("colour is 'cmyk'; allowed are rgb, grey", colour="cmyk")
    fault("size is 0", size=0)
    (path / "cat" / "notes.txt").write_text("x")
    fault(r"cat/notes.txt: no image file; a class folder holds only .png, .jpg")
    (path / "cat" / "notes.txt").rename(path / "notes.txt")
    fault(r"pets/notes.txt: a file beside the folders of classes")
    (path / "notes.txt").unlink()
    (path / "cat" / "9.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    fault(r"cat/9.png: cannot be read as an image")
    save(path / "cat" / "9.png", np.full((4, 6), 40000, dtype=np.uint16))
    fault(r"cat/9.png: cannot be read as an image: pixels of mode I;16; 8 bits")
    (path / "cat" / "9.png").unlink()
    (path / "emu").mkdir()
    fault(r"pets/emu: the class has no image")
    save(path / "emu" / "0.png", np.zeros((4, 6, 3), dtype=np.uint8))
    fault(r"emu/0.png: class 'emu' has this sample only")
    with pytest.raises(ValueError, match="absent: no such folder"):
        own_files("images", {"path": str(tmp_path / "absent")})
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty: no folders"):
        read_images(tmp_path / "empty")
