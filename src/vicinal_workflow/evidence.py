"""When the page says that one thing beats another, and how it shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import false_discovery_control

LEVEL = 0.05


def adjusted(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """p-values corrected for their number (Benjamini and Hochberg); those that are NaN stay so."""
    p = np.array(p_values, dtype=np.float64)
    known = np.isfinite(p)
    if known.any():
        p[known] = false_discovery_control(p[known])
    return p


def direction(low: float, high: float, p: float) -> Literal["", "up", "down"]:
    """Where a difference lies by its 95 % interval and its p-value, which must agree.

    The interval of few pairs is too narrow, and the p-value of five is never below 0.06.
    """
    if not p <= LEVEL:
        return ""
    return "up" if low > 0 else "down" if high < 0 else ""


def claim_value(found: Literal["", "up", "down"], better: Literal["up", "down"] = "up") -> float:
    """What the comparison has of a claim: 1 where it holds, 0 where it fails, NaN if untold.

    found : as `direction` says; the claim is that the difference lies where `better` is.
    """
    return float("nan") if not found else float(found == better)


def emphasis(
    line: Mapping[Any, Any], better: Literal["up", "down"] = "up"
) -> Literal["", "for", "against"]:
    """How a cell with a line's difference is marked; `better` is where an improvement lies."""
    found = direction(line["low"], line["high"], line["p_value"])
    if not found:
        return ""
    return "for" if found == better else "against"


def known(value: Any) -> float | None:
    """A number of a table, or None where there is none."""
    return None if pd.isna(value) else float(value)


def beyond_chance(held: int, chances: npt.ArrayLike) -> tuple[float, float]:
    """How likely as many, or more, and as few, or fewer, of (n,) events are that chance brings.

    chances : the probability of each, independent of one another.
    """
    counts = np.ones(1)
    for chance in np.asarray(chances, dtype=np.float64):
        counts = np.convolve(counts, [1 - chance, chance])
    return float(counts[held:].sum()), float(counts[: held + 1].sum())


def percent(share: float) -> str:
    """A share of 1 in words."""
    return f"{100 * share:.0f} %"


def p_text(p: float) -> str:
    """A p-value with three decimals, or `< 0.001`."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
