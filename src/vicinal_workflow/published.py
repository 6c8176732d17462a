"""The papers' figures beside our measurements."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

KEY = ["item", "row", "metric"]
COLUMNS = [
    "study",
    *KEY,
    "published",
    "published_error",
    "measured",
    "measured_error",
    "n",
    "scale",
    "agrees",
]


def measured_in_methods(table: pd.DataFrame, item: str) -> pd.DataFrame:
    """A table of methods in the long form of the comparison: one line a figure."""
    parts = []
    for statistic in ("best", "mean"):
        error = table["standard_error"] if statistic == "mean" else np.nan
        parts.append(
            pd.DataFrame(
                {
                    "item": item,
                    "row": table["row"],
                    "metric": table["method"] + f" {statistic} " + table["metric"],
                    "measured": table[statistic],
                    "measured_error": error,
                    "n": table["n"],
                    "scale": table["scale"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def join_measured(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The figures of all tables of methods, by the tables' names; empty without a table."""
    empty = pd.DataFrame(columns=[*KEY, "measured", "measured_error", "n", "scale"])
    parts = [measured_in_methods(table, item) for item, table in tables.items()]
    return pd.concat(parts, ignore_index=True) if parts else empty


def compare_with_published(published: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Every published figure, in the order of the list, with ours where there is one.

    `agrees` compares 95 % intervals: it is True where the difference lies within 1.96 standard
    errors of it. It is filled only where the scale is the paper's own and both errors are known.
    """
    measured = measured.astype({"measured": float, "measured_error": float})
    joined = published.drop(columns="n").merge(measured, how="left", on=KEY, validate="1:1")
    joined["scale"] = joined["scale"].fillna("not run")
    error = (joined["published_error"] ** 2 + joined["measured_error"] ** 2) ** 0.5
    within = (joined["measured"] - joined["published"]).abs() <= 1.96 * error
    comparable = (joined["scale"] == "paper") & error.notna()
    joined["agrees"] = within.astype(object).where(comparable, None)
    return joined[COLUMNS]
