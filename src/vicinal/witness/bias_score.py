"""The witness function between treated and controls as a score of bias in who is treated."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.propensity_scores import PropensityScore
from vicinal.witness.treatment_effects import match
from vicinal.witness.trimming_rules import ALL, OVERLAP, SIGNIFICANCE, in_overlap

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def witness_score(
    witness: HermiteWitness,
    covariates: FloatArray,
    treatment: IntArray,
    others: FloatArray,
    *,
    folds: int = 5,
    margin: float = 0.1,
    seed: int = 0,
) -> PropensityScore:
    """How much treated dominate around each person, by witnesses of the other people.

    witness : with the settings of kernel and test; it is not fitted itself.
    covariates : (N, d) standardised.     treatment : (N,) 0 or 1.     others : (M, d) people who
        are not in the study.

    The witness of N1 treated and N0 controls estimates the difference of their densities,
    F = f1 - f0, and `density` that of all of them, f = w f1 + (1 - w) f0 with w = N1 / N. So

        e = w f1 / f = w + w (1 - w) F / f

    is the share of treated among people with these covariates: a propensity score, in one
    dimension, without a model. The Hermite kernel is negative in places, so that e may leave
    [0, 1]; where f is not positive there is none (NaN in `share`), and such people are matched on
    the score of the nearest person who has one.

    A person's own kernel would draw F towards the own group, so that the groups' scores never
    meet: the people are cut into `folds`, of each group alike, and scored by the witness of the
    other folds. `others` are scored by the witness of all.      seed : of folds and permutations.

    Rules: `all`; `overlap`, e from margin to 1 - margin; `significance`, those where the
    permutation test does not find F other than 0 by the paper's threshold. The latter two keep
    nobody without an own e. F = 0 where the share of treated is that of the whole study: where few
    of all people are treated, the last rule drops the treated themselves.
    """
    share, significant = np.full(len(treatment), np.nan), np.zeros(len(treatment), dtype=bool)
    for number, fold in enumerate(cut_into_folds(treatment, folds, seed)):
        rest = np.setdiff1d(np.arange(len(treatment)), fold)
        own = clone(witness).set_params(random_state=_of_fold(seed, number))
        own.fit(covariates[rest], treatment[rest])
        share[fold], significant[fold] = _at(own, covariates[fold], treatment[rest])
    found = [(share, significant), (np.empty(0), np.zeros(0, dtype=bool))]
    if len(others):
        own = clone(witness).set_params(random_state=_of_fold(seed, folds))
        found[1] = _at(own.fit(covariates, treatment), others, treatment)
    kept = [
        {
            ALL: np.ones(len(e), dtype=bool),
            OVERLAP: in_overlap(e, margin),
            SIGNIFICANCE: np.isfinite(e) & ~dominated,
        }
        for e, dominated in found
    ]
    scores = with_nearest_scores(covariates, share, float(treatment.mean()))
    return PropensityScore(scores, share, kept[0], kept[1])


def with_nearest_scores(covariates: FloatArray, scores: FloatArray, otherwise: float) -> FloatArray:
    """Scores (N,) where people without one, NaN, take that of the nearest person who has one.

    Of several who are as near, the mean.     otherwise : everybody's, where nobody has a score.
    """
    known = np.isfinite(scores)
    if not known.any():
        return np.full(len(scores), otherwise)
    found = scores.copy()
    if not known.all():
        found[~known] = match(covariates[~known], covariates[known]).shares @ scores[known]
    return found


def cut_into_folds(treatment: IntArray, folds: int, seed: int) -> list[IntArray]:
    """Rows of each fold, ascending: a random cut of each group into parts of equal size.

    Raises ValueError where a fold would leave fewer than two people of a group to the others.
    """
    least = int(np.bincount(treatment, minlength=2).min())
    if folds < 2 or least - math.ceil(least / max(folds, 1)) < 2:
        raise ValueError(
            f"{folds} folds of a group of {least} people; needed are at least 2 folds that leave 2"
        )
    rng = np.random.default_rng(seed)
    number = np.empty(len(treatment), dtype=np.int64)
    for group in (0, 1):
        own = rng.permutation(np.flatnonzero(treatment == group))
        number[own] = np.arange(len(own)) % folds
    return [np.flatnonzero(number == fold) for fold in range(folds)]


def _at(
    witness: HermiteWitness, points: FloatArray, treatment: IntArray
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Share of treated at the points, and where a group dominates significantly."""
    tested = witness.test(points)
    dimension = points.shape[1]
    # `density` is by volume; in the kernel's own units, as F is:
    gaussian = witness.kernel == "gaussian"
    norm = dimension / 2 * math.log(2 * math.pi) if gaussian else witness.log_factor_
    density = witness.density(points) * math.exp(norm + dimension * math.log(witness.sigma_))
    w = float(treatment.mean())
    ratio = np.divide(
        tested.statistic, density, out=np.full(len(points), np.nan), where=density > 0
    )
    return w + w * (1 - w) * ratio, tested.significant


def _of_fold(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
