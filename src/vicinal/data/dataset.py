"""A data set in memory: inputs and labels of its splits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

Task = Literal["classification", "regression"]
InputKind = Literal["image", "table", "text"]
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """Inputs and labels by split, with the task they define.

    inputs : split name -> array; images uint8 (N, C, H, W), tables float64 (N, d),
        texts unicode (N, sentences).
    labels : split name -> array; int64 (N,) class numbers for classification, float64 (N,) for
        regression.
    class_names : one name a class, empty for regression.

    Raises ValueError where splits, shapes or dtypes do not fit together.
    """

    task: Task
    inputs: Mapping[str, npt.NDArray[Any]]
    labels: Mapping[str, npt.NDArray[Any]]
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in get_args(Task):
            raise ValueError(f"task is {self.task!r}; allowed are {', '.join(get_args(Task))}")
        if set(self.inputs) != set(self.labels):
            raise ValueError(
                f"inputs have splits {sorted(self.inputs)}, labels {sorted(self.labels)}"
            )
        for split, inputs in self.inputs.items():
            _check_split(split, inputs, self.labels[split], self.task, len(self.class_names))

    @property
    def input_kind(self) -> InputKind:
        """`image`, `table` or `text`, read from the training inputs' dtype."""
        return kind_of_inputs(self.inputs["train"])

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits present, in the order train, validation, test."""
        return tuple(split for split in SPLITS if split in self.inputs)


def kind_of_inputs(inputs: npt.NDArray[Any]) -> InputKind:
    """`image` for uint8 of 4 axes, `table` for floats of 2, `text` for strings of 2."""
    if inputs.dtype == np.uint8 and inputs.ndim == 4:
        return "image"
    if inputs.dtype.kind == "f" and inputs.ndim == 2:
        return "table"
    if inputs.dtype.kind == "U" and inputs.ndim == 2:
        return "text"
    raise ValueError(
        f"inputs of dtype {inputs.dtype} with {inputs.ndim} axes; allowed are uint8 images "
        "(N, C, H, W), float tables (N, d) and texts (N, sentences)"
    )


def _check_split(
    split: str,
    inputs: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    task: Task,
    classes: int,
) -> None:
    if split not in SPLITS:
        raise ValueError(f"split {split!r}; allowed are {', '.join(SPLITS)}")
    kind_of_inputs(inputs)
    if len(inputs) != len(labels):
        raise ValueError(f"split {split}: {len(inputs)} inputs but {len(labels)} labels")
    if task == "regression" and labels.dtype.kind != "f":
        raise ValueError(f"split {split}: labels of dtype {labels.dtype}; regression needs floats")
    if task == "classification":
        if labels.dtype.kind not in "iu":
            raise ValueError(f"split {split}: labels of dtype {labels.dtype}; classes are integers")
        if len(labels) and not (labels.min() >= 0 and labels.max() < classes):
            raise ValueError(
                f"split {split}: labels run from {labels.min()} to {labels.max()}; "
                f"{classes} class names allow 0 to {classes - 1}"
            )


def hold_out_validation(dataset: Dataset, fraction: float, rng: np.random.Generator) -> Dataset:
    """Move a random `fraction` of the training samples to a validation split.

    fraction : in [0, 1); 0 returns the data set unchanged. Classes are not balanced: the draw is
    uniform over the samples. The order of the remaining training samples is kept.
    Raises ValueError where a validation split exists already or would leave a split empty.
    """
    if fraction == 0:
        return dataset
    samples = len(dataset.labels["train"])
    held_out = round(fraction * samples)
    if "validation" in dataset.inputs:
        raise ValueError("the data set has a validation split already; set validation: 0")
    if not 0 < held_out < samples:
        raise ValueError(
            f"validation fraction {fraction} of {samples} training samples leaves a split empty"
        )
    chosen = np.zeros(samples, dtype=bool)
    chosen[rng.permutation(samples)[:held_out]] = True
    inputs, labels = dict(dataset.inputs), dict(dataset.labels)
    for arrays in (inputs, labels):
        arrays["train"], arrays["validation"] = arrays["train"][~chosen], arrays["train"][chosen]
    return Dataset(dataset.task, inputs, labels, dataset.class_names)
