"""Intervals and p-values as cells of the page's tables."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from vicinal_workflow.evidence import p_text
from vicinal_workflow.page import Cell


def interval_cell(low: float, high: float, single: str) -> Cell:
    """A 95 % interval as a cell; `single` says why there is none."""
    if pd.isna(low):
        return Cell(None, title=f"{single} has no interval")
    return Cell(low, text=f"{low:+.2g} to {high:+.2g}")


def range_cell(low: float, high: float, written: Callable[[float], str], none: str) -> Cell:
    """From low to high as a cell, each as `written`; `none` says why there is none."""
    if pd.isna(low):
        return Cell(None, title=none)
    return Cell(float(low), text=f"{written(low)} to {written(high)}")


def p_cell(p: float) -> Cell:
    """A p-value as a cell; small ones are not printed as 0."""
    return Cell(None) if pd.isna(p) else Cell(p, text=p_text(p))
