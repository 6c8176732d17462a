"""Boston housing (Harrison and Rubinfeld 1978), from its raw file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vicinal.data.dataset import Dataset
from vicinal.data.splits import split_at_random

COLUMNS = (
    *("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS"),
    *("RAD", "TAX", "PTRATIO", "B", "LSTAT", "MEDV"),
)
ROWS = 506


def boston(housing_data: Path, test_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """Median house values of 506 census tracts from 13 features, unscaled.

    Inputs float64 (N, 13) in the order CRIM to LSTAT; labels float64 (N,), MEDV in thousands of
    1970 dollars. The split is random, by `seed`.

    Questionable data, kept to repeat published experiments only: the feature B is
    1000 (Bk - 0.63)^2 with Bk the share of Black residents of a town. It builds in the assumption
    that racial segregation moves house prices, and it cannot be inverted to Bk. scikit-learn
    removed the data set in version 1.2 for that reason. California housing is a substitute.

    Raises ValueError that names the row for a wrong number of columns or something not a number.
    """
    rows = []
    for number, line in enumerate(housing_data.read_text(encoding="ascii").splitlines(), 1):
        cells = line.split()
        if len(cells) != len(COLUMNS):
            raise ValueError(
                f"{housing_data}, row {number}: {len(cells)} columns; expected the "
                f"{len(COLUMNS)} of {', '.join(COLUMNS)}"
            )
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError as error:
            raise ValueError(f"{housing_data}, row {number}: {error}") from None
    if len(rows) != ROWS:
        raise ValueError(f"{housing_data}: {len(rows)} rows; expected {ROWS}")
    table = np.array(rows)
    return split_at_random("regression", table[:, :-1], table[:, -1], test_fraction, seed)
