"""A user's own texts, single or in pairs, from a delimited text file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vicinal.data.dataset import Dataset
from vicinal.data.delimited import Table, read_table
from vicinal.data.own_samples import LabelScale, Samples, TaskChoice, own_dataset


def text_table(
    path: Path,
    label: str,
    columns: Sequence[str],
    *,
    separator: str = ",",
    quotes: bool = True,
    task: TaskChoice = "infer",
    label_scale: LabelScale = "standard",
    test_path: Path | None = None,
    test_fraction: float = 0.2,
    seed: int = 0,
) -> Dataset:
    """Inputs unicode (N, 1) or (N, 2) from one or two columns of a table, labels from another.

    quotes : False for files whose quotation marks mean nothing, as GLUE's.
    task, label_scale : see `own_samples`.
    test_path : a second table with the same columns; without it `test_fraction` is split off.

    Raises ValueError that names file, row and column for an empty text, and lists the columns
    where one is absent.
    """
    if not 1 <= len(columns) <= 2 or len(set(columns)) < len(columns) or label in columns:
        raise ValueError(
            f"columns are {', '.join(columns) or 'none'} and the label is {label!r}; allowed are "
            "one or two columns of text, each named once, beside the label"
        )
    train = read_table(path, separator, quotes=quotes)
    test = None
    if test_path is not None:
        test = _samples(read_table(test_path, separator, quotes=quotes), columns, label)
    return own_dataset(
        _samples(train, columns, label),
        test,
        task=task,
        label_scale=label_scale,
        test_fraction=test_fraction,
        seed=seed,
    )


def _samples(table: Table, columns: Sequence[str], label: str) -> Samples:
    labels = [cell.strip() for cell in table.column(label)]
    for name in columns:
        for number, text in enumerate(table.column(name)):
            if not text.strip():
                raise ValueError(f"{table.place(number, name)}: the text is empty")
    texts = np.array([table.column(name) for name in columns], dtype=np.str_).T
    return Samples(texts, labels, str(table.path), lambda n: table.place(n, label))
