"""How near the best searches have come, by what they have spent: arrays, and figure 4's panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from vicinal.gradients.search_comparison import SearchCosts

FloatArray = npt.NDArray[np.float64]

# Shares of the whole lattice's work at which curves are taken.
SHARES = np.geomspace(1e-3, 1, 61)
SHOWN = ("full", "full_curve", "bound", "bound_paid")


def median_curves(
    repetitions: Sequence[Mapping[tuple[str, str], SearchCosts]], samples: int, method: str
) -> dict[str, FloatArray]:
    """`<samples>/<method>/<range>` -> curves (D, W) of evolutionary searches.

    Each is the median of a repetition's searches; infinite until most have a first network.
    """
    return {
        f"{samples}/{method}/{name}": np.array(
            [np.median(found["evolution", name].curves, axis=0) for found in repetitions]
        )
        for name in SHOWN
    }


def progress_panels(
    arrays: Mapping[str, FloatArray],
) -> tuple[FloatArray, dict[tuple[int, str], dict[str, FloatArray]]]:
    """Shares of work, and by number of samples and method the curves of each range."""
    panels: dict[tuple[int, str], dict[str, FloatArray]] = {}
    for name, curves in arrays.items():
        if name != "shares":
            samples, method, searched = name.split("/")
            panels.setdefault((int(samples), method), {})[searched] = curves
    return arrays["shares"], panels
