"""Records and times of starts and runs as the curves that figures 1 and 2 show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vicinal.figures.posterior_curves import PosteriorCurve
from vicinal_workflow.bayes_names import FAMILIES, FAMILY_OF


def recorded_curves(records: pd.DataFrame, seconds: pd.DataFrame) -> dict[str, PosteriorCurve]:
    """The curve of every method, and of both starts by their families' names.

    records : run (or family), method, repetition, epoch, step, test_accuracy, train_nll.
    seconds : run (or family), repetition, epoch, seconds: cumulative, none for what a run begins
        with, whose time is that of its start's end.
    """
    timed = records.merge(_from_the_beginning(seconds), on=["run", "repetition", "epoch"])
    if len(timed) < len(records):
        raise ValueError(f"{len(records) - len(timed)} records have no time")
    curves = {}
    for method, own in timed.groupby("method", sort=False):
        grids = {
            name: own.pivot(index="repetition", columns="step", values=name)
            for name in ("seconds", "test_accuracy", "train_nll")
        }
        curves[str(method)] = PosteriorCurve(
            grids["seconds"].columns.to_numpy(np.float64),
            grids["seconds"].mean().to_numpy(np.float64),
            *(grids[name].to_numpy(np.float64) for name in ("test_accuracy", "train_nll")),
        )
    return curves


def _from_the_beginning(seconds: pd.DataFrame) -> pd.DataFrame:
    """The same with the times at which starts and runs begin."""
    columns = ["run", "repetition", "epoch", "seconds"]
    parts = [seconds[columns]]
    starts = seconds[seconds["run"].isin(FAMILIES)]
    ends = starts.loc[starts.groupby(["run", "repetition"])["epoch"].idxmax()]
    for run, family in FAMILY_OF.items():
        parts.append(ends.loc[ends["run"] == family, columns].assign(run=run))
    nothing = starts[["run", "repetition"]].drop_duplicates().assign(epoch=0, seconds=0.0)
    return pd.concat([*parts, nothing], ignore_index=True)
