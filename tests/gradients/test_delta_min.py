"""Delta-min on curves made by hand: the bound, ties, violated assumptions, resamples."""

import numpy as np
import pytest

from vicinal.gradients.delta_min import delta_min, resample_delta_min

COMPLEXITIES = (4, 8, 16, 32, 40)


def test_curves_that_obey_the_assumptions():
    plain, helped = [9.0, 5.0, 3.0, 4.0, 5.0], [4.0, 3.0, 2.5, 3.75, 3.0]
    found = delta_min(COMPLEXITIES, plain, helped)
    # Distances are 5, 2, 0.5, 0.25, 2.
    assert (found.bound, found.best, found.best_with, found.delta) == (32, 16, 16, 0.25)
    assert found.holds
    assert found.holds_with
    assert (found.ruled_out, found.by_chance) == (1 / 5, 3 / 5)
    # Slopes without gradients: -1, -1/4, 1/16, 1/8; with: -1/4, -1/16, ...
    assert (found.convex.holds, found.convex.margin) == (True, 1 / 16)
    assert (found.helps.holds, found.helps.margin) == (True, 0.5)
    assert (found.gains_less.holds, found.gains_less.margin) == (True, 3 / 16)


def test_each_violation_is_found_alone():
    plain, helped = np.array([9.0, 5.0, 3.0, 4.0, 5.0]), np.array([4.0, 3.0, 2.5, 3.75, 3.0])

    def judged(plain, helped):
        found = delta_min(COMPLEXITIES, plain, helped)
        return [found.convex.holds, found.helps.holds, found.gains_less.holds]

    fourth = np.array([0, 0, 0, 1, 0])
    assert judged(plain + 2.5 * fourth, helped + 2.5 * fourth) == [False, True, True]
    assert judged(plain, helped + 2) == [True, False, True]
    assert judged(plain, helped + np.array([4.5, 0, 0, 0, 0])) == [True, True, False]
    # Above the best complexity, gradients may harm and lose more.
    assert judged(plain, helped + 9 * fourth) == [True, True, True]


def test_a_bound_that_fails():
    found = delta_min((1, 2, 3), [3.0, 2.0, 1.0], [2.9, 1.0, 0.5])
    assert (found.bound, found.best, found.best_with) == (1, 3, 3)
    assert not found.holds
    assert not found.holds_with
    assert not found.gains_less.holds


def test_of_ties_the_smallest_best_and_the_largest_bound():
    found = delta_min((1, 2, 3, 4), [2.0, 1.0, 1.0, 3.0], [1.0, 0.5, 0.5, 2.5])
    assert (found.bound, found.best, found.best_with, found.delta) == (4, 2, 2, 0.5)


def test_one_complexity_contradicts_nothing():
    found = delta_min((7,), [1.0], [2.0])
    assert (found.bound, found.best) == (7, 7)
    assert found.convex.margin == found.gains_less.margin == np.inf
    assert (found.helps.holds, found.helps.margin) == (False, -1.0)


def test_assumptions_two_and_three_imply_the_bound():
    """The paper's claim, on thousands of curves of small whole numbers, which have ties."""
    rng = np.random.default_rng(0)
    obeyed = failed = 0
    for _ in range(4000):
        plain, helped = rng.integers(0, 5, size=(2, 4))
        found = delta_min((1, 2, 4, 5), plain, helped)
        if found.helps.holds and found.gains_less.holds:
            obeyed += 1
            assert found.holds
        failed += not found.holds
    assert obeyed > 500
    assert failed > 500


def test_a_correlation_is_better_where_it_is_larger():
    plain, helped = np.array([[0.5, 0.8, 0.7]]), np.array([[0.75, 0.9, 0.72]])
    found = delta_min((1, 2, 3), plain, helped, larger_is_better=True)
    mirrored = delta_min((1, 2, 3), 1 - plain, 1 - helped)
    assert (found.bound, found.best, found.best_with) == (3, 2, 2)
    assert (found.bound, found.best) == (mirrored.bound, mirrored.best)
    np.testing.assert_allclose(found.gains_less.margin, mirrored.gains_less.margin)


def test_resamples_are_those_of_the_draws():
    """Two draws: the first twice, both, or the second twice, with chances 1/4, 1/2 and 1/4."""
    plain = np.array([[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]])
    helped = np.array([[1.0, 1.0, 1.0], [1.0, 0.9, -1.0]])
    found = resample_delta_min(
        (1, 2, 3), plain, helped, resamples=4000, rng=np.random.default_rng(0)
    )
    expected = {}
    for share, pair in ((0.25, [0, 0]), (0.5, [0, 1]), (0.25, [1, 1])):
        one = delta_min((1, 2, 3), plain[pair], helped[pair])
        key = (one.bound, one.best, one.best_with, one.convex.holds, one.helps.holds)
        expected[(*key, one.gains_less.holds)] = share
    columns = zip(
        found.bound,
        found.best,
        found.best_with,
        found.convex,
        found.helps,
        found.gains_less,
        strict=True,
    )
    rows = [tuple(row) for row in columns]
    assert set(rows) == set(expected)
    for row, share in expected.items():
        assert abs(np.mean([other == row for other in rows]) - share) < 0.03
    shares = found.shares((1, 2, 3))
    for name, values in shares.items():
        np.testing.assert_allclose(values.sum(), 1, err_msg=name)
    np.testing.assert_allclose(shares["bound"][1], np.mean(found.bound == 2))
    held = sum(share for row, share in expected.items() if row[1] <= row[0])
    assert abs(found.share_held - held) < 0.03
    held_with = sum(share for row, share in expected.items() if row[2] <= row[0])
    assert abs(found.share_held_with - held_with) < 0.03


def test_one_draw_leaves_nothing_uncertain():
    rng = np.random.default_rng(0)
    plain, helped = [[3.0, 1.0, 2.0]], [[1.0, 0.5, 1.9]]
    found = resample_delta_min((1, 2, 3), plain, helped, resamples=5, rng=rng)
    assert found.bound.tolist() == [3] * 5
    assert found.best.tolist() == [2] * 5
    assert found.share_held == 1


def test_curves_that_do_not_fit():
    curve = np.ones((2, 3))
    with pytest.raises(ValueError, match="needed are increasing ones"):
        delta_min((1, 3, 3), curve, curve)
    with pytest.raises(ValueError, match=r"shapes \(2, 3\) and \(1, 3\)"):
        delta_min((1, 2, 3), curve, curve[0])
    curve[1, 2] = np.nan
    with pytest.raises(ValueError, match="with gradients of draw 1 at complexity 9 is nan"):
        delta_min((1, 2, 9), np.ones((2, 3)), curve)
