"""Science News: the words of 1 047 articles in eight classes, from the public file."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset
from vicinal.data.splits import split_at_random

# The file holds them as numbers from 1.
CLASS_NAMES = (
    *("anthropology", "astronomy", "behaviour", "environment"),
    *("life sciences", "mathematics and computers", "medicine", "physics and technology"),
)
SHAPE = (1153, 1047)  # words, documents
# Places, from 0, of documents that all but repeat the one before them; Irion and Saito drop them.
NEAR_DUPLICATES = (52, 56, 65, 96, 111)


def science_news(
    basic_npz: Path, near_duplicates: bool = False, test_fraction: float = 0.2, seed: int = 0
) -> Dataset:
    """The words of Science News articles: inputs float64 (N, 1153), labels int64 (N,).

    Inputs are relative frequencies, to six digits: each row sums to 1. Weights by rarity (tf-idf)
    are left to whoever uses them. The split is random, by `seed`.

    basic_npz : `SN_basic.npz`, of whose arrays `matrix` and `doc_class` alone are read: the words
        and titles in it are pickled objects, which are never loaded.
    near_duplicates : keep five documents that all but repeat others (N = 1047, else 1042).
    Raises ValueError for another file, and for a test_fraction out of range.
    """
    matrix, numbers = _read(basic_npz, "matrix"), _read(basic_npz, "doc_class").ravel()
    if matrix.shape != SHAPE or numbers.shape != SHAPE[1:]:
        raise ValueError(
            f"{basic_npz}: matrix {matrix.shape} and doc_class {numbers.shape}; expected are "
            f"{SHAPE} and {SHAPE[1:]}"
        )
    if not np.isin(numbers, range(1, len(CLASS_NAMES) + 1)).all():
        raise ValueError(f"{basic_npz}, doc_class: allowed are 1 to {len(CLASS_NAMES)}")
    kept = np.ones(SHAPE[1], dtype=bool)
    kept[list(NEAR_DUPLICATES)] = near_duplicates
    inputs = np.ascontiguousarray(matrix.T[kept], dtype=np.float64)
    labels = numbers[kept].astype(np.int64) - 1
    return split_at_random("classification", inputs, labels, test_fraction, seed, CLASS_NAMES)


def _read(path: Path, name: str) -> npt.NDArray[Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays, warnings.catch_warnings():
            # Python 2 wrote the headers, which numpy reads all the same.
            warnings.filterwarnings("ignore", message="Reading `.npy`", category=UserWarning)
            array: npt.NDArray[Any] = arrays[name]
            return array
    except (ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: array {name} cannot be read: {error}") from error
