"""The kinds of data sets that read a user's own files: options of the configuration to readers.

Readers are imported by the builder that needs them, so that only its data sets depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vicinal.data.dataset import Dataset

if TYPE_CHECKING:
    from vicinal.data.image_folder import Colour
    from vicinal.data.npz_arrays import Layout
    from vicinal.data.own_samples import LabelScale, TaskChoice

Files = Mapping[str, Path]


def csv(
    files: Files,
    seed: int,
    *,
    path: str,
    label: str,
    columns: Sequence[str] | None = None,
    separator: str = ",",
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: str | None = None,
    test_fraction: float = 0.2,
) -> Dataset:
    """A table of numbers, see `csv_table`."""
    from vicinal.data.csv_table import csv_table

    return csv_table(
        Path(path),
        label,
        columns=columns,
        separator=separator,
        task=task,
        label_scale=label_scale,
        test_path=_optional(test_path),
        test_fraction=test_fraction,
        seed=seed,
    )


def npz(
    files: Files,
    seed: int,
    *,
    path: str,
    inputs: str = "inputs",
    labels: str = "labels",
    test_inputs: str | None = None,
    test_labels: str | None = None,
    layout: Layout = "infer",
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: str | None = None,
    test_fraction: float = 0.2,
) -> Dataset:
    """Images, a table or texts as arrays, see `npz_arrays`."""
    from vicinal.data.npz_arrays import npz_arrays

    return npz_arrays(
        Path(path),
        inputs=inputs,
        labels=labels,
        test_inputs=test_inputs,
        test_labels=test_labels,
        layout=layout,
        task=task,
        label_scale=label_scale,
        test_path=_optional(test_path),
        test_fraction=test_fraction,
        seed=seed,
    )


def images(
    files: Files,
    seed: int,
    *,
    path: str,
    size: int | None = None,
    colour: Colour = "rgb",
    test_fraction: float = 0.2,
) -> Dataset:
    """A folder of image files for each class, see `image_folder`."""
    from vicinal.data.image_folder import image_folder

    return image_folder(
        Path(path), size=size, colour=colour, test_fraction=test_fraction, seed=seed
    )


def text(
    files: Files,
    seed: int,
    *,
    path: str,
    label: str,
    columns: Sequence[str],
    separator: str = ",",
    quotes: bool = True,
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: str | None = None,
    test_fraction: float = 0.2,
) -> Dataset:
    """Texts, single or in pairs, see `text_table`."""
    from vicinal.data.text_table import text_table

    return text_table(
        Path(path),
        label,
        columns,
        separator=separator,
        quotes=quotes,
        task=task,
        label_scale=label_scale,
        test_path=_optional(test_path),
        test_fraction=test_fraction,
        seed=seed,
    )


def named_files(options: Mapping[str, Any]) -> list[Path]:
    """The files that the options `path` and `test_path` name; ValueError where one is missing."""
    paths = [Path(options[key]) for key in ("path", "test_path") if options.get(key)]
    for path in paths:
        if not path.is_file():
            raise ValueError(f"{path}: no such file (looked for from {Path.cwd()})")
    return paths


def folder_files(options: Mapping[str, Any]) -> list[Path]:
    """All image files below the option `path`; see `image_files` for what it raises."""
    from vicinal.data.image_folder import image_files

    return list(image_files(Path(options["path"])))


def _optional(path: str | None) -> Path | None:
    return Path(path) if path else None
