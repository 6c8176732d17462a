"""A user's own table of numbers, from a delimited text file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset
from vicinal.data.delimited import Table, read_table
from vicinal.data.own_samples import LabelScale, Samples, TaskChoice, as_number, own_dataset


def csv_table(
    path: Path,
    label: str,
    *,
    columns: Sequence[str] | None = None,
    separator: str = ",",
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: Path | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Inputs float64 (N, d) from the columns of a table, labels from one column of it.

    columns : the features, in this order; None takes every column beside `label`, in the order of
        the header, but those that have no name (an index that was written with the table) and
        those without a single number, which are text.
    task, label_scale : see `own_samples`.
    test_path : a second table with the same columns; without it `test_fraction` is split off.

    Raises ValueError that names file, row and column for a cell that is no finite number (an empty
    one among them), and lists the columns where one is absent.
    """
    train = read_table(path, separator)
    labels = train.column(label)
    features = list(columns) if columns is not None else _numeric_columns(train, label)
    if not features:
        raise ValueError(f"{path}: no column of numbers beside the label {label!r}")
    if label in features:
        raise ValueError(f"{path}: column {label!r} is the label; it cannot be a feature too")
    test = None
    if test_path is not None:
        table = read_table(test_path, separator)
        test = _samples(table, table.column(label), features, label)
    return own_dataset(
        _samples(train, labels, features, label),
        test,
        task=task,
        label_scale=label_scale,
        test_fraction=test_fraction,
        seed=seed,
    )


def _numeric_columns(table: Table, label: str) -> list[str]:
    return [
        name
        for name, cells in table.columns.items()
        if name not in ("", label) and not all(np.isnan(as_number(cell)) for cell in cells)
    ]


def _samples(table: Table, labels: list[str], features: Sequence[str], label: str) -> Samples:
    inputs = np.stack([_numbers(table, name) for name in features], axis=1)
    stripped = [cell.strip() for cell in labels]
    return Samples(inputs, stripped, str(table.path), lambda n: table.place(n, label))


def _numbers(table: Table, name: str) -> npt.NDArray[np.float64]:
    cells = table.column(name)
    numbers = np.array([as_number(cell) for cell in cells])
    wrong = np.flatnonzero(np.isnan(numbers))
    if len(wrong):
        number = int(wrong[0])
        what = f"the cell {cells[number]!r}" if cells[number].strip() else "an empty cell"
        raise ValueError(
            f"{table.place(number, name)}: {what} is no finite number ({len(wrong)} such in this "
            "column); fill or drop these rows, or name the wanted columns under `columns`"
        )
    return numbers
