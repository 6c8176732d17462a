"""Reliability bins of all methods and repetitions, read from their table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vicinal.bayes.predictive_metrics import ReliabilityBins
from vicinal_workflow.bayes_names import METHODS


def recorded_bins(table: pd.DataFrame) -> dict[str, list[ReliabilityBins]]:
    """The bins of each repetition, by method in the order of the tables.

    table : method, repetition, bin, count, confidence, accuracy.
    """
    found = {}
    for method in METHODS:
        own = table[table["method"] == method].sort_values("bin")
        repetitions = [part for _, part in own.groupby("repetition")]
        if repetitions:
            found[method] = [_bins(part) for part in repetitions]
    return found


def _bins(part: pd.DataFrame) -> ReliabilityBins:
    return ReliabilityBins(
        part["count"].to_numpy(np.int64),
        part["confidence"].to_numpy(np.float64),
        part["accuracy"].to_numpy(np.float64),
    )
