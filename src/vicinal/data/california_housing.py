"""California housing (Pace and Barry 1997), from the archive that scikit-learn uses."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from vicinal.data.archives import ArchiveError, read_members
from vicinal.data.dataset import Dataset
from vicinal.data.splits import split_at_random

MEMBER = "CaliforniaHousing/cal_housing.data"
FEATURES = (
    *("MedInc", "HouseAge", "AveRooms", "AveBedrms"),
    *("Population", "AveOccup", "Latitude", "Longitude"),
)
RAW_COLUMNS = 9


def california_housing(archive: Path, test_fraction: float = 0.2, seed: int = 0) -> Dataset:
    """Median house values of 20 640 census block groups from 8 features, unscaled.

    archive : `cal_housing.tgz`, read in memory.
    Inputs float64 (N, 8): median income (tens of thousands of dollars), median house age (years),
    rooms, bedrooms a household, population, people a household, latitude, longitude (degrees).
    Labels float64 (N,) in hundreds of thousands of 1990 dollars, capped at 5.00001. The columns
    and ratios are those of scikit-learn's `fetch_california_housing`. The split is random.
    Raises ValueError for a broken archive and for a table of another width.
    """
    try:
        content = read_members(archive, (MEMBER,))[MEMBER]
    except ArchiveError as error:
        raise ValueError(f"{archive}: {error}") from error
    try:
        raw = np.loadtxt(io.BytesIO(content), delimiter=",", ndmin=2)
    except ValueError as error:
        raise ValueError(f"{archive}, member {MEMBER}: {error}") from error
    if raw.shape[1] != RAW_COLUMNS:
        raise ValueError(
            f"{archive}, member {MEMBER}: {raw.shape[1]} columns; expected {RAW_COLUMNS}"
        )
    longitude, latitude, age, rooms, bedrooms, population, households, income, value = raw.T
    table = np.column_stack(
        (
            *(income, age, rooms / households, bedrooms / households),
            *(population, population / households, latitude, longitude),
        )
    )
    return split_at_random("regression", table, value / 1e5, test_fraction, seed)
