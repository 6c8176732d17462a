"""Errors of maximum-likelihood estimates as arrays in a file, and in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.gradients.likelihood_intervals import Intervals
from vicinal.gradients.parameter_recovery import Recovery
from vicinal.gradients.sweep_data import METHODS
from vicinal.statistics import mean_interval, paired_difference
from vicinal_workflow.artifacts import FilePath, read_arrays, write_arrays

FloatArray = npt.NDArray[np.float64]
Truth = Sequence[float]


def truth_name(truth: Truth) -> str:
    """`5, 5`, as tables and figures have it."""
    return ", ".join(f"{value:g}" for value in truth)


def write_recoveries(path: FilePath, truths: Sequence[Truth], found: Sequence[Recovery]) -> None:
    """Write `truths` (K, p), and the arrays of each: `0_simulator`, `0_surrogates`, and so on."""
    arrays = {
        f"{number}_{name}": np.asarray(array)
        for number, recovery in enumerate(found)
        for name, array in asdict(recovery).items()
    }
    write_arrays(path, truths=np.array(truths, dtype=np.float64), **arrays)


def read_recoveries(path: FilePath) -> dict[str, Recovery]:
    """What `write_recoveries` wrote, by the names of the truths."""
    arrays = read_arrays(path)
    names = [field.name for field in fields(Recovery)][1:]
    return {
        truth_name(truth): Recovery(
            tuple(int(size) for size in arrays[f"{number}_sizes"]),
            *(arrays[f"{number}_{name}"] for name in names),
        )
        for number, truth in enumerate(arrays["truths"])
    }


def error_table(found: Mapping[str, Recovery]) -> pd.DataFrame:
    """One line a truth, number of samples and method; the true simulator's has no samples.

    error : |theta_hat - theta|, mean over the parameters and estimators, and over the n sets of
        observations, with the half-width of its 95 % interval.
    distance : from the true simulator's estimate of the same observations, likewise.
    agreeing : share of the starts that ended at the maximum.
    """
    rows = []
    for truth, recovery in found.items():
        floor = mean_interval(recovery.simulator.mean(axis=1))
        plain = {"error": floor.mean, "half_width": floor.half_width, "n": floor.n}
        rows.append({"truth": truth, "method": "true simulator", **plain})
        for i, size in enumerate(recovery.sizes):
            for m, method in enumerate(METHODS):
                error = mean_interval(_by_set(recovery.surrogates[i, m]))
                distance = mean_interval(_by_set(recovery.distances[i, m]))
                rows.append(
                    {
                        "truth": truth,
                        "samples": size,
                        "method": method,
                        "error": error.mean,
                        "half_width": error.half_width,
                        "distance": distance.mean,
                        "distance_half_width": distance.half_width,
                        "agreeing": recovery.agreeing[i, m].mean(),
                        "n": error.n,
                    }
                )
    return pd.DataFrame(rows).astype({"samples": "Int64"})


def gain_table(
    found: Mapping[str, Recovery], *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Errors, and distances, with gradients less without, by set of observations.

    One line a truth, number of samples and `of`: below 0, gradients help.
    """
    rows = []
    for truth, recovery in found.items():
        for i, size in enumerate(recovery.sizes):
            for of, errors in (("error", recovery.surrogates), ("distance", recovery.distances)):
                without, with_gradients = (_by_set(errors[i, m]) for m in range(len(METHODS)))
                difference = paired_difference(
                    with_gradients, without, resamples=resamples, rng=rng
                )
                rows.append({"truth": truth, "samples": size, "of": of, **asdict(difference)})
    return pd.DataFrame(rows)


def interval_rows(
    found: Sequence[Intervals], truth: Truth, names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One line a parameter and way of calibration, from the intervals of n sets of observations.

    held : share of the sets whose interval holds the truth.
    width : of the interval, its pieces together, mean over the sets.
    threshold : of the likelihood ratio, likewise.
    """
    for parameter, name in enumerate(names):
        for calibration in ("bootstrap", "chi-square"):
            calibrated = calibration == "bootstrap"
            pieces = [one.pieces(parameter, calibrated=calibrated) for one in found]
            held = [any(a <= truth[parameter] <= b for a, b in own) for own in pieces]
            widths = [sum(b - a for a, b in own) for own in pieces]
            limits = [one.threshold[parameter] if calibrated else one.chi_square for one in found]
            yield {
                "parameter": name,
                "calibration": calibration,
                "level": found[0].level,
                "held": np.mean(held),
                "width": np.mean(widths),
                "threshold": np.mean(limits),
                "n": len(found),
            }


def measured_likelihood(errors: pd.DataFrame, gains: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison: whether the mean error is the lower one with gradients."""
    own = gains[gains["of"] == "error"]
    return pd.DataFrame(
        {
            "study": "gradients",
            "item": "figure3",
            "row": "theta " + own["truth"],
            "metric": [f"gradients nearer at {size} samples" for size in own["samples"]],
            "measured": (own["mean"] < 0).astype(float),
            "measured_error": np.nan,
            "n": own["n"],
            "scale": errors["scale"].iloc[0],
        }
    )


def _by_set(errors: FloatArray) -> FloatArray:
    """Means (R,) over estimators and parameters of (M, R, p)."""
    means: FloatArray = errors.mean(axis=(0, 2))
    return means
