"""The papers' figures beside our measurements."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

NOT_RUN = "not run"
KEY = ["study", "item", "row", "metric"]
COLUMNS = [
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
                    "study": "vbsw",
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


def measured_in_samplings(table: pd.DataFrame, item: str) -> pd.DataFrame:
    """The same of a table of samplings, whose errors are half-widths of 95 % intervals."""
    return pd.DataFrame(
        {
            "study": "vbsw",
            "item": item,
            "row": table["row"],
            "metric": table["sampling"] + " " + table["metric"],
            "measured": table["mean"],
            "measured_error": table["half_width"],
            "n": table["n"],
            "scale": table["scale"],
        }
    )


def join_measured(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The figures of all tables in the comparison's form; empty without a table.

    tables : by the item whose methods or samplings they hold. A table that has the comparison's
        columns already passes as it is, under any name.
    """
    empty = pd.DataFrame(columns=[*KEY, "measured", "measured_error", "n", "scale"])
    parts = [_measured(table, item) for item, table in tables.items()]
    return pd.concat(parts, ignore_index=True) if parts else empty


def _measured(table: pd.DataFrame, item: str) -> pd.DataFrame:
    if "measured" in table:
        return table
    of_samplings = "sampling" in table
    return (measured_in_samplings if of_samplings else measured_in_methods)(table, item)


def compare_with_published(published: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Every published figure, in the order of the list, with ours where there is one.

    Errors, the published and ours, are of the kind that the list's `error_kind` says: standard
    errors, or half-widths of 95 % intervals (`interval`).
    `agrees` compares 95 % intervals: it is True where the difference lies within its own, of 1.96
    standard errors or of the half-widths added in squares. It is filled only where the scale is
    the paper's own and both errors are known.
    """
    measured = measured.astype({"measured": float, "measured_error": float})
    joined = published.drop(columns="n").merge(measured, how="left", on=KEY, validate="1:1")
    joined["scale"] = joined["scale"].fillna(NOT_RUN)
    error = (joined["published_error"] ** 2 + joined["measured_error"] ** 2) ** 0.5
    half_width = error.where(joined["error_kind"] == "interval", 1.96 * error)
    within = (joined["measured"] - joined["published"]).abs() <= half_width
    comparable = (joined["scale"] == "paper") & error.notna()
    joined["agrees"] = within.astype(object).where(comparable, None)
    return joined[COLUMNS]
