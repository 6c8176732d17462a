"""The cells of a sweep as curves: errors by complexity, for each number of training samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from vicinal.gradients.sweep_data import CellErrors

FloatArray = npt.NDArray[np.float64]
Feeding = Literal["own", "forced"]


@dataclass(frozen=True)
class SweepCurves:
    """Errors of S sizes and C complexities, of the 2 methods of `METHODS` on D draws.

    complexities : (C,) and sizes (S,), increasing.
    train_rmse, test_rmse, train_pearson, test_pearson : (S, C, 2, D).
    """

    complexities: tuple[int, ...]
    sizes: tuple[int, ...]
    train_rmse: FloatArray
    test_rmse: FloatArray
    train_pearson: FloatArray
    test_pearson: FloatArray

    def best_complexities(self) -> npt.NDArray[np.int64]:
        """(S, 2) complexities of the least mean test RMSE; of equal ones the smallest."""
        return np.asarray(self.complexities)[self.test_rmse.mean(axis=3).argmin(axis=1)]


def collect_curves(cells: Sequence[CellErrors], feeding: Feeding = "own") -> SweepCurves:
    """The curves of cells in any order, one for each size and complexity.

    feeding : whether each step was given the surrogate's own output before it, or the true one.

    Raises ValueError where a cell is missing, there twice, or has other draws than the first.
    """
    sizes = sorted({cell.size for cell in cells})
    complexities = sorted({cell.complexity for cell in cells})
    by_place = {(cell.size, cell.complexity): cell for cell in cells}
    if not cells or len(by_place) != len(cells):
        raise ValueError(f"{len(cells)} cells at {len(by_place)} places; one for each is needed")
    grid = [[(size, complexity) for complexity in complexities] for size in sizes]
    missing = [place for row in grid for place in row if place not in by_place]
    if missing:
        size, complexity = missing[0]
        raise ValueError(f"the cell of complexity {complexity} and {size} samples is missing")
    shape = cells[0].test.rmse.shape
    for cell in cells:
        if cell.test.rmse.shape != shape:
            raise ValueError(
                f"the cell of complexity {cell.complexity} and {cell.size} samples has errors of "
                f"shape {cell.test.rmse.shape}; the first one's is {shape}"
            )

    def errors(split: str, measure: str) -> FloatArray:
        name = split if feeding == "own" else f"forced_{split}"
        return np.array(
            [[getattr(getattr(by_place[place], name), measure) for place in row] for row in grid]
        )

    return SweepCurves(
        tuple(complexities),
        tuple(sizes),
        errors("train", "rmse"),
        errors("test", "rmse"),
        errors("train", "pearson"),
        errors("test", "pearson"),
    )
