"""Searches on lattices made by hand: what they may see, what they cost, counted without them."""

import numpy as np
import pytest

from vicinal.gradients.hyperparameter_search import (
    Lattice,
    cheapest_order,
    evolutionary_order,
    least_within,
    random_order,
    trace_search,
)
from vicinal.gradients.search_comparison import (
    RANGES,
    SearchSettings,
    compare_searches,
    pooled_bounds,
)

# Cell 3 is the best; at the first setting the two kinds are nearest at complexity 4.
ERRORS = np.array([[5.0, 4.0], [3.0, 1.0], [2.0, 2.0]])
WORK = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
OTHER = np.array([[9.0, 9.0], [3.5, 9.0], [9.0, 9.0]])
SMALL = Lattice((2, 4, 8), ERRORS, WORK, OTHER, WORK / 2, (0,))


def bowl(shape=(10, 4, 4), best=(3, 1, 2)):
    """A lattice whose error rises with the distance from one cell."""
    places = np.indices(shape) - np.reshape(best, (-1, 1, 1, 1))
    errors = 1 + np.square(places).sum(axis=0).astype(float)
    work = np.broadcast_to(np.arange(1.0, shape[0] + 1)[:, None, None], shape).copy()
    return Lattice(tuple(range(1, shape[0] + 1)), errors, work, errors + 1, work, (1, 2))


@pytest.mark.parametrize(
    ("order", "first", "expected"),
    [
        ([0, 5, 3], "none", (True, 3, 1 + 4 + 2)),
        ([0, 5], "none", (False, 6, 14)),  # never found: the whole lattice
        ([3], "none", (True, 1, 2)),
        # 0, 2, 4 are the curve, then 3; cell 2 is known by then.
        ([2, 3], "curve", (True, 4, 1 + 2 + 4 + 2)),
        # Three of the other kind besides: found with the seventh network, of a lattice of six.
        ([2, 3], "curves", (False, 6, 14)),
    ],
)
def test_costs_counted_by_hand(order, first, expected):
    cost = trace_search(SMALL, order, first=first).cost(SMALL, 0.1)
    assert (cost.reached, cost.evaluations, cost.work) == expected


def test_the_target_has_a_tolerance():
    assert SMALL.target(0.1) == pytest.approx(1.1)
    assert least_within(SMALL, 0.1) == 4
    cost = trace_search(SMALL, [4, 3]).cost(SMALL, 1.0)
    assert (cost.reached, cost.evaluations, cost.work) == (True, 1, 4)
    assert least_within(SMALL, 3.0) == 2


def test_a_target_on_the_curve_is_reached_before_the_bound_is_paid():
    lattice = Lattice((2, 4, 8), ERRORS, WORK, OTHER, WORK / 2, (1,))
    cost = trace_search(lattice, [], first="curves").cost(lattice, 0.1)
    # 1 and the other kind's, then 3.
    assert (cost.reached, cost.evaluations, cost.work) == (True, 3, 1 + 0.5 + 2)


def test_best_so_far_by_hand():
    trace = trace_search(SMALL, [0, 5, 3])
    found = trace.best_so_far([0.5, 1, 4.9, 5, 6.9, 7, 100])
    np.testing.assert_array_equal(found, [np.inf, 5, 5, 2, 2, 1, 1])
    paid = trace_search(SMALL, [3], first="curves")
    np.testing.assert_array_equal(paid.work, [1, 0.5, 2, 1, 4, 2, 2])
    np.testing.assert_array_equal(paid.best_so_far([1.4, 1.5, 3.5]), [5, 5, 3])
    assert paid.chosen == 3


def test_the_bound_is_of_the_curve_at_its_setting():
    assert SMALL.bound().bound == 4
    assert (SMALL.rows_below(4), SMALL.rows_below(7), SMALL.rows_below(8)) == (2, 2, 3)
    np.testing.assert_array_equal(SMALL.curve, [0, 2, 4])
    assert bowl().curve.tolist() == [16 * row + 4 * 1 + 2 for row in range(10)]
    # Means of 5, 3, 2 and of 6.5, 6.25, 9: nearest at complexity 2.
    shifted = ERRORS + np.array([[-1], [6], [7]])
    other = Lattice((2, 4, 8), ERRORS, WORK, shifted, WORK, (0,))
    assert other.bound().bound == 2
    assert pooled_bounds([SMALL, other]) == 2


@pytest.mark.parametrize("rows", [1, 2, 5, 10])
def test_nothing_above_the_bound_is_evaluated(rows):
    lattice = bowl()
    for seed in range(10):
        evolved = evolutionary_order(lattice, rows, population=6, generations=8, seed=seed)
        assert evolved.max() < rows * 16
        assert len(set(evolved.tolist())) == len(evolved) <= 6 * 9
        drawn = random_order(lattice, rows, seed)
        np.testing.assert_array_equal(np.sort(drawn), np.arange(rows * 16))


def test_evolution_learns():
    """It finds the one best of 160 cells in far fewer than the 80.5 that chance needs."""
    lattice = bowl()
    traces = [
        trace_search(
            lattice, evolutionary_order(lattice, 10, population=12, generations=25, seed=seed)
        )
        for seed in range(20)
    ]
    costs = [trace.cost(lattice, 0) for trace in traces]
    assert np.mean([cost.reached for cost in costs]) >= 0.9
    assert np.mean([cost.evaluations for cost in costs]) < 60


def test_evolution_starts_where_it_is_told_and_repeats_itself():
    lattice = bowl()
    settings = {"population": 5, "generations": 3, "seed": 4}
    first = evolutionary_order(lattice, 10, **settings)
    np.testing.assert_array_equal(first, evolutionary_order(lattice, 10, **settings))
    assert evolutionary_order(lattice, 10, start=54, **settings)[0] == 54
    # Beyond what is searched, a start is of no use.
    below = evolutionary_order(lattice, 2, **settings)
    np.testing.assert_array_equal(below, evolutionary_order(lattice, 2, start=54, **settings))


def test_random_search_takes_what_urns_say():
    """The first of 3 good cells among 40 comes, in the mean, with evaluation (40 + 1) / (3 + 1)."""
    errors = np.full((8, 5), 2.0)
    errors[[1, 4, 7], [0, 2, 4]] = 1
    lattice = Lattice(tuple(range(8)), errors, np.ones((8, 5)), errors, np.ones((8, 5)), (0,))
    found = [
        trace_search(lattice, random_order(lattice, 8, seed)).cost(lattice, 0).evaluations
        for seed in range(3000)
    ]
    assert np.mean(found) == pytest.approx(41 / 4, abs=4 * np.std(found) / 3000**0.5)


def test_cheapest_cells_first():
    np.testing.assert_array_equal(cheapest_order(SMALL), [0, 1, 2, 3, 4, 5])
    turned = Lattice((2, 4, 8), ERRORS, WORK[::-1].copy(), OTHER, WORK, (0,))
    np.testing.assert_array_equal(cheapest_order(turned), [4, 5, 2, 3, 0, 1])


SETTINGS = SearchSettings(tolerance=0.1, searches=6, population=5, generations=4)


def test_a_bound_that_rules_nothing_out_changes_nothing():
    lattice = bowl()  # both kinds differ by 1 everywhere: the largest complexity is the bound
    found = compare_searches(lattice, lattice.errors, SETTINGS, pooled_bound=10, seed=1)
    assert {name for _, name in found} == set(RANGES)
    for strategy in ("evolution", "random"):
        full = found[strategy, "full"]
        for name in ("bound", "pooled"):
            np.testing.assert_array_equal(found[strategy, name].work, full.work)
        # Paying for it adds the other kind's work, where the search does not end on the curve.
        paid, curve = found[strategy, "bound_paid"], found[strategy, "full_curve"]
        assert (paid.spent > curve.spent).all()
        assert not np.array_equal(found[strategy, "chance"].spent, full.spent)


def test_a_bound_that_loses_the_best_is_charged_the_lattice():
    shares = [0.001, 1.0]
    tested = np.array([[7.0, 2.0], [3.0, 4.0], [1.0, 5.0]])
    found = compare_searches(SMALL, tested, SETTINGS, pooled_bound=2, seed=1, shares=shares)
    lost = found["random", "pooled"]  # cells 0 and 1 alone
    assert not lost.reached.any()
    assert (lost.evaluations == 6).all()
    assert (lost.work == 1).all()
    np.testing.assert_allclose(lost.spent, 2 / 14)
    np.testing.assert_allclose(lost.validation, 4)
    # The lattice's own choice is cell 3, which others beat on the test; lost's is cell 1.
    np.testing.assert_allclose(lost.test, 2 / 4)
    np.testing.assert_array_equal(lost.curves, [[np.inf, 4]] * 6)
    kept = found["random", "bound"]  # cells 0 to 3
    assert kept.reached.all()
    np.testing.assert_allclose(kept.spent, 6 / 14)
    cheapest = found["cheapest", "full"]
    assert (cheapest.evaluations.tolist(), cheapest.reached.tolist()) == ([4], [True])
    np.testing.assert_allclose(cheapest.work, 6 / 14)


def test_searches_below_a_bound_know_nothing_above_it():
    """What lies above the bound, off the curve, decides on targets but not on the way."""
    errors = ERRORS.copy()
    errors[2, 1] = 0.5
    other = Lattice((2, 4, 8), errors, WORK, OTHER, WORK / 2, (0,))
    before, after = (
        compare_searches(lattice, ERRORS, SETTINGS, pooled_bound=4, seed=3)
        for lattice in (SMALL, other)
    )
    for name in ("bound", "bound_paid"):
        for strategy in ("evolution", "random"):
            np.testing.assert_array_equal(before[strategy, name].spent, after[strategy, name].spent)
            assert not after[strategy, name].reached.any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"complexities": (2, 4)}, "with 2 complexities along its first axis"),
        ({"errors": ERRORS[:, :1]}, "arrays of shapes"),
        ({"work": np.zeros((3, 2))}, "work must be above 0"),
        ({"errors": np.full((3, 2), np.nan)}, "must be finite"),
    ],
)
def test_lattices_that_make_no_sense(changes, message):
    arguments = {
        "complexities": (2, 4, 8), "errors": ERRORS, "work": WORK,
        "other_errors": OTHER, "other_work": WORK, "setting": (0,),
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        Lattice(**{**arguments, **changes})


def test_an_empty_lattice_is_refused():
    nothing = np.zeros((0, 2))
    with pytest.raises(ValueError, match="no cell"):
        Lattice((), nothing, nothing, nothing, nothing, (0,))


@pytest.mark.parametrize(("rows", "population"), [(0, 5), (4, 5), (3, 4)])
def test_searches_that_make_no_sense(rows, population):
    with pytest.raises(ValueError, match="allowed are 1 to 3 and at least 5"):
        evolutionary_order(SMALL, rows, population=population, generations=1, seed=0)
