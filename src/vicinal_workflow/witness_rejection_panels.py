"""What the figure of rejections shows, from the scores of its points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from vicinal.figures.witness_rejection import FactorCurves, factor_axis
from vicinal.risk_coverage import selective_risks
from vicinal.witness.rejection import kept_by_factor
from vicinal_workflow.witness_rejection_names import (
    AGREEING_WITNESSES,
    BASELINES,
    KERNELS,
    WITNESSES,
)

Arrays = Mapping[str, npt.NDArray[Any]]
FloatArray = npt.NDArray[np.float64]


def rejection_panels(
    points: Arrays,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray], dict[str, FactorCurves]]:
    """The arguments of `rejection_curves`, from what `measure_points` gave."""
    wrong = points["predicted"] != points["labels"]
    risks = {
        name: np.stack(
            [selective_risks(*pair) for pair in zip(points[f"score_{name}"], wrong, strict=True)]
        )
        for name in (*WITNESSES, *AGREEING_WITNESSES, *BASELINES)
    }
    alone = {name: risks[name] for name in (*WITNESSES, *BASELINES)}
    agreeing = {name: risks[name] for name in (*AGREEING_WITNESSES, *BASELINES)}
    factors = factor_axis([points[f"score_{kernel}"] for kernel in KERNELS])
    return alone, agreeing, {kernel: _by_factor(points, kernel, factors) for kernel in KERNELS}


def _by_factor(points: Arrays, witness: str, factors: FloatArray) -> FactorCurves:
    """Of a witness alone, at the paper's sigma."""
    wrong = points["predicted"] != points["labels"]
    agrees = points[f"predicted_{witness}"] == points["predicted"]
    kept = [
        kept_by_factor(*network, factors)
        for network in zip(points[f"score_{witness}"], wrong, agrees, strict=True)
    ]
    share, error, agreement = (
        np.stack([getattr(each, name) for each in kept]) for name in ("share", "error", "agreement")
    )
    return FactorCurves(factors, share, error, agreement)
