"""A user's own images, table or texts, as arrays of an `.npz` file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset
from vicinal.data.own_samples import LabelScale, Samples, TaskChoice, own_dataset

Layout = Literal["infer", "channels_first", "channels_last"]
_CHANNELS = (1, 3)


def npz_arrays(
    path: Path,
    *,
    inputs: str = "inputs",
    labels: str = "labels",
    test_inputs: str | None = None,
    test_labels: str | None = None,
    layout: Layout = "infer",
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: Path | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """A data set from named arrays of an `.npz` file.

    inputs : name of the array. uint8 of 3 or 4 axes are images: (N, H, W), (N, C, H, W) or
        (N, H, W, C), C being 1 or 3. Numbers (N, d) are a table, unicode (N,), (N, 1) or (N, 2)
        single sentences or pairs.
    labels : name of the array (N,) of numbers, booleans or unicode.
    test_inputs, test_labels : names of the test arrays. They stand in `test_path` where that is
        given, under the same names by default; with neither, `test_fraction` is split off.
    layout : of images of 4 axes; `infer` takes the one axis of size 1 or 3 as the channels'.
    task, label_scale : see `own_samples`.

    Raises ValueError that names the file and array for anything else, and row and column of a
    number that is not finite. Pickled objects are never loaded.
    """
    if layout not in get_args(Layout):
        raise ValueError(f"layout is {layout!r}; allowed are {', '.join(get_args(Layout))}")
    if test_path is None and (test_inputs is None) != (test_labels is None):
        raise ValueError("test_inputs and test_labels are given together or not at all")
    test = None
    if test_path is not None or test_inputs is not None:
        test = _samples(test_path or path, test_inputs or inputs, test_labels or labels, layout)
    return own_dataset(
        _samples(path, inputs, labels, layout),
        test,
        task=task,
        label_scale=label_scale,
        test_fraction=test_fraction,
        seed=seed,
    )


def _samples(path: Path, inputs: str, labels: str, layout: Layout) -> Samples:
    where = f"{path}, array {inputs}"
    array = _as_inputs(_read(path, inputs), where, layout)
    texts = _label_texts(_read(path, labels), f"{path}, array {labels}")
    if len(array) != len(texts):
        raise ValueError(f"{where}: {len(array)} samples, but {len(texts)} labels in {labels}")
    return Samples(array, texts, where, lambda n: f"{path}, array {labels}, row {n}")


def _read(path: Path, name: str) -> npt.NDArray[Any]:
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path}: no .npz file; write one by numpy.savez")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if name not in arrays.files:
                raise ValueError(f"no array {name!r}; there are {', '.join(sorted(arrays.files))}")
            array: npt.NDArray[Any] = arrays[name]
            return array
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        objects = "Object arrays" in str(error)  # NumPy's words for what only a pickle can hold
        kind = f"array {name!r} holds Python objects: save it as numbers, or as text with dtype=str"
        raise ValueError(f"{path}: {kind if objects else error}") from error


def _as_inputs(array: npt.NDArray[Any], where: str, layout: Layout) -> npt.NDArray[Any]:
    if array.dtype == np.uint8 and array.ndim in (3, 4):
        return _as_images(array, where, layout)
    if array.dtype.kind in "fiub" and array.ndim == 2:
        table = array.astype(np.float64)
        for row, column in np.argwhere(~np.isfinite(table))[:1]:
            raise ValueError(
                f"{where}, row {row}, column {column} (from 0): {table[row, column]} is no finite "
                "number"
            )
        return table
    if array.dtype.kind == "U" and array.ndim in (1, 2):
        texts = array.reshape(len(array), -1)
        if texts.shape[1] in (1, 2):
            for row, column in np.argwhere(np.strings.strip(texts) == "")[:1]:
                raise ValueError(f"{where}, row {row}, column {column} (from 0): the text is empty")
            return texts
    raise ValueError(
        f"{where}: {array.dtype} of shape {array.shape}; allowed are uint8 images (N, H, W), "
        "(N, C, H, W) or (N, H, W, C), tables of numbers (N, d) and unicode texts (N, 1) or (N, 2)"
    )


def _as_images(array: npt.NDArray[np.uint8], where: str, layout: Layout) -> npt.NDArray[np.uint8]:
    if array.ndim == 3:
        return array[:, None]
    found = {
        "channels_first": array.shape[1] in _CHANNELS,
        "channels_last": array.shape[3] in _CHANNELS,
    }
    if layout == "infer":
        if sum(found.values()) != 1:
            raise ValueError(
                f"{where}: which axis of {array.shape} holds the channels (1 or 3) is not clear; "
                "set layout: channels_first or channels_last"
            )
        layout = "channels_first" if found["channels_first"] else "channels_last"
    if not found[layout]:
        raise ValueError(
            f"{where}: shape {array.shape} with layout {layout} has not 1 or 3 channels"
        )
    return array if layout == "channels_first" else np.moveaxis(array, 3, 1).copy()


def _label_texts(labels: npt.NDArray[Any], where: str) -> list[str]:
    """Labels as text, from which numbers can be read back without loss."""
    if labels.ndim != 1 or labels.dtype.kind not in "fiubU":
        raise ValueError(
            f"{where}: {labels.dtype} of shape {labels.shape}; labels are numbers, booleans or "
            "unicode texts (N,)"
        )
    if labels.dtype.kind == "f":
        for row in np.flatnonzero(~np.isfinite(labels))[:1]:
            raise ValueError(f"{where}, row {row} (from 0): {labels[row]} is no finite number")
    return [str(label).strip() for label in labels.tolist()]
