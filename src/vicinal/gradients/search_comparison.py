"""Hyper-parameter searches over a whole lattice against searches below delta-min, many of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.gradients.delta_min import delta_min
from vicinal.gradients.hyperparameter_search import (
    First,
    IntArray,
    Lattice,
    Trace,
    cheapest_order,
    evolutionary_order,
    random_order,
    trace_search,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# full: all complexities.    full_curve: the same, begun with the curve of the searched kind that a
# bound is measured on, so that what the curve brings is told from what the bound does.
# bound: those up to delta-min, which is given.    bound_paid: begun with the curves of both kinds.
# pooled: up to the bound of all repetitions' mean curves, given.
# chance: up to a complexity drawn at random, another for each search.
RANGES = ("full", "full_curve", "bound", "bound_paid", "pooled", "chance")
_FIRST: dict[str, First] = {"full_curve": "curve", "bound_paid": "curves"}
# cheapest: all cells, those of least work first; it needs neither luck nor bound.
STRATEGIES = ("evolution", "random", "cheapest")


@dataclass(frozen=True)
class SearchSettings:
    """How a lattice is searched.

    tolerance : the target is the least validation error of the whole lattice, and so much more of
        it, for every search alike.
    searches : of each strategy and range, which differ by their seeds.
    population, generations : see `evolutionary_order`.
    """

    tolerance: float = 0.1
    searches: int = 20
    population: int = 10
    generations: int = 20


@dataclass(frozen=True)
class SearchCosts:
    """What S searches of one strategy and range cost on one lattice.

    reached : (S,) whether the target was.
    evaluations, work : (S,) until then, as `Cost` has them; work as a share of the whole lattice's.
    spent : (S,) work of the whole search, as such a share.
    validation, test : (S,) errors of the cell that the whole search chooses, by those of the cell
        that the whole lattice would have made it choose; 1 is as good.
    curves : (S, W) least validation error so far, by the least of the lattice, at W shares of work.
    """

    reached: BoolArray
    evaluations: IntArray
    work: FloatArray
    spent: FloatArray
    validation: FloatArray
    test: FloatArray
    curves: FloatArray


def compare_searches(
    lattice: Lattice,
    test_errors: FloatArray,
    settings: SearchSettings,
    *,
    pooled_bound: int,
    seed: int,
    shares: npt.ArrayLike = (),
) -> dict[tuple[str, str], SearchCosts]:
    """Search one repetition's lattice by every strategy within every range.

    test_errors : (C, ...) of the lattice's cells; no search sees them.
    pooled_bound : see `pooled_bounds`.
    shares : (W,) of the whole lattice's work, at which curves are taken.

    Searches of one number have a seed in common, whatever the range. Where a curve is known,
    evolution has the best of its cells among its first generation.

    Returns costs by (strategy, range); the cheapest first are searched over the full range alone.

    McDonagh and Chen, section 4.2 and figure 4, which propose this experiment.
    """
    seeds = np.random.SeedSequence(seed).generate_state(settings.searches).tolist()
    count = len(lattice.complexities)
    below = lattice.rows_below(lattice.bound().bound)
    rows = {"full": count, "full_curve": count, "bound": below, "bound_paid": below}
    rows["pooled"] = lattice.rows_below(pooled_bound)
    found: dict[tuple[str, str], list[Trace]] = {}
    for number in seeds:
        rows["chance"] = int(np.random.default_rng([number, 1]).integers(1, count + 1))
        for name in RANGES:
            first = _FIRST.get(name, "none")
            evolved = evolutionary_order(
                lattice,
                rows[name],
                population=settings.population,
                generations=settings.generations,
                seed=number,
                start=None if first == "none" else _best_known(lattice, rows[name]),
            )
            drawn = random_order(lattice, rows[name], number)
            for strategy, order in (("evolution", evolved), ("random", drawn)):
                trace = trace_search(lattice, order, first=first)
                found.setdefault((strategy, name), []).append(trace)
    found["cheapest", "full"] = [trace_search(lattice, cheapest_order(lattice))]
    return {
        key: _costs(traces, lattice, test_errors, settings.tolerance, np.asarray(shares))
        for key, traces in found.items()
    }


def _best_known(lattice: Lattice, rows: int) -> int:
    """The best cell of the curve among the first complexities."""
    known = lattice.curve[:rows]
    return int(known[lattice.errors.ravel()[known].argmin()])


def pooled_bounds(lattices: Sequence[Lattice]) -> int:
    """The bound on the mean curves of many repetitions: more than a single search has to go by."""
    own, other = (
        [getattr(lattice, name).ravel()[lattice.curve] for lattice in lattices]
        for name in ("errors", "other_errors")
    )
    return delta_min(lattices[0].complexities, own, other).bound


def _costs(
    traces: Sequence[Trace],
    lattice: Lattice,
    test_errors: FloatArray,
    tolerance: float,
    shares: FloatArray,
) -> SearchCosts:
    total, least = lattice.work.sum(), lattice.errors.min()
    costs = [trace.cost(lattice, tolerance) for trace in traces]
    chosen = np.array([trace.chosen for trace in traces])
    tested = test_errors.ravel()
    return SearchCosts(
        np.array([cost.reached for cost in costs]),
        np.array([cost.evaluations for cost in costs]),
        np.array([cost.work for cost in costs]) / total,
        np.array([trace.work.sum() for trace in traces]) / total,
        lattice.errors.ravel()[chosen] / least,
        tested[chosen] / tested[lattice.errors.argmin()],
        np.array([trace.best_so_far(shares * total) for trace in traces]) / least,
    )
