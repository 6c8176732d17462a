"""Studies of treatment effects from data sets of the configuration, and their files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from vicinal.data.dataset import Dataset
from vicinal.data.observational_study import individual_effects, observational_study
from vicinal.witness.propensity_scores import PropensityScore
from vicinal.witness.treatment_study import Estimate, TreatmentSettings, TreatmentStudy

GENERATED, REAL = "observational_study", "lalonde"
# Those whose shares are drawn.
DRAWN = ("logistic", "hermite")
_SETTINGS = (*("n", "sigmas", "permutations", "threshold_factor", "folds", "margin", "neighbours"),)


def treatment_settings(settings: Mapping[str, Any]) -> TreatmentSettings:
    """Those of the library among the settings of a study."""
    return TreatmentSettings(**{key: settings[key] for key in _SETTINGS})


def generated_study(options: Mapping[str, Any], seed: int) -> TreatmentStudy:
    """One draw of a generated study, whose individual effects are known.

    options : of the data set's kind, without its splits' settings.
    """
    found = observational_study(**options, seed=seed)
    known = {key: options[key] for key in ("curvature", "effect", "heterogeneity")}
    covariates, outcome = _parted(found.inputs["train"])
    effects = individual_effects(covariates, **known)
    return TreatmentStudy(covariates, found.labels["train"], outcome, effects)


def study_of_data(dataset: Dataset, kind: str) -> TreatmentStudy:
    """The study that a data set holds: the outcome is the last column, the second class treated.

    kind : of the data set. Of `lalonde`, the test split is the experiment that goes with it; of
        others, both splits are one study. Raises ValueError for data that are no such table.
    """
    if dataset.input_kind != "table" or len(dataset.class_names) != 2:
        raise ValueError(
            f"the data hold inputs of kind {dataset.input_kind} and {len(dataset.class_names)} "
            "classes; needed is a table of covariates and, last, the outcome, in two classes: "
            "control and treated"
        )
    splits = ("train",) if kind == REAL else dataset.splits
    inputs = np.concatenate([dataset.inputs[split] for split in splits])
    treatment = np.concatenate([dataset.labels[split] for split in splits])
    if inputs.shape[1] < 2:
        raise ValueError("the data have one column; needed are covariates and, last, the outcome")
    covariates, outcome = _parted(inputs)
    if kind != REAL:
        return TreatmentStudy(covariates, treatment, outcome)
    controls = dataset.labels["test"] == 0
    experiment = _parted(dataset.inputs["test"][controls])
    if np.array_equal(dataset.inputs["test"], dataset.inputs["train"]):
        return TreatmentStudy(covariates, treatment, outcome, randomised=True)
    return TreatmentStudy(covariates, treatment, outcome, experiment=experiment)


def _parted(inputs: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Covariates and outcome."""
    return inputs[:, :-1], inputs[:, -1]


def estimates_table(found: Iterable[list[Estimate]]) -> pd.DataFrame:
    """One line a draw, estimator and rule."""
    return pd.DataFrame(
        [
            {"draw": draw, **asdict(estimate)}
            for draw, estimates in enumerate(found)
            for estimate in estimates
        ]
    )


def score_arrays(
    study: TreatmentStudy, scores: Mapping[str, PropensityScore]
) -> dict[str, np.ndarray[Any, Any]]:
    """`treatment` (N,), and of each drawn score its `<method>_share` and, by each of its rules, who
    is left: `<method>_kept_<rule>`."""
    arrays: dict[str, np.ndarray[Any, Any]] = {"treatment": study.treatment}
    for method in DRAWN:
        arrays[f"{method}_share"] = scores[method].share
        for rule, kept in scores[method].kept.items():
            arrays[f"{method}_kept_{rule}"] = kept
    return arrays
