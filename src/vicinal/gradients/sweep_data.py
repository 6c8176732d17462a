"""What a sweep over complexities and numbers of samples is made of, and the errors it finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# In this order along the axis of methods of all arrays.
METHODS = ("without_gradients", "with_gradients")


@dataclass(frozen=True)
class SimulatorRuns:
    """Runs of a simulator: inputs (N, q), values (N, T), derivatives (N, T, p)."""

    inputs: FloatArray
    values: FloatArray
    derivatives: FloatArray

    def pick(self, rows: npt.NDArray[np.int64]) -> SimulatorRuns:
        """Some of the runs."""
        return SimulatorRuns(self.inputs[rows], self.values[rows], self.derivatives[rows])


@dataclass(frozen=True)
class SweepData:
    """What all cells of a problem share, so that cells and methods differ by themselves alone.

    pool : the runs that training samples are drawn from.     test : other runs, without noise.
    order : (D, pool) permutations of the pool. Draw d of N samples is the first N of order[d]:
        without replacement, and a smaller draw is part of a larger one.
    """

    pool: SimulatorRuns
    test: SimulatorRuns
    order: npt.NDArray[np.int64]

    def draw(self, number: int, size: int) -> SimulatorRuns:
        """The training samples of one draw. Raises ValueError for a size beyond the pool's."""
        if not 1 <= size <= len(self.pool.inputs):
            raise ValueError(f"{size} training samples; the pool has {len(self.pool.inputs)}")
        return self.pool.pick(self.order[number, :size])


@dataclass(frozen=True)
class Errors:
    """Errors of M methods' surrogates on D draws.

    rmse, pearson : (M, D), over all samples and the T outputs together.
    step_rmse, step_pearson : (M, D, T), output by output.

    Correlations are NaN where predictions, or values, are constant.
    """

    rmse: FloatArray
    pearson: FloatArray
    step_rmse: FloatArray
    step_pearson: FloatArray


@dataclass(frozen=True)
class CellErrors:
    """Errors of one cell: complexity eta and N training samples; methods in the order `METHODS`.

    train, test : each step fed with the surrogate's own output before it.
    forced_train, forced_test : fed with the true output ("teacher forcing").
    """

    complexity: int
    size: int
    train: Errors
    test: Errors
    forced_train: Errors
    forced_test: Errors
