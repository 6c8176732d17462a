"""The choice of sigma by balance: its shares are the score's, its criterion by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vicinal.witness.balanced_sigma import balanced_sigma, fold_shares
from vicinal.witness.bias_score import with_nearest_scores, witness_score
from vicinal.witness.hermite_witness import HermiteWitness


def people(number: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(number, 2))
    chance = 1 / (1 + np.exp(1 - 2 * x[:, 0] * x[:, 1]))
    return x, (rng.random(number) < chance).astype(np.int64)


@pytest.mark.parametrize("name", ["hermite", "gaussian"])
@pytest.mark.parametrize("block_bytes", [2**12, 2**26])
def test_shares_are_those_of_the_score(name: str, block_bytes: int) -> None:
    """By kernel sums here, by the fitted witness's F and density there."""
    x, w = people(90)
    witness = HermiteWitness(n=3, sigma=0.6, center="none", n_permutations=1, kernel=name)
    expected = witness_score(witness, x, w, np.empty((0, 2)), folds=4, seed=3).share
    found = fold_shares(x, w, kernel=name, n=3, sigma=0.6, folds=4, seed=3, block_bytes=block_bytes)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    assert found == pytest.approx(expected, rel=1e-6, nan_ok=True)


def left(x: np.ndarray, w: np.ndarray, scores: np.ndarray) -> float:
    """Imbalance of covariates, squares and products after matching, person by person."""
    table = np.column_stack((x, x**2, x[:, 0] * x[:, 1]))
    treated, controls = np.flatnonzero(w == 1), np.flatnonzero(w == 0)
    matched = np.zeros(5)
    for i in treated:
        gap = abs(scores[controls] - scores[i])
        matched += table[controls[gap <= gap.min() + 1e-9]].mean(axis=0)
    apart = table[treated].mean(axis=0) - matched / len(treated)
    spread = np.sqrt((table[treated].var(axis=0) + table[controls].var(axis=0)) / 2)
    return float(abs(apart / spread).mean())


@pytest.mark.parametrize("name", ["hermite", "gaussian"])
def test_the_sigma_with_the_most_similar_matches_is_taken(name: str) -> None:
    chosen = set()
    for seed in range(4):
        x, w = people(120, seed)
        sigmas = [0.2, 0.8, 3.0]
        imbalances = []
        for sigma in sigmas:
            shares = fold_shares(x, w, kernel=name, n=3, sigma=sigma, seed=seed)
            imbalances.append(left(x, w, with_nearest_scores(x, shares, w.mean())))
        found = balanced_sigma(x, w, kernel=name, n=3, sigmas=sigmas, seed=seed)
        assert found == sigmas[int(np.argmin(imbalances))]
        chosen.add(found)
    assert 0.8 in chosen
    # Without a choice it is taken, whoever the people are.
    assert balanced_sigma(x[:2], w[:2], kernel=name, n=3, sigmas=[0.3]) == 0.3


def test_a_constant_column_and_few_controls_do_no_harm() -> None:
    x, w = people(60)
    x = np.column_stack((x, np.zeros(60)))
    sigma = balanced_sigma(x, w, kernel="gaussian", n=3, sigmas=[0.5, 1.0], neighbours=100)
    assert sigma in (0.5, 1.0)
