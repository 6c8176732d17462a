"""Searches for hyper-parameters on a tabulated lattice, over all of it or below a bound.

Every cell has been trained before, so that a search only looks up what it would have to train: its
cost is counted, not paid, and many searches are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from vicinal.gradients.delta_min import DeltaMin, delta_min

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

First = Literal["none", "curve", "curves"]

# In a trace, in place of a cell: a network of the other kind, which only the bound needs.
OTHER = -1


@dataclass(frozen=True)
class Lattice:
    """Errors and costs of all cells in one repetition. Smaller is better.

    complexities : (C,) increasing, along the first axis of the arrays; what stands along the
        further axes (layers, learning rates) is of no concern here.
    errors, work : (C, ...) of the networks that are searched.
    other_errors, other_work : the same of the kind that they are compared with for the bound, which
        is trained with gradients where the searched kind is not, or the other way round.
    setting : indices along the further axes at which the bound is measured.

    Raises ValueError for arrays of different shape, errors that are not finite, and work that is
    not above 0.
    """

    complexities: tuple[int, ...]
    errors: FloatArray
    work: FloatArray
    other_errors: FloatArray
    other_work: FloatArray
    setting: tuple[int, ...]

    def __post_init__(self) -> None:
        arrays = (self.errors, self.work, self.other_errors, self.other_work)
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1 or self.errors.shape[:1] != (len(self.complexities),):
            raise ValueError(
                f"arrays of shapes {shapes}; needed is one, with {len(self.complexities)} "
                "complexities along its first axis"
            )
        if not self.errors.size:
            raise ValueError("the lattice has no cell")
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError("errors and work must be finite")
        if min(self.work.min(), self.other_work.min()) <= 0:
            raise ValueError("work must be above 0")

    @property
    def curve(self) -> IntArray:
        """The cells (C,) that the bound is measured on: all complexities at one setting."""
        cells = np.arange(self.errors.size).reshape(self.errors.shape)
        rest = np.ravel_multi_index(self.setting, self.errors.shape[1:])
        return cells.reshape(len(cells), -1)[:, int(rest)]

    def bound(self) -> DeltaMin:
        """Eq. 11 on that curve, from this repetition alone. `best` is the searched kind's here."""
        own, other = (a.ravel()[self.curve] for a in (self.errors, self.other_errors))
        return delta_min(self.complexities, own, other)

    def rows_below(self, bound: int) -> int:
        """How many of the complexities a bound leaves."""
        return int(np.sum(np.asarray(self.complexities) <= bound))

    def target(self, tolerance: float) -> float:
        """The error to be reached: the least of the whole lattice, and so much more of it."""
        return float(self.errors.min() * (1 + tolerance))


@dataclass(frozen=True)
class Cost:
    """What a search spent until it reached the target.

    evaluations, work : never more than all cells of the lattice. Where the target was not reached
        within that, they are all cells: who has not found it has the whole lattice to go through.
    """

    reached: bool
    evaluations: int
    work: float


@dataclass(frozen=True)
class Trace:
    """The networks that a search trains, in order, each once.

    cells : (E,) flat indices into the lattice, `OTHER` for networks of the other kind.
    errors : (E,), infinite for those.    work : (E,).
    """

    cells: IntArray
    errors: FloatArray
    work: FloatArray

    def cost(self, lattice: Lattice, tolerance: float) -> Cost:
        """What it took to come within the tolerance of the best of the whole lattice."""
        all_cells, all_work = lattice.errors.size, float(lattice.work.sum())
        good = np.flatnonzero(self.errors <= lattice.target(tolerance))
        if len(good):
            evaluations = int(good[0]) + 1
            work = float(self.work[:evaluations].sum())
            if evaluations <= all_cells and work <= all_work:
                return Cost(True, evaluations, work)
        return Cost(False, all_cells, all_work)

    def best_so_far(self, work: npt.ArrayLike) -> FloatArray:
        """The least error found with so much work, (W,); infinite before the first network."""
        spent, least = np.cumsum(self.work), np.minimum.accumulate(self.errors)
        done = np.searchsorted(spent, np.asarray(work), side="right")
        return np.concatenate([[np.inf], least])[done]

    @property
    def chosen(self) -> int:
        """The cell of the least error."""
        return int(self.cells[self.errors.argmin()])


def trace_search(lattice: Lattice, order: npt.ArrayLike, *, first: First = "none") -> Trace:
    """The trace of a search that evaluates cells (E,) in this order.

    first : what is trained before all else, complexity by complexity: the curve of the searched
        kind (`curve`), or of both kinds (`curves`), by which the bound is paid for. The searched
        kind's cells on it are then known, and cost nothing again.
    """
    cells = np.asarray(order, dtype=np.int64)
    if first != "none":
        both = np.stack([lattice.curve, np.full_like(lattice.curve, OTHER)], axis=1)
        begun = both.ravel() if first == "curves" else lattice.curve
        cells = np.concatenate([begun, cells[~np.isin(cells, lattice.curve)]])
    other = cells == OTHER
    errors = np.where(other, np.inf, lattice.errors.ravel()[cells])
    work = lattice.work.ravel()[cells]
    work[other] = lattice.other_work.ravel()[lattice.curve][: other.sum()]
    return Trace(cells, errors, work)


def evolutionary_order(
    lattice: Lattice,
    rows: int,
    *,
    population: int,
    generations: int,
    seed: int,
    start: int | None = None,
) -> IntArray:
    """Cells (E,) in the order in which differential evolution first evaluates them.

    rows : only the first complexities are searched.
    population : individuals, at least 5.  generations : after the first, which is drawn (a Latin
        hypercube, the same shares of the range for every number of rows).
    start : a cell that replaces one of the first generation, where its row is searched.

    The search ends before, where all individuals are one. By SciPy's `differential_evolution`, its
    default strategy (best/1/bin) generation by generation, with all variables whole numbers:
    indices along the axes.

    Raises ValueError for rows out of range and for fewer than 5 individuals.
    """
    shape = (rows, *lattice.errors.shape[1:])
    if not 1 <= rows <= len(lattice.complexities) or population < 5:
        raise ValueError(
            f"rows {rows} and population {population}; allowed are 1 to "
            f"{len(lattice.complexities)} and at least 5"
        )
    within = lattice.errors[:rows]
    rng = np.random.default_rng(seed)
    first = np.floor(qmc.LatinHypercube(len(shape), rng=rng).random(population) * shape)
    if start is not None and start < within.size:
        first[0] = np.unravel_index(start, shape)
    visited: dict[int, None] = {}

    def error(places: FloatArray) -> FloatArray:
        """Errors of a generation, which is given as (axes, individuals)."""
        cells = np.ravel_multi_index(tuple(np.rint(places).astype(np.int64)), shape)
        visited.update(dict.fromkeys(cells.tolist()))
        return within.ravel()[cells]

    differential_evolution(
        error,
        [(0, n - 1) for n in shape],
        integrality=[True] * len(shape),
        init=first,
        maxiter=generations,
        tol=0,
        polish=False,
        vectorized=True,
        updating="deferred",
        rng=rng,
    )
    return np.array(list(visited))


def random_order(lattice: Lattice, rows: int, seed: int) -> IntArray:
    """The cells of the first complexities in a random order, each once."""
    cells = lattice.errors[:rows].size
    return np.random.default_rng(seed).permutation(cells)


def cheapest_order(lattice: Lattice) -> IntArray:
    """All cells, those that take the least work first."""
    return lattice.work.ravel().argsort(kind="stable")


def least_within(lattice: Lattice, tolerance: float) -> int:
    """The least complexity that has a cell within the tolerance of the best of the lattice.

    A bound below it rules out all cells that a search is after.
    """
    good = (lattice.errors <= lattice.target(tolerance)).reshape(len(lattice.complexities), -1)
    return lattice.complexities[int(good.any(axis=1).argmax())]
