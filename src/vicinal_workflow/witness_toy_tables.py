"""Rates on the toy sets summarised, kernels paired by draw, p-values counted, slopes fitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from vicinal.statistics import mean_interval, paired_student
from vicinal.witness.known_densities import known_density
from vicinal.witness.theorem_rate import fitted_slope, theorem_bound
from vicinal_workflow.evidence import claim_value, direction
from vicinal_workflow.witness_toy_levels import attainable_level
from vicinal_workflow.witness_toy_names import (
    CLAIM,
    COMPARED,
    GAUSSIAN,
    HERMITE,
    ITEM,
    KERNELS,
    PAIRS,
    RATES,
    ROW,
)

FloatArray = npt.NDArray[np.float64]


def summarise_rates(rates: pd.DataFrame) -> pd.DataFrame:
    """Mean and half-width of the 95 % interval over the draws, by difference, method and rule.

    rates : difference, draw, method, sigma, rule, and the rates. One line a rate: `metric`; none
    for detections where both sets are the same.
    """
    rows = []
    keys = ["difference", "method", "sigma", "rule"]
    for key, part in rates.groupby(keys, sort=False):
        for metric in RATES:
            values = part[metric].dropna()
            if len(values):
                known: Any = dict(zip(keys, key, strict=True))
                rows.append(known | {"metric": metric, **asdict(mean_interval(values))})
    return pd.DataFrame(rows)


def pair_kernels(rates: pd.DataFrame) -> pd.DataFrame:
    """How much a method's rate exceeds another's, over all differences above 0, by Student's t.

    One line a pair of methods, rule and rate. Draws of the same number are averaged over the
    differences: this mean is one of n independent repetitions, in which both methods have samples,
    points and permutations in common.
    """
    rows = []
    own = rates[rates["difference"] > 0]
    for rule in own["rule"].unique():
        for metric in COMPARED:
            grid = own[own["rule"] == rule].pivot_table(
                index="draw", columns="method", values=metric, aggfunc="mean"
            )
            for method, against in PAIRS:
                both = grid[[method, against]].dropna()
                rows.append(
                    {
                        "method": method,
                        "against": against,
                        "rule": rule,
                        "metric": metric,
                        "first": both[method].mean(),
                        "second": both[against].mean(),
                        **asdict(paired_student(both[method], both[against])),
                    }
                )
    return pd.DataFrame(rows)


def measured_toys(paired: pd.DataFrame) -> pd.DataFrame:
    """The line of the comparison: 1 where the paper's claim holds, 0 where it fails, else blank.

    It is on detections by the paper's threshold, and one line: its p-value needs no correction.
    """
    own = paired[(paired["rule"] == "threshold") & (paired["metric"] == "detection")]
    line = own[(own["method"] == HERMITE) & (own["against"] == GAUSSIAN)].iloc[0]
    found = direction(line["low"], line["high"], line["p_value"])
    row = {
        "study": "witness",
        "item": ITEM,
        "row": ROW,
        "metric": CLAIM,
        "measured": claim_value(found),
        "measured_error": np.nan,
        "n": line["n"],
        "scale": line["scale"],
    }
    return pd.DataFrame([row])


def calibrate(
    p_values: Mapping[str, FloatArray], points: FloatArray, level: float, permutations: int
) -> pd.DataFrame:
    """The share of draws with a p-value of at most `level`, by kernel, at each point and at all.

    p_values : kernel -> (draws, M) at points (M, 2); draws are independent, points are not.

    At a point the 95 % interval is Clopper's and Pearson's and the p-value that of the binomial
    test of `expected`. Over all points (x and y missing) the unit is the draw: its share of points,
    with Student's interval and test.
    """
    expected = attainable_level(level, permutations)
    rows: list[dict[str, Any]] = []
    for kernel in KERNELS:
        hits = p_values[kernel] <= level + 1e-12
        shared = {"kernel": kernel, "level": level, "expected": expected, "n": len(hits)}
        rows.append(shared | _over_points(hits, expected))
        rows += [
            shared | {"x": x, "y": y} | _at_point(column, expected)
            for (x, y), column in zip(points, hits.T, strict=True)
        ]
    return pd.DataFrame(rows)[["kernel", "x", "y", *_CALIBRATION]]


_CALIBRATION = ("level", "expected", "share", "low", "high", "p_value", "n")


def _at_point(hits: npt.NDArray[np.bool_], expected: float) -> dict[str, float]:
    found = stats.binomtest(int(hits.sum()), len(hits), expected)
    interval = found.proportion_ci(0.95, method="exact")
    return {
        "share": float(hits.mean()),
        "low": float(interval.low),
        "high": float(interval.high),
        "p_value": float(found.pvalue),
    }


def _over_points(hits: npt.NDArray[np.bool_], expected: float) -> dict[str, float]:
    shares = hits.mean(1)
    found = paired_student(shares, np.full(len(shares), expected))
    ends = (max(0.0, expected + found.low), expected + found.high)
    share = {"x": np.nan, "y": np.nan, "share": float(shares.mean())}
    return share | {"low": ends[0], "high": ends[1], "p_value": found.p_value}


def fit_slopes(errors: pd.DataFrame, smoothness: float) -> pd.DataFrame:
    """Slopes of log error over log N of each density, with n as the theorem has it and kept.

    errors : density, repetition, samples, choice, n, error.
    smoothness : gamma where a density has all derivatives.

    One line a density and n (missing where it grows): the mean slope over the repetitions, its 95 %
    interval by Student, the slope of the theorem's bound over the same sizes (`bound`), and the
    p-value of their being equal. A kept n has no bound to be held against. `gamma_ours` says that
    gamma is the given one.
    """
    rows = []
    for name, own in errors.groupby("density", sort=False):
        density = known_density(str(name))
        gamma = density.smoothness or smoothness
        sizes = np.unique(own["samples"])
        bound = fitted_slope(sizes, theorem_bound(sizes, density.q, gamma))
        for n, part in _by_choice(own):
            held = None if n is not None else bound
            known = {"density": name, "q": density.q, "gamma": gamma, "n_kept": n}
            known |= {"gamma_ours": density.smoothness is None}
            rows.append(known | _slope_of(part, held))
    return pd.DataFrame(rows)


def _slope_of(errors: pd.DataFrame, bound: float | None) -> dict[str, Any]:
    """The slope of one density and n; `bound` is the slope that it is held against, if any."""
    by_repetition = errors.groupby("repetition")
    slopes = [fitted_slope(own["samples"], own["error"]) for _, own in by_repetition]
    shift = bound or 0.0
    found = paired_student(slopes, np.full(len(slopes), shift))
    ordered = errors.sort_values("samples")
    largest = errors[errors["samples"] == errors["samples"].max()]
    return {
        "n_first": ordered["n"].iloc[0],
        "n_last": ordered["n"].iloc[-1],
        "slope": found.mean + shift,
        "low": found.low + shift,
        "high": found.high + shift,
        "bound": bound,
        "p_value": None if bound is None else found.p_value,
        "last_error": largest["error"].mean(),
        "n": found.n,
    }


def _by_choice(errors: pd.DataFrame) -> Iterator[tuple[int | None, pd.DataFrame]]:
    """The growing n first, as None; then each that is kept."""
    yield None, errors[errors["choice"] == "theorem"]
    kept = errors[errors["choice"] == "fixed"]
    for n in sorted(set(kept["n"])):
        yield int(n), kept[kept["n"] == n]
