"""The National Supported Work programme: an experiment, and surveys in place of its controls."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset

FloatArray = npt.NDArray[np.float64]

CLASS_NAMES = ("control", "treated")
# The outcome, earnings of 1978, is the last column of the inputs.
COLUMNS = (
    *("age", "education", "black", "hispanic", "married", "nodegree"),
    *("re74", "re75", "re78"),
)
EARLY_EARNINGS = COLUMNS.index("re74")


def lalonde(treated: Path, control: Path, comparison: Path | None = None) -> Dataset:
    """Who took part in the programme, with covariates and later earnings.

    treated, control : files of the experiment, either of 10 columns (Dehejia and Wahba 1999) or of
        9, without re74 (LaLonde 1986).      comparison : people of a survey, 10 columns.

    Inputs float64 (N, 9), the columns of `COLUMNS`, or (N, 8) without re74: covariates as they are
    (age and education in years, four indicators, earnings of 1974 and 1975 in dollars), and last
    the *outcome*, earnings of 1978. Labels int64 (N,): control (0), treated (1).
    The test split is the experiment. The training split is the study whose estimate is held
    against it: the same treated people beside those of the survey, or without one the experiment
    once more. So the splits share rows: the test split is a benchmark, not a sample to judge
    predictions by.
    Raises ValueError that names file and row for another number of columns, something that is not
    a finite number, text that is not ASCII, and a row of the wrong group.
    """
    groups = [_read(treated, 1), _read(control, 0)]
    if groups[0].shape[1] != groups[1].shape[1]:
        raise ValueError(
            f"{treated} has {groups[0].shape[1] + 1} columns, {control} "
            f"{groups[1].shape[1] + 1}; needed are two files of the same sample"
        )
    experiment = _stacked(*groups)
    if comparison is None:
        study = experiment
    else:
        survey = _read(comparison, 0)
        if survey.shape[1] > groups[0].shape[1]:
            survey = np.delete(survey, EARLY_EARNINGS, axis=1)
        study = _stacked(groups[0], survey)
    inputs, labels = ({"train": study[n], "test": experiment[n]} for n in (0, 1))
    return Dataset("classification", inputs, labels, CLASS_NAMES)


def _stacked(treated: FloatArray, others: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    labels = np.repeat([1, 0], [len(treated), len(others)]).astype(np.int64)
    return np.concatenate([treated, others]), labels


def _read(path: Path, group: int) -> FloatArray:
    """A file's columns behind the first, which says that every row is of the group."""
    rows: list[list[float]] = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            cells = [_number(cell) for cell in line.decode("ascii").split()]
        except UnicodeDecodeError:
            raise ValueError(
                f"{path}, row {number}: {line!r} is not ASCII text; expected are numbers"
            ) from None
        except ValueError as error:
            raise ValueError(f"{path}, row {number}: {error}") from None
        if len(cells) not in (len(COLUMNS), len(COLUMNS) + 1) or (
            rows and len(cells) != len(rows[0])
        ):
            raise ValueError(
                f"{path}, row {number}: {len(cells)} columns; expected are treat and the "
                f"{len(COLUMNS)} of {', '.join(COLUMNS)}, in all rows with or without re74"
            )
        if cells[0] != group:
            raise ValueError(f"{path}, row {number}: treat is {cells[0]:g}; expected is {group}")
        rows.append(cells)
    if not rows:
        raise ValueError(f"{path}: the file is empty")
    return np.array(rows)[:, 1:]


def _number(cell: str) -> float:
    found = float(cell)
    if not math.isfinite(found):
        raise ValueError(f"{cell!r} is not a finite number")
    return found
