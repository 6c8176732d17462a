"""Estimates of treatment effects summarised: errors where effects are known, else experiments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm

from vicinal.statistics import mean_interval, paired_student
from vicinal.witness.treatment_effects import normal_interval
from vicinal_workflow.evidence import adjusted
from vicinal_workflow.witness_treatment_names import COMPARISONS

# Study -> kind of data, scale, and whether it is generated.
Described = Mapping[str, Mapping[str, Any]]
CONFIDENCE = 0.95
_ENTERING = ("standard_error", "treated", "controls", "kept", "borrowed")
GENERATED_COLUMNS = (
    *("study", "data", "scale", "method", "rule", "kept", "borrowed", "moved", "bias"),
    *("bias_half_width", "rmse", "standard_error", "covered", "covered_low", "covered_high"),
    "covered_p",
    *("imbalance", "sigma", "n"),
)
PAIRED_COLUMNS = (
    *("study", "data", "scale", "method", "rule", "kept", "sigma", "against", "against_rule"),
    *("against_kept", "against_sigma", "error", "against_error", "mean", "low", "high"),
    *("p_value", "adjusted_p", "n"),
)
REAL_COLUMNS = (
    *("study", "data", "scale", "method", "rule", "effect", "low", "high", "standard_error"),
    *("treated", "controls", "kept", "borrowed", "benchmark", "benchmark_low", "benchmark_high"),
    *("apart", "apart_low", "apart_high", "apart_p", "imbalance", "sigma"),
)


def summarised_draws(estimates: Mapping[str, pd.DataFrame], described: Described) -> pd.DataFrame:
    """Errors of each estimator over the draws of generated studies: `GENERATED_COLUMNS`.

    estimates : study -> its table, a line a draw, estimator and rule. A draw in which too few
        people are left has no estimate and is not counted among the `n`.
    kept : mean share of the treated.      borrowed : mean share of these matched on another
        person's score, having none.      moved : by how much the true effect on those kept
        exceeds that on all treated, mean.
    bias : mean of estimate less true effect on those kept, with the half-width of its 95 %
        interval over the draws.      covered : share of the draws whose 95 % interval holds the
        truth, with its Clopper-Pearson interval, and the p-value for its being 0.95.
    """
    rows = []
    for study, method, rule, part in _estimators(estimates, described, generated=True):
        known = part.dropna(subset="effect")
        rows.append(
            {
                "study": study,
                **_named(described[study]),
                "method": method,
                "rule": rule,
                "kept": part["kept"].mean(),
                "borrowed": part["borrowed"].mean(),
                "moved": (known["target"] - known["target_of_all"]).mean(),
                **_errors(known),
                "imbalance": known["imbalance"].mean(),
                "sigma": part["sigma"].mean(),
                "n": len(known),
            }
        )
    return pd.DataFrame(rows, columns=list(GENERATED_COLUMNS))


def _errors(known: pd.DataFrame) -> dict[str, float]:
    """Those of one estimator, of the draws with an estimate; empty without any."""
    if not len(known):
        return {}
    error = known["effect"] - known["target"]
    bias = mean_interval(error)
    low, high = normal_interval(
        known["effect"].to_numpy(float), known["standard_error"].to_numpy(float)
    )
    inside = int(known["target"].between(low, high).sum())
    test = binomtest(inside, len(known), CONFIDENCE)
    ends = test.proportion_ci(0.95, "exact")
    return {
        "bias": bias.mean,
        "bias_half_width": bias.half_width,
        "rmse": float(np.sqrt((error**2).mean())),
        "standard_error": known["standard_error"].mean(),
        "covered": inside / len(known),
        "covered_low": ends.low,
        "covered_high": ends.high,
        "covered_p": test.pvalue,
    }


def paired_errors(estimates: Mapping[str, pd.DataFrame], described: Described) -> pd.DataFrame:
    """`COMPARISONS` by draw: how far the first's |error| exceeds the second's (below 0: better).

    kept, sigma : of the first, in the mean over all draws; sigma is NaN but of witnesses.
    error, against_error : both in the mean.      mean, low, high, p_value, n : of the paired
        differences (Student).       adjusted_p : corrected for all lines of the table.
    Errors are from the true effect on those whom each estimator keeps.
    """
    rows = []
    for study, table in estimates.items():
        if not described[study]["generated"]:
            continue
        error = (table["effect"] - table["target"]).abs()
        grid = table.assign(error=error).pivot(
            index="draw", columns=["method", "rule"], values="error"
        )
        usual = table.groupby(["method", "rule"])[["kept", "sigma"]].mean()
        for method, rule, against, against_rule in COMPARISONS:
            both = grid[[(method, rule), (against, against_rule)]].dropna()
            if not len(both):
                continue
            first, second = both.to_numpy().T
            rows.append(
                {
                    "study": study,
                    **_named(described[study]),
                    "method": method,
                    "rule": rule,
                    **_used(usual, method, rule, ""),
                    "against": against,
                    "against_rule": against_rule,
                    **_used(usual, against, against_rule, "against_"),
                    "error": first.mean(),
                    "against_error": second.mean(),
                    **asdict(paired_student(first, second)),
                }
            )
    p_values = adjusted([row["p_value"] for row in rows])
    for row, p in zip(rows, p_values, strict=True):
        row["adjusted_p"] = p
    return pd.DataFrame(rows, columns=list(PAIRED_COLUMNS))


def real_effects(estimates: Mapping[str, pd.DataFrame], described: Described) -> pd.DataFrame:
    """Estimates of studies whose effects are not known, beside an experiment: `REAL_COLUMNS`.

    low, high : 95 % interval.      benchmark : the experiment's effect on people kept by the same
        rule, and its interval, blank without experiment.
    apart : estimate less benchmark. Its interval and p-value take both for independent; they share
        the outcomes of the treated, so that the interval is, if anything, too wide.
    """
    rows = []
    for study, method, rule, part in _estimators(estimates, described, generated=False):
        line: dict[Any, Any] = part.iloc[0].to_dict()
        apart = line["effect"] - line["benchmark"]
        error = float(np.hypot(line["standard_error"], line["benchmark_error"]))
        rows.append(
            {
                "study": study,
                **_named(described[study]),
                "method": method,
                "rule": rule,
                **_interval("", "effect", line["effect"], line["standard_error"]),
                **{key: line[key] for key in _ENTERING},
                **_interval("benchmark_", "benchmark", line["benchmark"], line["benchmark_error"]),
                **_interval("apart_", "apart", apart, error),
                "apart_p": 2 * float(norm.sf(abs(apart) / error)) if error > 0 else np.nan,
                **{key: line[key] for key in ("imbalance", "sigma")},
            }
        )
    return pd.DataFrame(rows, columns=list(REAL_COLUMNS))


def _estimators(
    estimates: Mapping[str, pd.DataFrame], described: Described, *, generated: bool
) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    for study, table in estimates.items():
        if described[study]["generated"] == generated:
            for (method, rule), part in table.groupby(["method", "rule"], sort=False):
                yield study, str(method), str(rule), part


def _used(usual: pd.DataFrame, method: str, rule: str, prefix: str) -> dict[str, float]:
    """Share of the treated that an estimator keeps, and its sigma."""
    return {f"{prefix}{key}": float(usual[key][method, rule]) for key in ("kept", "sigma")}


def _named(described: Mapping[str, Any]) -> dict[str, Any]:
    return {key: described[key] for key in ("data", "scale")}


def _interval(prefix: str, name: str, value: float, error: float) -> dict[str, float]:
    low, high = normal_interval(value, error)
    return {name: value, f"{prefix}low": low, f"{prefix}high": high}
