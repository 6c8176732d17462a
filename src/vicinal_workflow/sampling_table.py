"""Errors of networks trained on uniform and on Taylor points: long tables and summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.statistics import mean_interval, paired_difference

if TYPE_CHECKING:
    from vicinal.vbsw.sampling_comparison import SamplingErrors

COLUMNS = ("repetition", "sampling", "metric", "value")


def errors_table(errors: SamplingErrors, samplings: Sequence[str]) -> pd.DataFrame:
    """One line a repetition, sampling and metric (mse, l2, linf).

    samplings : names along the second axis of the errors.
    """
    rows = [
        (repetition, samplings[place], metric, value)
        for metric, values in asdict(errors).items()
        for (repetition, place), value in np.ndenumerate(values)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def gains_table(gain: npt.ArrayLike, loss: npt.ArrayLike) -> pd.DataFrame:
    """The same for the average error gain and loss of Taylor points, (S,) each."""
    rows = [
        (repetition, "taylor", metric, value)
        for metric, values in (("aeg", gain), ("ael", loss))
        for repetition, value in enumerate(np.asarray(values, dtype=np.float64))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def summarise_errors(errors: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Mean, half-width of its 95 % interval and n, one line a sampling and metric."""
    rows = []
    for metric in metrics:
        for sampling, part in errors[errors["metric"] == metric].groupby("sampling", sort=False):
            interval = mean_interval(part["value"])
            rows.append({"sampling": sampling, "metric": metric, **asdict(interval)})
    return pd.DataFrame(rows)


def pair_errors(
    errors: pd.DataFrame, metrics: Sequence[str], *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Taylor less uniform points, by repetition: one line a metric, below 0 where Taylor is better.

    `ael - aeg` is that difference for the squared error that is worst over time, mean over the
    map; the gain and the loss are its two parts.
    """
    values = {
        (sampling, metric): part.sort_values("repetition")["value"].to_numpy()
        for (sampling, metric), part in errors.groupby(["sampling", "metric"])
    }
    pairs = {
        metric: (values["taylor", metric], values["uniform", metric])
        for metric in metrics
        if ("uniform", metric) in values
    }
    if ("taylor", "aeg") in values:
        pairs["ael - aeg"] = values["taylor", "ael"], values["taylor", "aeg"]
    rows = [
        {"metric": metric, **asdict(paired_difference(*pair, resamples=resamples, rng=rng))}
        for metric, pair in pairs.items()
    ]
    return pd.DataFrame(rows)
