"""Which pair of k and m to take: the cells of a grid chosen on validation and on test data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.statistics import standard_error

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GridScores:
    """One metric of heads trained for every pair of k and m, from the same S seeds.

    ks, ms : K numbers of neighbours and M largest weights.
    test, validation : (K, M, S); validation is None without such a split.
    uniform_test, uniform_validation : (S,), the same seeds' heads with uniform weights.
    larger_is_better : False for errors.

    Raises ValueError for shapes that do not fit together.
    """

    ks: Sequence[int]
    ms: Sequence[float]
    test: FloatArray
    validation: FloatArray | None
    uniform_test: FloatArray
    uniform_validation: FloatArray | None
    larger_is_better: bool

    def __post_init__(self) -> None:
        shape = len(self.ks), len(self.ms), len(self.uniform_test)
        if 0 in shape:
            raise ValueError(f"a grid needs at least one k, m and seed; there are {shape} of them")
        if (self.validation is None) != (self.uniform_validation is None):
            raise ValueError("validation and uniform_validation must both be given, or both None")
        for name, needed in (
            ("test", shape),
            ("uniform_test", shape[2:]),
            ("validation", shape),
            ("uniform_validation", shape[2:]),
        ):
            scores = getattr(self, name)
            if scores is not None and scores.shape != needed:
                raise ValueError(f"{name} has shape {scores.shape}; needed is {needed}")


@dataclass(frozen=True)
class ScoredCell:
    """Means over the seeds, and their standard errors, of one cell of a grid.

    k, m : None for uniform weights.     validation, validation_error : NaN without such a split.
    Standard errors are NaN for a single seed.
    """

    k: int | None
    m: float | None
    test: float
    test_error: float
    validation: float
    validation_error: float


@dataclass(frozen=True)
class ChosenCells:
    """The best cells of a grid, and the uniform weights beside them.

    by_validation : best on validation data; None without such a split.
    by_test : best on test data, which is how the paper shows its best results. Its own test score
        is too good: it is the best of many that differ by chance, too.
    tied : how many cells are as good on validation data as `by_validation`; with few validation
        samples, many are, and the choice among them is by convention. 0 without such a split.
    better_than_uniform : how many cells have a better mean test score than uniform weights.
    gain : (S,) by how much the test scores of `by_validation` (of `by_test` without a validation
        split) are better than those of uniform weights, seed by seed; at least 0 is better.
    regret : by how much the test score of `by_validation` is worse than that of `by_test`, in
        units of the metric and at least 0; NaN without a validation split.
    """

    by_validation: ScoredCell | None
    by_test: ScoredCell
    uniform: ScoredCell
    regret: float
    tied: int
    better_than_uniform: int
    gain: FloatArray


def chosen_cells(scores: GridScores) -> ChosenCells:
    """The cells whose mean over the seeds is best on validation data, and on test data.

    Of cells that are equally good within rounding, the one of the smallest k is taken, and of these
    the one of the smallest m. A cell with a score that is not a number is never the best.

    Raises ValueError where no cell has a score.
    """
    place, _ = _best(scores, scores.test, "test")
    by_test = _scored(scores, place)
    by_validation, regret, tied = None, float("nan"), 0
    if scores.validation is not None:
        place, tied = _best(scores, scores.validation, "validation")
        by_validation = _scored(scores, place)
        regret = abs(by_test.test - by_validation.test)
    sign = 1 if scores.larger_is_better else -1
    gain = sign * (scores.test - scores.uniform_test)
    better = int((gain.mean(axis=2) > 0).sum())
    uniform = _scored(scores, None)
    return ChosenCells(by_validation, by_test, uniform, regret, tied, better, gain[place])


def _best(scores: GridScores, values: FloatArray, split: str) -> tuple[tuple[int, int], int]:
    """Place of the best cell of values (K, M, S), and how many are as good."""
    mean = values.mean(axis=2)
    if np.isnan(mean).all():
        raise ValueError(f"no cell has a {split} score for every seed that is a number")
    best = np.nanmax(mean) if scores.larger_is_better else np.nanmin(mean)
    # The same scores in another order of seeds may differ in the last digit of their mean.
    equal = np.argwhere(np.isclose(mean, best, rtol=1e-9, atol=0))
    row, column = min(equal, key=lambda place: (scores.ks[place[0]], scores.ms[place[1]]))
    return (int(row), int(column)), len(equal)


def _scored(scores: GridScores, place: tuple[int, int] | None) -> ScoredCell:
    if place is None:
        k, m, test, validation = None, None, scores.uniform_test, scores.uniform_validation
    else:
        k, m, test = int(scores.ks[place[0]]), float(scores.ms[place[1]]), scores.test[place]
        validation = None if scores.validation is None else scores.validation[place]
    if validation is None:
        validation = np.array([np.nan])
    return ScoredCell(
        k,
        m,
        float(test.mean()),
        standard_error(test),
        float(validation.mean()),
        standard_error(validation),
    )
