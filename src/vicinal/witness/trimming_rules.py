"""Whom an estimate of a treatment's effect keeps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# All who have a score; those whose score is in the middle; those where no group dominates
# significantly (of a witness alone).
ALL, OVERLAP, SIGNIFICANCE = "all", "overlap", "significance"


def in_overlap(share: npt.NDArray[np.float64], margin: float) -> npt.NDArray[np.bool_]:
    """Where a share of treated is at least `margin` from 0 and 1; not where it is NaN."""
    found: npt.NDArray[np.bool_] = (share >= margin) & (share <= 1 - margin)
    return found
