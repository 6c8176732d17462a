"""Sentence pairs of the GLUE benchmark: RTE, STS-B and MRPC.

GLUE keeps the labels of its test sets to itself: the dev set is the test split here, as in the
published results on these tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset, Task

RTE_CLASSES = ("entailment", "not_entailment")
MRPC_CLASSES = ("not_equivalent", "equivalent")
MRPC_COLUMNS = ("#1 String", "#2 String", "Quality")
MRPC_IDS = ("#1 ID", "#2 ID")
HIGHEST_SCORE = 5.0
Rows = list[tuple[str, ...]]
Label = int | float


def rte(train: Path, dev: Path) -> Dataset:
    """Recognising Textual Entailment: entailment is class 0, not_entailment class 1.

    Inputs unicode (N, 2): text and hypothesis. Raises ValueError that names file and row.
    """
    columns = ("sentence1", "sentence2", "label")
    return _pairs("classification", train, dev, columns, _class_label(RTE_CLASSES), RTE_CLASSES)


def stsb(train: Path, dev: Path) -> Dataset:
    """Semantic Textual Similarity benchmark: the label is the mean human score, 0 to 5.

    Inputs unicode (N, 2), labels float64 (N,). Raises ValueError that names file and row.
    """
    return _pairs("regression", train, dev, ("sentence1", "sentence2", "score"), _score)


def mrpc(train: Path, dev: Path) -> Dataset:
    """Microsoft Research Paraphrase Corpus, from train.tsv and dev.tsv built by GLUE's script.

    Class 1 is a pair of equivalent sentences. Inputs unicode (N, 2). Raises ValueError that names
    file and row.
    """
    return _pairs("classification", train, dev, MRPC_COLUMNS, _quality, MRPC_CLASSES)


def mrpc_from_originals(msr_text: Path, dev_ids: Path) -> Dataset:
    """The same corpus from `msr_paraphrase_train.txt` and the pairs of ids of GLUE's dev set.

    A row belongs to the dev set where its two ids, in order, are a line of `dev_ids`; both splits
    keep the order of the original. Raises ValueError that names file and row, and where an id
    pair of the dev set has no row.
    """
    held_out = {tuple(line.split("\t")) for line in _lines(dev_ids)}
    rows = read_tsv(msr_text, (*MRPC_COLUMNS, *MRPC_IDS))
    absent = held_out - {row[3:] for row in rows}
    if absent:
        raise ValueError(
            f"{dev_ids}: {len(absent)} id pairs have no row in {msr_text}, "
            f"among them {' '.join(min(absent))}"
        )
    inputs, labels = {}, {}
    for split, in_dev in (("train", False), ("test", True)):
        chosen = [
            (number, row[:3])
            for number, row in enumerate(rows, 2)
            if (row[3:] in held_out) == in_dev
        ]
        inputs[split], labels[split] = _arrays(msr_text, chosen, _quality)
    return Dataset("classification", inputs, labels, MRPC_CLASSES)


def read_tsv(path: Path, columns: Sequence[str]) -> Rows:
    """The named columns of a tab-separated file with a header line, UTF-8, without quoting.

    A quotation mark is a character like any other, and only a line feed ends a row: the texts hold
    bare quotation marks and may hold other Unicode line separators.
    Raises ValueError for an absent column and for a row of another width than the header.
    """
    header, *lines = _lines(path) or [""]
    names = header.split("\t")
    absent = [name for name in columns if name not in names]
    if absent:
        raise ValueError(
            f"{path}: no column {', '.join(absent)}; the header has {', '.join(names)}"
        )
    places = [names.index(name) for name in columns]
    rows = []
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) != len(names):
            raise ValueError(
                f"{path}, row {number}: {len(cells)} columns, the header has {len(names)}"
            )
        rows.append(tuple(cells[place] for place in places))
    return rows


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 at byte {error.start}") from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _pairs(
    task: Task,
    train: Path,
    dev: Path,
    columns: tuple[str, str, str],
    label: Callable[[str], Label],
    class_names: tuple[str, ...] = (),
) -> Dataset:
    inputs, labels = {}, {}
    for split, path in (("train", train), ("test", dev)):
        rows = list(enumerate(read_tsv(path, columns), 2))
        inputs[split], labels[split] = _arrays(path, rows, label)
    return Dataset(task, inputs, labels, class_names)


def _arrays(
    path: Path, rows: Sequence[tuple[int, tuple[str, ...]]], label: Callable[[str], Label]
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64] | npt.NDArray[np.float64]]:
    """Pairs and labels of numbered rows (first sentence, second sentence, label)."""
    if not rows:
        raise ValueError(f"{path}: no rows")
    labels = []
    for number, row in rows:
        try:
            labels.append(label(row[2]))
        except ValueError as error:
            raise ValueError(f"{path}, row {number}: {error}") from None
    pairs = np.array([row[:2] for _, row in rows], dtype=np.str_)
    return pairs, np.array(labels)


def _class_label(class_names: tuple[str, ...]) -> Callable[[str], int]:
    def number(cell: str) -> int:
        if cell not in class_names:
            raise ValueError(f"label {cell!r}; allowed are {', '.join(class_names)}")
        return class_names.index(cell)

    return number


_quality = _class_label(("0", "1"))


def _score(cell: str) -> float:
    try:
        score = float(cell)
    except ValueError:
        raise ValueError(f"score {cell!r} is not a number") from None
    if not 0 <= score <= HIGHEST_SCORE:
        raise ValueError(f"score {cell}; allowed are 0 to {HIGHEST_SCORE:g}")
    return score
