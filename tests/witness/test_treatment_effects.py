"""Matching, regression and their standard errors against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from vicinal.witness.treatment_effects import (
    difference_of_means,
    imbalance,
    match,
    matched_effect,
    regression_adjusted_effect,
)


def drawn(
    people: int = 40, columns: int = 1, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, treatment and outcomes."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(people, columns))
    treatment = (rng.random(people) < 0.4).astype(int)
    treatment[:4] = [0, 0, 1, 1]
    return scores, treatment, scores.sum(axis=1) + rng.normal(size=people) + treatment


def by_hand(scores, treatment, outcome, neighbours, variance_neighbours):
    """Abadie and Imbens 2006 with the numbers of times that controls are used, pair by pair."""
    people = range(len(outcome))

    def nearest(i, group, k):
        others = [j for j in people if treatment[j] == group and j != i]
        others.sort(key=lambda j: np.linalg.norm(scores[i] - scores[j]))
        return others[:k]

    treated = [i for i in people if treatment[i] == 1]
    matches = {i: nearest(i, 0, neighbours) for i in treated}
    gaps = [outcome[i] - np.mean([outcome[j] for j in matches[i]]) for i in treated]
    effect = np.mean(gaps)
    total = sum((gap - effect) ** 2 for gap in gaps)
    for c in (j for j in people if treatment[j] == 0):
        used = sum(c in matches[i] for i in treated)
        own = nearest(c, 0, variance_neighbours)
        gap = outcome[c] - np.mean([outcome[j] for j in own])
        variance = variance_neighbours / (variance_neighbours + 1) * gap**2
        total += used * (used - 1) / neighbours**2 * variance
    return effect, np.sqrt(total) / len(treated)


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize(("neighbours", "variance_neighbours"), [(1, 1), (3, 4)])
def test_matching_equals_brute_force(
    columns: int, neighbours: int, variance_neighbours: int
) -> None:
    scores, w, y = drawn(columns=columns)
    found = matched_effect(
        match(scores[w == 1], scores[w == 0], neighbours), scores, w, y, variance_neighbours
    )
    effect, error = by_hand(scores, w, y, neighbours, variance_neighbours)
    assert found.effect == pytest.approx(effect, rel=1e-12)
    assert found.standard_error == pytest.approx(error, rel=1e-12)
    assert found.treated == w.sum()


def test_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, w, y = drawn(people=60, columns=2, seed=3)
    whole = matched_effect(match(scores[w == 1], scores[w == 0], 2), scores, w, y)
    monkeypatch.setattr("vicinal.witness.treatment_effects._BLOCK_BYTES", 1)
    assert matched_effect(match(scores[w == 1], scores[w == 0], 2), scores, w, y) == whole


def test_ties_are_all_matched() -> None:
    matching = match([0.5], [0.4, 0.6, 0.6, 0.9, 0.4 - 1e-13], 1)
    assert matching.weights == pytest.approx([0.25, 0.25, 0.25, 0, 0.25])
    # The second nearest is as near as the third.
    assert match([0.5], [0.5, 0.7, 0.3, 0.1], 2).weights == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


def test_the_order_of_rows_is_of_no_account() -> None:
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 4, size=50).astype(float)
    w = np.repeat([1, 0], 25)
    y = rng.normal(size=50)
    first = matched_effect(match(scores[w == 1], scores[w == 0]), scores, w, y)
    order = rng.permutation(50)
    s, v, z = scores[order], w[order], y[order]
    second = matched_effect(match(s[v == 1], s[v == 0]), s, v, z)
    assert second.effect == pytest.approx(first.effect, rel=1e-12)
    assert second.standard_error == pytest.approx(first.standard_error, rel=1e-12)


def test_a_perfect_match_finds_a_constant_effect_without_error() -> None:
    scores = np.arange(10.0)
    both = np.concatenate([scores, scores])
    w = np.repeat([1, 0], 10)
    found = matched_effect(match(scores, scores), both, w, both**2 + 3 * w)
    assert found.effect == 3
    assert found.standard_error == 0
    assert (found.treated, found.controls) == (10, 10)


def test_intervals_of_matches_hold_as_often_as_they_say() -> None:
    """One score, which is known: 95 % of 300 independent samples, within what chance allows."""
    rng, held = np.random.default_rng(4), 0
    for _ in range(300):
        scores = rng.random(150)
        w = (rng.random(150) < 0.2 + 0.4 * scores).astype(int)
        y = 3 * scores**2 + rng.normal(size=150) + 2 * w
        found = matched_effect(match(scores[w == 1], scores[w == 0]), scores, w, y)
        low, high = found.interval
        held += low <= 2 <= high
    assert 272 <= held <= 297


def test_a_difference_of_means_is_welchs() -> None:
    found = difference_of_means([1, 1, 1, 0, 0], [1.0, 2.0, 6.0, 0.0, 4.0])
    assert found.effect == 1.0
    assert found.standard_error == pytest.approx(np.sqrt(7 / 3 + 8 / 2))
    assert found.interval == pytest.approx((1 - 1.959964 * 2.516611, 1 + 1.959964 * 2.516611))


def test_regression_finds_a_linear_outcome() -> None:
    x, w, _ = drawn(columns=3)
    y = 2 + x @ [1.0, -2.0, 0.5] + w * (1 + x[:, 0])
    found = regression_adjusted_effect(x, w, y)
    assert found.effect == pytest.approx(1 + x[w == 1, 0].mean(), rel=1e-10)
    # A column that is the sum of others, and a constant one, do no harm.
    more = np.column_stack((x, x.sum(axis=1), np.ones(len(x))))
    again = regression_adjusted_effect(more, w, y)
    assert again.effect == pytest.approx(found.effect, rel=1e-9)
    assert again.standard_error == pytest.approx(found.standard_error, rel=1e-6)


def test_without_slopes_regression_is_the_difference_of_means() -> None:
    _, w, y = drawn()
    found, plain = regression_adjusted_effect(np.ones(len(y)), w, y), difference_of_means(w, y)
    assert found.effect == pytest.approx(plain.effect, rel=1e-12)
    # HC2 of a mean is the usual variance over n.
    assert found.standard_error == pytest.approx(plain.standard_error, rel=1e-12)


def test_intervals_of_regression_hold_as_often_as_they_say() -> None:
    rng, held = np.random.default_rng(5), 0
    for _ in range(400):
        x = rng.normal(size=(80, 2))
        w = (rng.random(80) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
        y = x @ [1.0, 1.0] + rng.normal(size=80) + w
        low, high = regression_adjusted_effect(x, w, y).interval
        held += low <= 1 <= high
    assert 362 <= held <= 394


def test_imbalance_is_in_standard_deviations_of_all_people() -> None:
    x = np.array([[0.0, 1, 5], [2, 1, 5], [4, 1, 6], [6, 1, 6], [8, 1, 6]])
    w = np.array([1, 1, 0, 0, 0])
    spread = np.sqrt((1 + 8 / 3) / 2)
    assert imbalance(x, w) == pytest.approx([-5 / spread, 0, -np.inf])
    # Of those who are left: the first two and the fourth.
    assert imbalance(x, w, [1, 1, 0, 2, 0])[0] == pytest.approx(-5 / spread)
    assert imbalance(x, w, [1, 0, 1, 0, 0])[0] == pytest.approx(-4 / spread)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: match([0.0], [1.0, 2.0], 3), "neighbours is 3; allowed is 1 to 2"),
        (lambda: match([np.nan], [1.0]), "NaN or infinities"),
        (lambda: match(np.zeros((2, 2)), np.zeros((2, 3))), "columns must agree"),
        (lambda: difference_of_means([1, 1, 0], [1.0, 2, 3]), "2 treated and 1 controls"),
        (lambda: difference_of_means([1, 2, 0, 0], np.ones(4)), "beside 0 .control. and 1"),
        (lambda: difference_of_means([1, 0], [1.0]), "two equal"),
        (
            lambda: regression_adjusted_effect(np.ones((4, 2)), [1, 1, 0, 0], np.ones(4)),
            "2 controls, 2 columns",
        ),
        (
            lambda: matched_effect(match([0.0], [1.0]), np.ones(4), [1, 1, 0, 0], np.ones(4)),
            "1 treated and 1 controls, but the treatment has 2 and 2",
        ),
        (lambda: imbalance(np.ones((3, 2)), [1, 0]), "a row for each of 2 people"),
    ],
)
def test_wrong_arguments_are_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
