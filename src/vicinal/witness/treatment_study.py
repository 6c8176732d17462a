"""One study's effect on the treated by every estimator, each held against what is known of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vicinal.statistics import mean_of_chosen
from vicinal.witness.balanced_sigma import KernelName, balanced_sigma
from vicinal.witness.bias_score import witness_score
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.propensity_scores import PropensityScore, logistic_score
from vicinal.witness.treatment_effects import (
    TreatmentEffect,
    difference_of_means,
    imbalance,
    match,
    matched_effect,
    regression_adjusted_effect,
)
from vicinal.witness.trimming_rules import ALL

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Estimators that know no score, and the scores. `gaussian_equal` has the sigma of `hermite`.
UNSCORED = ("difference", "regression", "covariates")
SCORED = ("logistic", "logistic_products", "hermite", "gaussian_equal", "gaussian")


@dataclass(frozen=True)
class TreatmentStudy:
    """Who was treated, and how they fared.

    covariates : (N, d).     treatment : (N,) 0 or 1.     outcome : (N,).
    effects : (N,) what the treatment adds to each outcome, where it is known.
    experiment : covariates (M, d) and outcomes (M,) of the controls of an experiment on the same
        treated people, where there was one.
    randomised : whether the study is that experiment itself.
    """

    covariates: FloatArray
    treatment: npt.NDArray[np.int64]
    outcome: FloatArray
    effects: FloatArray | None = None
    experiment: tuple[FloatArray, FloatArray] | None = None
    randomised: bool = False


@dataclass(frozen=True)
class TreatmentSettings:
    """Settings of the scores and of matching.

    n, sigmas, permutations, threshold_factor, folds : of witnesses, the sigma being the best of
        these by `balanced_sigma`.     margin : of `overlap`.
    neighbours : controls matched with each treated.
    """

    n: int = 3
    sigmas: Sequence[float] = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
    permutations: int = 100
    threshold_factor: float = 1.0
    folds: int = 5
    margin: float = 0.1
    neighbours: int = 1


@dataclass(frozen=True)
class Estimate:
    """One estimator's effect on the treated whom it keeps; NaN where too few are left.

    method, rule : of `UNSCORED` and `SCORED`, and whom it keeps.
    sigma : of a witness, else NaN.
    effect, standard_error, treated, controls : treated who enter, and controls who are used.
    kept : share of all treated who enter.     borrowed : share of these matched on another
        person's score, having none.
    target, target_of_all : true mean effect on them, and on all treated; NaN where unknown.
    benchmark, benchmark_error : the experiment's effect on people kept by the same rule, and its
        standard error; NaN without experiment.
    imbalance : mean over the covariates of |standardised difference| between the treated who enter
        and their matches.
    """

    method: str
    rule: str
    sigma: float
    effect: float
    standard_error: float
    treated: int
    controls: int
    kept: float
    borrowed: float
    target: float
    target_of_all: float
    benchmark: float
    benchmark_error: float
    imbalance: float


def estimate_effects(
    study: TreatmentStudy, settings: TreatmentSettings, seed: int
) -> tuple[list[Estimate], dict[str, PropensityScore]]:
    """All estimates, and the scores of `SCORED`.

    Covariates are standardised by the study's mean and standard deviation, indicators among them.
    seed : of folds and permutations.
    """
    standard = _standardised(study)
    estimates = list(_without_score(standard, settings))
    scores = {}
    for method, score, sigma in _scores(standard, settings, seed):
        scores[method] = score
        for rule in score.kept:
            found = _by_score(standard, score, rule, settings.neighbours)
            estimates.append(replace(found, method=method, sigma=sigma))
    return estimates, scores


def _standardised(study: TreatmentStudy) -> TreatmentStudy:
    mean, spread = study.covariates.mean(axis=0), study.covariates.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    others = study.experiment
    if others is not None:
        others = (others[0] - mean) / spread, others[1]
    return replace(study, covariates=(study.covariates - mean) / spread, experiment=others)


def _scores(
    study: TreatmentStudy, settings: TreatmentSettings, seed: int
) -> Iterator[tuple[str, PropensityScore, float]]:
    x, w = study.covariates, study.treatment
    others = np.empty((0, x.shape[1])) if study.experiment is None else study.experiment[0]
    for method, products in (("logistic", False), ("logistic_products", True)):
        score = logistic_score(x, w, others, margin=settings.margin, products=products)
        yield method, score, math.nan
    of_hermite = _sigma(study, "hermite", settings, seed)
    of_gaussian = _sigma(study, "gaussian", settings, seed)
    for method, sigma in zip(SCORED[2:], (of_hermite, of_hermite, of_gaussian), strict=True):
        witness = HermiteWitness(
            n=settings.n,
            sigma=sigma,
            center="none",
            n_permutations=settings.permutations,
            threshold_factor=settings.threshold_factor,
            kernel="hermite" if method == "hermite" else "gaussian",
        )
        folds, margin = settings.folds, settings.margin
        score = witness_score(witness, x, w, others, folds=folds, margin=margin, seed=seed)
        yield method, score, sigma


def _sigma(
    study: TreatmentStudy, kernel: KernelName, settings: TreatmentSettings, seed: int
) -> float:
    return balanced_sigma(
        study.covariates,
        study.treatment,
        kernel=kernel,
        n=settings.n,
        sigmas=settings.sigmas,
        folds=settings.folds,
        neighbours=settings.neighbours,
        seed=seed,
    )


def _without_score(study: TreatmentStudy, settings: TreatmentSettings) -> Iterator[Estimate]:
    x, w, y = study.covariates, study.treatment, study.outcome
    everybody = np.ones(len(w), dtype=bool)
    adjusted = regression_adjusted_effect(x, w, y)
    weights = np.ones(len(w))
    yield _estimate(study, UNSCORED[0], ALL, difference_of_means(w, y), everybody, weights)
    # A regression weighs nobody: what it corrects is the imbalance that is left.
    yield _estimate(study, UNSCORED[1], ALL, adjusted, everybody, weights)
    effect, weights = _matched(study, x, everybody, settings.neighbours)
    yield _estimate(study, UNSCORED[2], ALL, effect, everybody, weights)


def _by_score(
    study: TreatmentStudy, score: PropensityScore, rule: str, neighbours: int
) -> Estimate:
    kept = score.kept[rule]
    effect, weights = _matched(study, score.matched_on, kept, neighbours)
    outside = score.others_kept[rule]
    found = _estimate(study, "", rule, effect, kept, weights, outside)
    unknown = np.isnan(score.share[kept & (study.treatment == 1)])
    return replace(found, borrowed=float(unknown.mean()) if len(unknown) else 0.0)


def _matched(
    study: TreatmentStudy, scores: FloatArray, kept: BoolArray, neighbours: int
) -> tuple[TreatmentEffect | None, FloatArray]:
    """The matched effect on the treated who are kept, None where too few are, and weights (N,)."""
    w, y = study.treatment[kept], study.outcome[kept]
    weights = np.zeros(len(kept))
    if w.sum() < 2 or (w == 0).sum() < max(2, neighbours):
        return None, weights
    own = scores[kept]
    matching = match(own[w == 1], own[w == 0], neighbours)
    weights[kept] = np.where(w == 1, 1.0, 0.0)
    weights[np.flatnonzero(kept)[w == 0]] = matching.weights
    return matched_effect(matching, own, w, y), weights


def _estimate(
    study: TreatmentStudy,
    method: str,
    rule: str,
    found: TreatmentEffect | None,
    kept: BoolArray,
    weights: FloatArray,
    outside: BoolArray | None = None,
) -> Estimate:
    treated = study.treatment == 1
    chosen = kept & treated
    benchmark = _benchmark(study, kept, outside) if found is not None else None
    apart = math.nan
    if found is not None:
        apart = float(np.abs(imbalance(study.covariates, study.treatment, weights)).mean())
    return Estimate(
        method=method,
        rule=rule,
        sigma=math.nan,
        effect=math.nan if found is None else found.effect,
        standard_error=math.nan if found is None else found.standard_error,
        treated=int(chosen.sum()),
        controls=0 if found is None else found.controls,
        kept=float(chosen.sum() / treated.sum()),
        borrowed=0.0,
        target=_mean(study.effects, chosen),
        target_of_all=_mean(study.effects, treated),
        benchmark=math.nan if benchmark is None else benchmark.effect,
        benchmark_error=math.nan if benchmark is None else benchmark.standard_error,
        imbalance=apart,
    )


def _mean(effects: FloatArray | None, chosen: BoolArray) -> float:
    return math.nan if effects is None else mean_of_chosen(effects, chosen)


def _benchmark(
    study: TreatmentStudy, kept: BoolArray, outside: BoolArray | None
) -> TreatmentEffect | None:
    """The experiment's effect on the people kept; None without one, or with too few left."""
    w, y = study.treatment[kept], study.outcome[kept]
    if study.experiment is not None:
        others = study.experiment[1] if outside is None else study.experiment[1][outside]
        y = np.concatenate([y[w == 1], others])
        w = np.repeat([1, 0], [len(y) - len(others), len(others)])
    elif not study.randomised:
        return None
    return difference_of_means(w, y) if min(w.sum(), (w == 0).sum()) >= 2 else None
