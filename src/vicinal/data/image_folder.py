"""A user's own images: a folder of image files for each class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from vicinal.data.dataset import Dataset
from vicinal.data.own_samples import Samples, own_dataset

Colour = Literal["rgb", "grey"]
SUFFIXES = {
    **{".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".gif": "GIF"},
    **{".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP", ".ppm": "PPM", ".pgm": "PPM"},
}
_MODES = {"rgb": "RGB", "grey": "L"}
_EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")


def image_folder(
    path: Path,
    *,
    size: int | None = None,
    colour: Colour = "rgb",
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Inputs uint8 (N, C, H, W), C being 3 or 1; a class is a folder of images, named by it.

    path : holds one folder a class, or the folders `train` and `test` that do; without these
        `test_fraction` is split off. Hidden files are skipped.
    size : every image is scaled (bilinear, its proportions kept) until it just covers size x size,
        and what stands over is cut off evenly at both sides. None leaves images as they are, which
        then must all have one size.
    colour : `grey` is 0.299 R + 0.587 G + 0.114 B. Transparency is ignored, a file's note on its
        orientation followed, and of several pictures in a file the first taken.

    Raises ValueError that names the file for one that is no image of 8 bits a channel or of another
    size than the first, and the folder where classes are missing, empty or too small to be split.
    """
    if colour not in get_args(Colour):
        raise ValueError(f"colour is {colour!r}; allowed are {', '.join(get_args(Colour))}")
    if size is not None and size < 1:
        raise ValueError(f"size is {size}; allowed is at least 1, or none")
    files = list(image_files(path))
    root = path / "train" if _is_split(path) else path
    train = _samples([file for file in files if root in file.parents], root, size, colour)
    test = None
    if _is_split(path):
        root = path / "test"
        test = _samples([file for file in files if root in file.parents], root, size, colour)
    return own_dataset(
        train,
        test,
        task="classification",
        label_scale="as_is",
        test_fraction=test_fraction,
        seed=seed,
    )


def image_files(path: Path) -> Iterator[Path]:
    """The files of all classes, by folder and name.

    Raises ValueError for a folder without class folders, an empty one, and anything in it that is
    no image file.
    """
    if not path.is_dir():
        raise ValueError(f"{path}: no such folder (looked for from {Path.cwd()})")
    if _is_split(path):
        others = [entry.name for entry in _entries(path) if entry.name not in ("train", "test")]
        if others:
            raise ValueError(
                f"{path}: {others[0]} stands beside the folders train and test, which hold the "
                "classes"
            )
    for root in (path / "train", path / "test") if _is_split(path) else (path,):
        yield from _files_of_classes(root)


def _files_of_classes(root: Path) -> Iterator[Path]:
    if not _entries(root):
        raise ValueError(f"{root}: no folders; one folder of images for each class is needed")
    for folder in _entries(root):
        if not folder.is_dir():
            raise ValueError(f"{folder}: a file beside the folders of classes; remove it")
        files = _entries(folder)
        if not files:
            raise ValueError(f"{folder}: the class has no image")
        for file in files:
            if file.is_dir() or file.suffix.lower() not in SUFFIXES:
                raise ValueError(
                    f"{file}: no image file; a class folder holds only {', '.join(SUFFIXES)}"
                )
            yield file


def _is_split(path: Path) -> bool:
    return (path / "train").is_dir() and (path / "test").is_dir()


def _entries(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def _samples(files: list[Path], root: Path, size: int | None, colour: Colour) -> Samples:
    first = _read(files[0], size, colour)
    images = np.empty((len(files), *first.shape), dtype=np.uint8)
    for number, file in enumerate(files):
        image = _read(file, size, colour)
        if image.shape != first.shape:
            raise ValueError(
                f"{file}: {_extent(image)} pixels, but {files[0]} has {_extent(first)}; set `size` "
                "to bring all images to one size"
            )
        images[number] = image
    return Samples(images, [file.parent.name for file in files], str(root), _place_of(files))


def _place_of(files: list[Path]) -> Callable[[int], str]:
    return lambda number: str(files[number])


def _extent(image: npt.NDArray[np.uint8]) -> str:
    return f"{image.shape[2]} x {image.shape[1]}"


def _read(file: Path, size: int | None, colour: Colour) -> npt.NDArray[np.uint8]:
    """One image (C, H, W)."""
    try:
        with Image.open(file, formats=sorted(set(SUFFIXES.values()))) as opened:
            if opened.mode not in _EIGHT_BITS:
                raise ValueError(f"pixels of mode {opened.mode}; 8 bits a channel are needed")
            picture = ImageOps.exif_transpose(opened).convert(_MODES[colour])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{file}: cannot be read as an image: {error}") from error
    if size is not None:
        picture = ImageOps.fit(picture, (size, size), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture, dtype=np.uint8)
    return pixels[None] if colour == "grey" else np.moveaxis(pixels, 2, 0)
