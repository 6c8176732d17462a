"""Checks of what a user hands to a surrogate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

FloatArray = npt.NDArray[np.float64]


def check_rows(name: str, values: npt.ArrayLike, *, allow_nan: bool = False) -> FloatArray:
    """An array of at least two axes, a single one as a column, in float64.

    Raises ValueError for NaN and infinity, or infinity alone with `allow_nan`; the row is named.
    """
    array = np.asarray(values, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    bad = np.isinf(array) if allow_nan else ~np.isfinite(array)
    rows = bad.reshape(len(array), -1).any(axis=1)
    if rows.any():
        what, allowed = "NaN or infinity", "finite numbers"
        if allow_nan:
            what, allowed = "infinity", "finite numbers, and NaN where one is not known"
        raise ValueError(
            f"{name} holds {what}, first in row {rows.argmax()}; allowed are {allowed}"
        )
    return array


def as_device(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA where there is one.

    Raises ValueError for a device that is not there.
    """
    available = torch.cuda.is_available()
    if name == "auto":
        return torch.device("cuda" if available else "cpu")
    allowed = ["auto", "cpu", "cuda"] if available else ["auto", "cpu"]
    if name.partition(":")[0] not in allowed:
        raise ValueError(f"device is {name!r}; this torch has: {', '.join(allowed)}")
    return torch.device(name)


def check_partials(dy: npt.ArrayLike, shape: tuple[int, int, int]) -> FloatArray:
    """Derivatives as (N, c, p) = shape; for one output also given as (N, p).

    Raises ValueError for another shape and for infinity (the row is named).
    """
    slopes = np.asarray(dy, dtype=np.float64)
    allowed = [shape] + [(shape[0], shape[2])] * (shape[1] == 1)
    if slopes.shape not in allowed:
        raise ValueError(f"dy has shape {slopes.shape}; needed is {allowed[-1]}")
    return check_rows("dy", slopes.reshape(shape), allow_nan=True)
