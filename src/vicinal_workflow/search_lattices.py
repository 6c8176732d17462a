"""The cells of a lattice of hyper-parameters as a table, and read back as lattices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.gradients.hyperparameter_search import Lattice
from vicinal.gradients.sweep_data import METHODS

if TYPE_CHECKING:
    from vicinal.gradients.hyperparameter_lattice import CellResult, LatticeCell

FloatArray = npt.NDArray[np.float64]

_AXES = ["complexity", "layers", "learning_rate"]


def cell_table(size: int, cell: LatticeCell, result: CellResult) -> pd.DataFrame:
    """One line a method and repetition: RMSE on validation and test samples, and the work."""
    parts = [
        pd.DataFrame(
            {
                "samples": size,
                **asdict(cell),
                "method": method,
                "repetition": range(len(validation)),
                "validation": validation,
                "test": test,
                "work": work,
            }
        )
        for method, validation, test, work in zip(
            METHODS, result.validation, result.test, result.work, strict=True
        )
    ]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class RepetitionLattice:
    """The lattice of one repetition, with the networks of one method as those searched.

    test_errors : (C, L, R) RMSE on test samples, which no search sees.
    """

    samples: int
    method: str
    repetition: int
    lattice: Lattice
    test_errors: FloatArray


def read_lattices(
    cells: pd.DataFrame, bound_at: Mapping[str, float]
) -> Iterator[RepetitionLattice]:
    """The lattices of all sizes, methods and repetitions of a table of cells.

    bound_at : `layers` and `learning_rate` with which the bound is measured.
    """
    for (samples, repetition), own in cells.groupby(["samples", "repetition"]):
        size, number = int(str(samples)), int(str(repetition))
        arrays = {method: _arrays(own[own["method"] == method]) for method in METHODS}
        axes = {name: sorted(own[name].unique()) for name in _AXES}
        setting = tuple(
            int(np.abs(np.array(axes[name]) - value).argmin()) for name, value in bound_at.items()
        )
        for method, other in zip(METHODS, METHODS[::-1], strict=True):
            lattice = Lattice(
                tuple(int(eta) for eta in axes["complexity"]),
                arrays[method]["validation"],
                arrays[method]["work"],
                arrays[other]["validation"],
                arrays[other]["work"],
                setting,
            )
            yield RepetitionLattice(size, method, number, lattice, arrays[method]["test"])


def group_lattices(
    lattices: Sequence[RepetitionLattice],
) -> dict[tuple[int, str], list[RepetitionLattice]]:
    """The repetitions of each number of samples and method."""
    groups: dict[tuple[int, str], list[RepetitionLattice]] = {}
    for one in lattices:
        groups.setdefault((one.samples, one.method), []).append(one)
    return groups


def _arrays(own: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns as arrays (C, L, R) over the lattice's axes in rising order."""
    own = own.sort_values(_AXES)
    shape = [own[name].nunique() for name in _AXES]
    return {
        name: own[name].to_numpy(np.float64).reshape(shape)
        for name in ("validation", "test", "work")
    }
