"""What the pictures of the latent space show, from the files that hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.figures.witness_latent_prototypes import Prototypes
from vicinal.figures.witness_latent_space import ShownPoints
from vicinal_workflow.witness_latent_names import (
    ALL_CODES,
    GAUSSIAN,
    GAUSSIAN_BEST,
    HERMITE,
    TRIMMED,
)

FloatArray = npt.NDArray[np.float64]
Arrays = Mapping[str, npt.NDArray[Any]]
_KEPT = {
    HERMITE: "kept by the Hermite kernel",
    GAUSSIAN: "kept by the Gaussian kernel, same σ",
    GAUSSIAN_BEST: "kept by the Gaussian kernel, own best σ\n(accuracy on half the codes)",
}
_PROTOTYPES = {
    ALL_CODES: "all codes",
    HERMITE: "significant for their own class (Hermite)",
    TRIMMED: "as many, nearest to the class's mean",
}


def grid_panels(arrays: Arrays) -> dict[str, ShownPoints]:
    """Figure 2's panels: all points, those that Hermite drops, those that each kernel keeps."""
    dropped = ShownPoints(~arrays[f"kept_{HERMITE}"])
    kept = {
        title: ShownPoints(arrays[f"kept_{method}"], arrays[f"classes_{method}"])
        for method, title in _KEPT.items()
    }
    everything = ShownPoints(np.ones(len(arrays["grid"]), dtype=bool))
    return {"all decoded points": everything, "dropped by the Hermite kernel": dropped, **kept}


def prototype_panels(arrays: Arrays) -> dict[str, Prototypes]:
    """Figure 3's columns: of all codes, of the class's significant region, of as many others."""
    return {
        title: Prototypes(arrays[f"prototypes_{name}"], arrays[f"prototype_images_{name}"])
        for name, title in _PROTOTYPES.items()
    }


def curve_arrays(curves: pd.DataFrame, measure: str) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Method -> shares kept (S,) and the measure (repetitions, S)."""
    found = {}
    for method, part in curves.groupby("method", sort=False):
        grid = part.pivot(index="repetition", columns="share", values=measure)
        found[str(method)] = (grid.columns.to_numpy(np.float64), grid.to_numpy(np.float64))
    return found
