"""Settings of the ridges with gradients, and the table of their errors: one line a draw and fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vicinal.gradients.ridge_comparison import FitErrors, PenaltyGrid
from vicinal.gradients.ridge_variants import RidgeStudy

# The fit to the gradients alone, from which ridge-gradients is made (eq. 18).
GRADIENT_FIT = "gradient_fit"


def ridge_study(settings: Mapping[str, Any]) -> RidgeStudy:
    """The study that the completed settings of `gradients.ridge` describe."""
    fixed = {name: (value,) for name, value in settings["fixed"].items()}
    penalties, weights = (
        _spaced(settings["tuned"][axis]) for axis in ("penalties", "gradient_weight")
    )
    same = ("noise", "gradient_noise", "centres", "radius", "intercept")
    return RidgeStudy(
        **{key: settings[key] for key in same},
        validation=settings["validation_samples"],
        test=settings["test_points"],
        fixed=PenaltyGrid(**fixed),
        tuned=PenaltyGrid(penalties, penalties, penalties, weights),
    )


def _spaced(axis: Mapping[str, Any]) -> tuple[float, ...]:
    values = np.geomspace(axis["from"], axis["to"], axis["count"])
    return tuple(float(value) for value in values)


def errors_table(
    found: Mapping[tuple[str, str], Mapping[str, FitErrors]], **columns: Any
) -> pd.DataFrame:
    """One line a variant, fit and draw: RMSE of values and of gradients, and the penalties.

    found : by (formulas, penalties), as `compare_variants` gives it.
    columns : further ones, put first.
    """
    parts = []
    for (formulas, penalties), fits in found.items():
        for fit, errors in fits.items():
            draws = np.arange(len(errors.value_rmse))
            same = {**columns, "formulas": formulas, "penalties": penalties, "draw": draws}
            rmse = {"values": errors.value_rmse, "gradients": errors.gradient_rmse}
            parts.append(pd.DataFrame({**same, "fit": fit, **rmse, **errors.penalties}))
            if errors.alone_rmse is not None:
                alone = {"values": np.nan, "gradients": errors.alone_rmse}
                penalty = {"lambda_gradient": errors.penalties["lambda_gradient"]}
                parts.append(pd.DataFrame({**same, "fit": GRADIENT_FIT, **alone, **penalty}))
    return pd.concat(parts, ignore_index=True)
