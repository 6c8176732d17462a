"""MNIST, read from its four gzipped IDX files."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset

UNSIGNED_BYTE = 0x08  # the IDX code of the element type
CLASS_NAMES = tuple(str(digit) for digit in range(10))


def mnist(train_images: Path, train_labels: Path, test_images: Path, test_labels: Path) -> Dataset:
    """The handwritten digits: images uint8 (N, 1, rows, columns), labels int64 (N,) in 0..9.

    Raises ValueError where a file is not gzip or IDX, its length does not fit its header, a label
    exceeds 9, or images and labels differ in number.
    """
    inputs, labels = {}, {}
    for split, image_file, label_file in (
        ("train", train_images, train_labels),
        ("test", test_images, test_labels),
    ):
        inputs[split] = read_idx(image_file, axes=3)[:, None]
        labels[split] = read_idx(label_file, axes=1).astype(np.int64)
    return Dataset("classification", inputs, labels, CLASS_NAMES)


def read_idx(path: Path, axes: int) -> npt.NDArray[np.uint8]:
    """An IDX file of unsigned bytes with `axes` axes, gzipped.

    The header is two zero bytes, the element type, the number of axes, and the length of each
    axis as a big-endian 32-bit integer. Raises ValueError for any other content.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: not a complete gzip file ({error})") from error
    magic = bytes((0, 0, UNSIGNED_BYTE, axes))
    if content[:4] != magic:
        raise ValueError(
            f"{path}: begins with {content[:4].hex()}; an IDX file of unsigned bytes with "
            f"{axes} axes begins with {magic.hex()}"
        )
    header = 4 + 4 * axes
    if len(content) < header:
        raise ValueError(f"{path}: ends within its header of {header} bytes")
    shape = [int(length) for length in np.frombuffer(content, ">u4", count=axes, offset=4)]
    expected = header + int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise ValueError(
            f"{path}: {len(content)} bytes uncompressed; its header of shape "
            f"{tuple(shape)} asks for {expected}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape).copy()
