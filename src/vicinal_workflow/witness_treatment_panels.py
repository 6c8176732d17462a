"""Tables and scores of treatment effects as the pictures take them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.figures.bias_scores import ScorePanel
from vicinal.figures.effect_estimates import EffectPanel, EffectRow
from vicinal.witness.trimming_rules import OVERLAP, SIGNIFICANCE
from vicinal_workflow.witness_treatment_names import METHODS, RULES, named

# What each drawn score is trimmed by.
TRIMMED_BY = {"logistic": OVERLAP, "hermite": SIGNIFICANCE}
_TITLES = {"logistic": "logistic score", "hermite": "Hermite witness"}


def score_panels(
    scores: Mapping[str, Mapping[str, npt.NDArray[Any]]],
) -> dict[str, dict[str, ScorePanel]]:
    """Study -> score, with the rule that trims it -> the groups' shares, and who is left."""
    return {
        study: {
            f"{_TITLES[method]}, {RULES[rule]}": ScorePanel(
                arrays[f"{method}_share"], arrays["treatment"], arrays[f"{method}_kept_{rule}"]
            )
            for method, rule in TRIMMED_BY.items()
        }
        for study, arrays in scores.items()
    }


def effect_panels(
    generated: pd.DataFrame, real: pd.DataFrame, order: list[str]
) -> dict[str, EffectPanel]:
    """Study -> its estimators from top to bottom, and what they are to come to."""
    panels = {}
    for study, part in generated.groupby("study", sort=False):
        rows = [
            EffectRow(
                *(_label(line), line["method"], line["bias"]),
                line["bias"] - line["bias_half_width"],
                line["bias"] + line["bias_half_width"],
            )
            for line in part.to_dict("records")
        ]
        panels[str(study)] = EffectPanel("error: estimate less effect", rows, 0.0)
    for study, part in real.groupby("study", sort=False):
        rows = [
            EffectRow(
                *(_label(line), line["method"]),
                *(line["effect"], line["low"], line["high"]),
                line["benchmark"],
            )
            for line in part.to_dict("records")
        ]
        whole = part[part["method"] == next(iter(METHODS))].iloc[0]
        known = np.isfinite(whole["benchmark"])
        panels[str(study)] = EffectPanel(
            "effect on the treated",
            rows,
            float(whole["benchmark"]) if known else None,
            (float(whole["benchmark_low"]), float(whole["benchmark_high"])) if known else None,
        )
    return {study: panels[study] for study in order if study in panels}


def _label(line: Mapping[Any, Any]) -> str:
    """An estimator at the side of a picture."""
    return named(line["method"], line["rule"]).replace("matched on the ", "matching: ")
