"""Intervals and p-values as cells of the page's tables."""

from __future__ import annotations

import pandas as pd

from vicinal_workflow.evidence import p_text
from vicinal_workflow.page import Cell


def interval_cell(low: float, high: float, single: str) -> Cell:
    """A 95 % interval as a cell; `single` says why there is none."""
    if pd.isna(low):
        return Cell(None, title=f"{single} has no interval")
    return Cell(low, text=f"{low:+.2g} to {high:+.2g}")


def p_cell(p: float) -> Cell:
    """A p-value as a cell; small ones are not printed as 0."""
    return Cell(None) if pd.isna(p) else Cell(p, text=p_text(p))
