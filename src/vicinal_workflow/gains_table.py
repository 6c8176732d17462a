"""Tables of gains, read back: for the figure, and as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from vicinal.figures.gains import GainRow
from vicinal.metrics import UNITS
from vicinal.statistics import PairedDifference


def gain_rows(tables: Mapping[str, pd.DataFrame]) -> list[GainRow]:
    """One row for each experiment and metric of the tables that `compare_weightings` made."""
    return [
        GainRow(
            f"{experiment}\n{metric}, n = {part['n'].iloc[0]}",
            UNITS[str(metric)],
            {str(row.gain): _difference(row) for row in part.itertuples()},
        )
        for experiment, table in tables.items()
        for metric, part in table.groupby("metric", sort=False)
    ]


def _difference(row: Any) -> PairedDifference:
    return PairedDifference(row.mean, row.low, row.high, row.p_value, row.n)
