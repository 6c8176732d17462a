"""The witness as a score: its formula by hand, its folds, whom it keeps, what it is good for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from vicinal.data.observational_study import individual_effects, observational_study
from vicinal.witness.bias_score import (
    cut_into_folds,
    with_nearest_scores,
    witness_score,
)
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.kernel import hermite_kernel
from vicinal.witness.propensity_scores import logistic_score
from vicinal.witness.treatment_study import (
    SCORED,
    UNSCORED,
    TreatmentSettings,
    TreatmentStudy,
    estimate_effects,
)
from vicinal.witness.trimming_rules import ALL, OVERLAP, SIGNIFICANCE

NOBODY = np.empty((0, 3))


def kernel(name: str, a: np.ndarray, b: np.ndarray, n: int, sigma: float) -> np.ndarray:
    if name == "hermite":
        return hermite_kernel(a, b, n, sigma)
    return np.exp(-(cdist(a, b) ** 2) / (2 * sigma**2))


def people(number: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(number, 3))
    w = (rng.random(number) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(np.int64)
    return x, w


def witness(name: str = "hermite", sigma: float = 1.3) -> HermiteWitness:
    return HermiteWitness(n=3, sigma=sigma, center="none", n_permutations=19, kernel=name)


@pytest.mark.parametrize("name", ["hermite", "gaussian"])
def test_shares_are_those_of_the_other_folds(name: str) -> None:
    """The share of treated is the kernel's sum over treated by that over all, self left out."""
    x, w = people()
    others = people(10, seed=1)[0]
    found = witness_score(witness(name), x, w, others, folds=3, seed=7)
    values = kernel(name, x, x, 3, 1.3)
    for fold in cut_into_folds(w, 3, 7):
        rest = np.setdiff1d(np.arange(60), fold)
        treated = values[np.ix_(fold, rest)] @ w[rest]
        everybody = values[np.ix_(fold, rest)].sum(axis=1)
        expected = np.where(everybody > 0, treated / everybody, np.nan)
        assert found.share[fold] == pytest.approx(expected, rel=1e-7, nan_ok=True)
    outside = kernel(name, others, x, 3, 1.3)
    share = (outside @ w) / outside.sum(axis=1)
    known = outside.sum(axis=1) > 0
    kept = known & (share >= 0.1) & (share <= 0.9)
    np.testing.assert_array_equal(found.others_kept[OVERLAP], kept)
    assert found.others_kept[ALL].all()


def test_rules_keep_whom_they_say() -> None:
    x, w = people(200)
    found = witness_score(witness(sigma=2.0), x, w, NOBODY, margin=0.25, seed=2)
    share = found.share
    assert found.kept[ALL].all()
    np.testing.assert_array_equal(found.kept[OVERLAP], (share >= 0.25) & (share <= 0.75))
    # Treated dominate on one side: of those left, fewer are far out there.
    kept = found.kept[SIGNIFICANCE]
    assert 0.2 < kept.mean() < 0.95
    assert abs(x[kept, 0]).mean() < 0.9 * abs(x[~kept, 0]).mean()
    assert all(len(rows) == 0 for rows in found.others_kept.values())


def test_who_has_no_score_takes_the_nearest_persons() -> None:
    x, w = people(200)
    found = witness_score(witness(sigma=0.8), x, w, NOBODY, seed=2)
    known = np.isfinite(found.share)
    assert 0 < (~known).sum() < 100
    np.testing.assert_array_equal(found.matched_on[known], found.share[known])
    for i in np.flatnonzero(~known):
        nearest = np.linalg.norm(x[known] - x[i], axis=1).argmin()
        assert found.matched_on[i] == pytest.approx(found.share[known][nearest], rel=1e-12)
    assert not (found.kept[OVERLAP] | found.kept[SIGNIFICANCE])[~known].any()
    # Several as near: the mean. Nobody with a score: what is given.
    line = np.array([[0.0], [1.0], [-1.0], [3.0]])
    scores = with_nearest_scores(line, np.array([np.nan, 0.2, 0.4, 0.9]), 0.5)
    assert scores == pytest.approx([0.3, 0.2, 0.4, 0.9])
    assert with_nearest_scores(line, np.full(4, np.nan), 0.5) == pytest.approx([0.5] * 4)


def test_without_bias_hardly_anybody_is_significant() -> None:
    """People treated by lot: of 10 independent draws, the mean share left out is about 1 / 20."""
    left_out = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x, w = rng.normal(size=(120, 3)), rng.permutation(np.arange(120) % 2)
        found = witness_score(witness("gaussian"), x, w, NOBODY, seed=seed)
        left_out.append(1 - found.kept[SIGNIFICANCE].mean())
    assert 0.0 <= np.mean(left_out) < 0.12


def test_a_score_depends_on_its_seed_alone() -> None:
    x, w = people()
    first, second, other = (witness_score(witness(), x, w, NOBODY, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.share, second.share)
    np.testing.assert_array_equal(first.kept[SIGNIFICANCE], second.kept[SIGNIFICANCE])
    assert not np.array_equal(first.share, other.share)


def test_folds_cut_each_group_alike() -> None:
    w = np.array([1] * 7 + [0] * 20)
    folds = cut_into_folds(w, 3, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate(folds)), np.arange(27))
    assert sorted(int(w[fold].sum()) for fold in folds) == [2, 2, 3]
    assert sorted(int((w[fold] == 0).sum()) for fold in folds) == [6, 7, 7]
    for number, group in ((1, [1, 1, 1, 0, 0, 0]), (3, [1, 1, 0, 0, 0, 0])):
        with pytest.raises(ValueError, match=f"{number} folds of a group of"):
            cut_into_folds(np.array(group), number, 0)


def test_a_logistic_score_has_the_true_slope() -> None:
    x, w = people(20_000)
    found = logistic_score(x, w, x[:5], margin=0.2)
    slope = np.linalg.lstsq(x, found.matched_on, rcond=None)[0]
    assert slope == pytest.approx([2, 0, 0], abs=0.1)
    assert found.share == pytest.approx(1 / (1 + np.exp(-found.matched_on)))
    np.testing.assert_array_equal(found.others_kept[OVERLAP], found.kept[OVERLAP][:5])
    inside = abs(x @ slope) < np.log(4) - 0.05
    assert found.kept[OVERLAP][inside].all()


def test_products_find_a_curved_score() -> None:
    x = np.random.default_rng(0).normal(size=(5000, 3))
    w = (np.random.default_rng(1).random(5000) < 1 / (1 + np.exp(-2 * x[:, 0] * x[:, 1]))).astype(
        int
    )
    found = {
        products: logistic_score(x, w, NOBODY, products=products).matched_on
        for products in (True, False)
    }
    assert np.corrcoef(found[True], x[:, 0] * x[:, 1])[0, 1] > 0.98
    assert abs(np.corrcoef(found[False], x[:, 0] * x[:, 1])[0, 1]) < 0.2


def study(seed: int, curvature: float = 1.0, people: int = 300) -> TreatmentStudy:
    found = observational_study(people, 100, curvature=curvature, heterogeneity=0.5, seed=seed)
    inputs = found.inputs["train"]
    effects = individual_effects(inputs[:, :-1], curvature, 1.0, 0.5)
    return TreatmentStudy(inputs[:, :-1], found.labels["train"], inputs[:, -1], effects)


SETTINGS = TreatmentSettings(sigmas=[2.0], permutations=19, folds=3)


def test_every_estimator_has_its_rules_and_targets() -> None:
    data = study(0)
    estimates, scores = estimate_effects(data, SETTINGS, 0)
    rules = {(e.method, e.rule): e for e in estimates}
    witnesses = [(name, rule) for name in SCORED[2:] for rule in (ALL, OVERLAP, SIGNIFICANCE)]
    logistic = [(name, rule) for name in SCORED[:2] for rule in (ALL, OVERLAP)]
    assert list(rules) == [*((name, ALL) for name in UNSCORED), *logistic, *witnesses]
    treated = data.treatment == 1
    assert data.effects is not None
    for (method, rule), found in rules.items():
        assert found.target_of_all == pytest.approx(data.effects[treated].mean())
        kept = scores[method].kept[rule] & treated if method in scores else treated
        assert found.target == pytest.approx(data.effects[kept].mean())
        assert (found.treated, found.kept) == (kept.sum(), kept.sum() / treated.sum())
        assert np.isnan(found.benchmark)
    # Nothing hangs on the units of the covariates.
    other = replace(data, covariates=100 * data.covariates + 7)
    for first, second in zip(estimates, estimate_effects(other, SETTINGS, 0)[0], strict=True):
        assert second.effect == pytest.approx(first.effect, rel=1e-6)


def test_the_witness_takes_away_a_bias_that_a_linear_score_leaves() -> None:
    """Curved confounding, 8 draws: the difference is several standard errors."""
    errors: dict[str, list[float]] = {}
    for seed in range(8):
        for found in estimate_effects(study(seed, people=500), SETTINGS, seed)[0]:
            if found.rule == ALL:
                errors.setdefault(found.method, []).append(found.effect - found.target)
    mean = {method: np.mean(values) for method, values in errors.items()}
    assert mean["difference"] > 0.7
    assert mean["logistic"] > 0.6
    gain = np.array(errors["logistic"]) - np.array(errors["hermite"])
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(len(gain))
    assert abs(mean["logistic_products"]) < 0.35


def test_an_experiment_is_trimmed_by_the_same_rule() -> None:
    rng = np.random.default_rng(0)
    data = replace(study(1), effects=None)
    others = rng.normal(size=(50, data.covariates.shape[1])), rng.normal(size=50)
    estimates, scores = estimate_effects(replace(data, experiment=others), SETTINGS, 0)
    treated = data.treatment == 1
    for found in estimates:
        kept, outside = np.ones(len(treated), dtype=bool), np.ones(50, dtype=bool)
        if found.method in scores:
            kept = scores[found.method].kept[found.rule]
            outside = scores[found.method].others_kept[found.rule]
        first, second = data.outcome[kept & treated], others[1][outside]
        assert found.benchmark == pytest.approx(first.mean() - second.mean())
        variance = first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second)
        assert found.benchmark_error == pytest.approx(np.sqrt(variance))
        assert np.isnan(found.target)
    assert len({found.benchmark for found in estimates}) > 3


def test_a_randomised_study_is_its_own_experiment() -> None:
    data = replace(study(2), effects=None, randomised=True)
    for found in estimate_effects(data, SETTINGS, 0)[0]:
        if found.method == "difference":
            assert found.effect == found.benchmark
        assert np.isfinite(found.benchmark)


def test_too_few_people_left_are_no_estimate() -> None:
    data = study(3, people=60)
    settings = replace(SETTINGS, margin=0.4999)
    found = {e.method: e for e in estimate_effects(data, settings, 0)[0] if e.rule == OVERLAP}
    assert np.isnan(found["logistic"].effect)
    assert found["logistic"].controls == 0
