"""The backbone without a network: columns of a table as features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Columns = Literal["as_is", "max", "standard"]


def scale_columns(
    inputs: Mapping[str, npt.NDArray[Any]], columns: Columns
) -> dict[str, npt.NDArray[np.float64]]:
    """Tables (N, d) by split, their columns scaled by the training split.

    `max` divides by the largest absolute value (the authors' program for Boston), `standard`
    subtracts the mean and divides by the standard deviation, `as_is` does nothing. A column that
    is constant over the training samples is only shifted.

    Raises ValueError for an unknown scaling and for inputs that are no table.
    """
    shift, scale = column_scale(inputs["train"], columns)
    return {split: (table - shift) / scale for split, table in inputs.items()}


def column_scale(
    train: npt.NDArray[Any], columns: Columns
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Shift and divisor (d,) of each column of a training table (N, d), as in `scale_columns`."""
    if train.ndim != 2 or train.dtype.kind not in "fiu":
        raise ValueError(
            f"inputs of shape {train.shape} and dtype {train.dtype} are no table; architectures "
            "none and mlp need a data set of numeric columns"
        )
    shift, scale = np.zeros(train.shape[1]), np.ones(train.shape[1])
    if columns == "max":
        scale = np.abs(train).max(axis=0)
    elif columns == "standard":
        shift, scale = train.mean(axis=0), train.std(axis=0)
    elif columns != "as_is":
        raise ValueError(f"columns is {columns!r}; allowed are as_is, max, standard")
    return shift, np.where(scale > 0, scale, 1.0)
