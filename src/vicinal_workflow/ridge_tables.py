"""Errors of ridges with gradients summarised, and their gains over ridge regression by draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from vicinal.statistics import mean_interval

QUANTITIES = ("values", "gradients")
VARIANT = ["formulas", "penalties"]


def summarise_ridges(errors: pd.DataFrame) -> pd.DataFrame:
    """Figures 5 and 6: mean error over the draws, half-width of its 95 % interval, and median.

    One line a variant (formulas, penalties), fit and quantity, values or gradients.
    """
    rows = []
    own = errors[errors["figure"] == "figure5"]
    for (formulas, penalties, fit), part in own.groupby([*VARIANT, "fit"], sort=False):
        for quantity in QUANTITIES:
            if part[quantity].notna().all():
                rows.append(
                    {
                        "samples": part["samples"].iloc[0],
                        "formulas": formulas,
                        "penalties": penalties,
                        "quantity": quantity,
                        "fit": fit,
                        "median": part[quantity].median(),
                        **asdict(mean_interval(part[quantity])),
                    }
                )
    return pd.DataFrame(rows)


def error_gains(errors: pd.DataFrame) -> pd.DataFrame:
    """By how much a fit's error is below another's of the same draw, in percent of the latter.

    One line a figure, number of samples, variant, quantity and pair of fits: mean over the draws,
    half-width of its 95 % interval, share of the draws in which the fit is `ahead`. `over` is
    `ridge`, or `printed` for the same fit by the printed formulas. Figure 7 is of values alone.
    """
    rows: list[dict[str, Any]] = []
    for (figure, samples), part in errors.groupby(["figure", "samples"], sort=False):
        for quantity in QUANTITIES if figure == "figure5" else QUANTITIES[:1]:
            grid = part.pivot(index="draw", columns=[*VARIANT, "fit"], values=quantity)
            shown = "figure6" if quantity == "gradients" else figure
            for line in _gains(grid.dropna(axis=1)):
                rows.append({"figure": shown, "samples": samples, "quantity": quantity, **line})
    return pd.DataFrame(rows)


def _gains(grid: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The gains of one number of samples: `grid` has a line a draw, a column a variant and fit."""
    columns: Any = grid.columns
    for formulas, penalties, fit in columns:
        others = {"ridge": (formulas, penalties, "ridge")}
        if formulas == "corrected":
            others["printed"] = ("printed", penalties, fit)
        for over, other in others.items():
            if fit == "ridge" or other not in columns:
                continue
            gain = 100 * (1 - grid[formulas, penalties, fit] / grid[other])
            yield {
                "formulas": formulas,
                "penalties": penalties,
                "fit": fit,
                "over": over,
                **asdict(mean_interval(gain)),
                "ahead": (gain > 0).mean(),
            }


def measured_ridges(summary: pd.DataFrame, gains: pd.DataFrame) -> pd.DataFrame:
    """The lines of the comparison: corrected formulas, fixed penalties.

    Errors are half-widths of 95 % intervals. Figure 7's number is the share of the sizes at which
    ridge-gradients is ahead in the mean.
    """
    own = _headline(summary)
    parts = [
        pd.DataFrame(
            {
                "item": figure,
                "metric": part["fit"] + f" rmse of {quantity}",
                "measured": part["mean"],
                "measured_error": part["half_width"],
                "n": part["n"],
                "scale": part["scale"],
            }
        )
        for figure, quantity in (("figure5", "values"), ("figure6", "gradients"))
        for part in [own[own["quantity"] == quantity]]
    ]
    sizes = _headline(gains)
    sizes = sizes[(sizes["figure"] == "figure7") & (sizes["over"] == "ridge")]
    for fit, part in sizes.groupby("fit"):
        line = {
            "item": "figure7",
            "metric": f"{fit} ahead of ridge (share of sizes)",
            "measured": (part["mean"] > 0).mean(),
            "measured_error": None,
            "n": part["n"].iloc[0],
            "scale": part["scale"].iloc[0],
        }
        parts.append(pd.DataFrame([line]))
    lines = pd.concat(parts, ignore_index=True)
    lines.insert(0, "study", "gradients")
    lines.insert(2, "row", "sine")
    return lines


def _headline(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["formulas"] == "corrected") & (table["penalties"] == "fixed")]
