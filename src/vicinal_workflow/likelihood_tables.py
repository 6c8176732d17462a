"""Errors of maximum-likelihood estimates as arrays in a file, and in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
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
    return ", ".join(f"{value:.12g}" for value in truth)


@dataclass(frozen=True)
class TruthRecovery:
    """What was found of one truth: by the mean of a size's surrogates, and by each of them alone.

    Surrogates alone are what can be compared: the draws that they were trained on are replications
    of a method, further sets of observations are not.
    """

    averaged: Recovery
    alone: Recovery


def write_recoveries(path: FilePath, found: Mapping[str, TruthRecovery]) -> None:
    """Write `truths`, by name, and the arrays of each: `0_averaged_simulator`, and so on."""
    arrays = {
        f"{number}_{kind}_{name}": np.asarray(array)
        for number, both in enumerate(found.values())
        for kind in ("averaged", "alone")
        for name, array in asdict(getattr(both, kind)).items()
    }
    write_arrays(path, truths=np.array(list(found)), **arrays)


def read_recoveries(path: FilePath) -> dict[str, TruthRecovery]:
    """What `write_recoveries` wrote."""
    arrays = read_arrays(path)
    names = [field.name for field in fields(Recovery)][1:]

    def read(start: str) -> Recovery:
        sizes = tuple(int(size) for size in arrays[f"{start}_sizes"])
        return Recovery(sizes, *(arrays[f"{start}_{name}"] for name in names))

    return {
        str(truth): TruthRecovery(read(f"{number}_averaged"), read(f"{number}_alone"))
        for number, truth in enumerate(arrays["truths"])
    }


def error_table(found: Mapping[str, TruthRecovery]) -> pd.DataFrame:
    """One line a truth, number of samples and method; the true simulator's has no samples.

    error : |theta_hat - theta| by the mean of the surrogates, mean over the parameters and over the
        n sets of observations, with the half-width of its 95 % interval over these.
    distance : from the true simulator's estimate of the same observations, likewise.
    agreeing : share of the starts that ended at the maximum.
    alone_error, alone_distance : the same by each surrogate for itself, mean over the sets and the
        `draws` surrogates, with half-widths over the latter.
    """
    rows = []
    for truth, both in found.items():
        recovery = both.averaged
        floor = mean_interval(recovery.simulator.mean(axis=1))
        plain = {"error": floor.mean, "half_width": floor.half_width, "n": floor.n}
        rows.append({"truth": truth, "method": "true simulator", **plain})
        for i, size in enumerate(recovery.sizes):
            for m, method in enumerate(METHODS):
                place = {"truth": truth, "samples": size, "method": method}
                rows.append({**place, **_averaged(recovery, i, m), **_alone(both.alone, i, m)})
    return pd.DataFrame(rows).astype({"samples": "Int64", "draws": "Int64"})


def _averaged(recovery: Recovery, i: int, m: int) -> dict[str, Any]:
    """Errors of the estimates by mean outputs: over the sets."""
    error, distance = (
        mean_interval(errors[i, m].mean(axis=(0, 2)))
        for errors in (recovery.surrogates, recovery.distances)
    )
    return {
        "error": error.mean,
        "half_width": error.half_width,
        "distance": distance.mean,
        "distance_half_width": distance.half_width,
        "agreeing": recovery.agreeing[i, m].mean(),
        "n": error.n,
    }


def _alone(recovery: Recovery, i: int, m: int) -> dict[str, Any]:
    """Errors of the estimates by single surrogates: over these."""
    found: dict[str, Any] = {}
    for of, errors in (("error", recovery.surrogates), ("distance", recovery.distances)):
        interval = mean_interval(_by_surrogate(errors[i, m]))
        found |= {f"alone_{of}": interval.mean, f"alone_{of}_half_width": interval.half_width}
    return {**found, "draws": interval.n}


def gain_table(
    found: Mapping[str, TruthRecovery], *, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Errors, and distances, with gradients less without, by draw: of surrogates alone.

    One line a truth, number of samples and `of`: below 0, gradients help.
    """
    rows = []
    for truth, both in found.items():
        recovery = both.alone
        for i, size in enumerate(recovery.sizes):
            for of, errors in (("error", recovery.surrogates), ("distance", recovery.distances)):
                without, with_gradients = (_by_surrogate(errors[i, m]) for m in range(len(METHODS)))
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


def measured_likelihood(errors: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison: whether the mean error is the lower one with gradients.

    As in the paper, it is that of the estimates by the mean of the surrogates.
    """
    own = errors.dropna(subset=["samples"]).pivot(
        index=["truth", "samples"], columns="method", values="error"
    )
    lower = own["with_gradients"] < own["without_gradients"]
    truths, sizes = (own.index.get_level_values(level) for level in (0, 1))
    return pd.DataFrame(
        {
            "study": "gradients",
            "item": "figure3",
            "row": "theta " + truths,
            "metric": [f"gradients nearer at {size} samples" for size in sizes],
            "measured": lower.to_numpy(dtype=float),
            "measured_error": np.nan,
            "n": errors["n"].iloc[0],
            "scale": errors["scale"].iloc[0],
        }
    )


def _by_surrogate(errors: FloatArray) -> FloatArray:
    """Means (M,) over sets and parameters of (M, R, p)."""
    means: FloatArray = errors.mean(axis=(1, 2))
    return means
