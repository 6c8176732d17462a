"""Samples of a user's own files: what their labels mean, and how they are split.

The rule by which `infer` tells the task: labels of which none is a number are classes. Labels that
are all numbers are classes where they are whole and at most 20 differ, and values otherwise.
Numbers and texts together are a fault. Classes are told apart by their text and ordered as numbers
where all are numbers, else by code point.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset, Task
from vicinal.data.splits import split_at_random

TaskChoice = Literal["infer", "classification", "regression"]
LabelScale = Literal["standard", "as_is"]
MOST_INFERRED_CLASSES = 20


@dataclass(frozen=True)
class Samples:
    """Inputs, labels as text, and where a sample stands in the files, for messages.

    inputs : (N, ...) as a `Dataset` takes them.        labels : N texts.
    source : the file or folder.        place : number of a sample -> its file and row.
    """

    inputs: npt.NDArray[Any]
    labels: Sequence[str]
    source: str
    place: Callable[[int], str]


def as_number(cell: str) -> float:
    """The number that a cell holds, NaN where it holds none; infinities are none."""
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    # Python reads 1_000 as a thousand; a table rarely means that.
    return value if math.isfinite(value) and "_" not in cell else math.nan


def own_dataset(
    train: Samples,
    test: Samples | None,
    *,
    task: TaskChoice,
    label_scale: LabelScale,
    test_fraction: float,
    seed: int,
) -> Dataset:
    """The data set of samples whose test split is given, or else drawn as `test_fraction`.

    label_scale : `standard` subtracts the training labels' mean and divides by their standard
        deviation (regression only); `as_is` leaves them.
    Raises ValueError that names file and row where a label is missing or of another sort than the
    rest, where a test class has no training sample, where inputs of both splits differ in shape,
    and where classes are too small to be split.
    """
    for name, value, allowed in (
        ("task", task, TaskChoice),
        ("label_scale", label_scale, LabelScale),
    ):
        if value not in get_args(allowed):
            raise ValueError(f"{name} is {value!r}; allowed are {', '.join(get_args(allowed))}")
    for samples in (train, test) if test else (train,):
        _check_labels(samples)
    known_task = _infer_task(train) if task == "infer" else task
    if test is not None and test.inputs.shape[1:] != train.inputs.shape[1:]:
        raise ValueError(
            f"{test.source}: samples of shape {test.inputs.shape[1:]}; those of {train.source} "
            f"have {train.inputs.shape[1:]}"
        )
    if known_task == "regression":
        return _scaled(
            _split(train, test, known_task, _values, (), test_fraction, seed), label_scale
        )
    names = _class_names(train)
    if test is None:
        _check_class_sizes(train, names, test_fraction)

    def numbers(samples: Samples) -> npt.NDArray[np.int64]:
        return _class_numbers(samples, names, train.source)

    return _split(train, test, known_task, numbers, names, test_fraction, seed)


def _split(
    train: Samples,
    test: Samples | None,
    task: Task,
    encode: Callable[[Samples], npt.NDArray[Any]],
    class_names: tuple[str, ...],
    test_fraction: float,
    seed: int,
) -> Dataset:
    if test is None:
        labels = encode(train)
        return split_at_random(task, train.inputs, labels, test_fraction, seed, class_names)
    inputs = {"train": train.inputs, "test": test.inputs}
    return Dataset(task, inputs, {"train": encode(train), "test": encode(test)}, class_names)


def _check_labels(samples: Samples) -> None:
    if not len(samples.labels):
        raise ValueError(f"{samples.source}: no samples")
    for number, label in enumerate(samples.labels):
        if not label.strip():
            raise ValueError(f"{samples.place(number)}: the label is empty")


def _infer_task(train: Samples) -> Task:
    values = [as_number(label) for label in train.labels]
    others = [number for number, value in enumerate(values) if math.isnan(value)]
    if len(others) == len(values):
        return "classification"
    if others:
        first = others[0]
        raise ValueError(
            f"{train.place(first)}: the label {train.labels[first]!r} is no number, others are; "
            "set task: classification if all are names of classes"
        )
    whole = all(value.is_integer() for value in values)
    few = len(set(train.labels)) <= MOST_INFERRED_CLASSES
    return "classification" if whole and few else "regression"


def _values(samples: Samples) -> npt.NDArray[np.float64]:
    values = np.array([as_number(label) for label in samples.labels])
    for number in np.flatnonzero(np.isnan(values)).tolist():
        raise ValueError(
            f"{samples.place(number)}: the label {samples.labels[number]!r} is no finite "
            "number; regression needs numbers"
        )
    return values


def _scaled(dataset: Dataset, label_scale: LabelScale) -> Dataset:
    values = dataset.labels["train"]
    if values.std() == 0:
        raise ValueError(f"all training labels are {values[0]}; there is nothing to learn")
    if label_scale == "as_is":
        return dataset
    shift, scale = values.mean(), values.std()
    labels = {split: (own - shift) / scale for split, own in dataset.labels.items()}
    return Dataset(dataset.task, dataset.inputs, labels)


def _class_names(train: Samples) -> tuple[str, ...]:
    names = sorted(set(train.labels))
    if len(names) < 2:
        raise ValueError(f"{train.source}: all labels are {names[0]!r}; classes are at least two")
    if not any(math.isnan(as_number(name)) for name in names):
        names.sort(key=as_number)
    return tuple(names)


def _class_numbers(
    samples: Samples, names: tuple[str, ...], trained_on: str
) -> npt.NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(names)}
    for number, label in enumerate(samples.labels):
        if label not in numbers:
            raise ValueError(
                f"{samples.place(number)}: class {label!r} has no sample in {trained_on}; its "
                f"classes are {_some(names)}"
            )
    return np.array([numbers[label] for label in samples.labels], dtype=np.int64)


def _check_class_sizes(train: Samples, names: tuple[str, ...], test_fraction: float) -> None:
    """What a split that keeps the classes' proportions needs."""
    sizes = Counter(train.labels)
    for name in names:
        if sizes[name] < 2:
            raise ValueError(
                f"{train.place(train.labels.index(name))}: class {name!r} has this sample only; a "
                "random test split needs at least 2 of each class (or give the test samples)"
            )
    count = len(train.labels)
    tested = math.ceil(test_fraction * count)
    if 0 < test_fraction < 1 and min(tested, count - tested) < len(names):
        raise ValueError(
            f"{train.source}: test_fraction {test_fraction} splits {count} samples into "
            f"{count - tested} and {tested}; both need one of each of the {len(names)} classes"
        )


def _some(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
