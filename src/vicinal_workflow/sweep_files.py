"""The runs of a simulator, and the errors of the surrogates that learn from them, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields

import numpy as np

from vicinal.gradients.sweep_data import CellErrors, Errors, SimulatorRuns, SweepData
from vicinal_workflow.artifacts import FilePath, read_arrays, write_arrays

_RUNS = ("pool", "test")
_ERRORS = ("train", "test", "forced_train", "forced_test")


def write_runs(path: FilePath, data: SweepData) -> None:
    """Write `pool_inputs`, `pool_values`, ..., `test_derivatives` and `order`, as `SweepData`."""
    arrays = {
        f"{part}_{name}": array
        for part in _RUNS
        for name, array in asdict(getattr(data, part)).items()
    }
    write_arrays(path, order=data.order, **arrays)


def read_runs(path: FilePath) -> SweepData:
    """Read what `write_runs` wrote."""
    arrays = read_arrays(path)
    pool, test = (
        SimulatorRuns(*(arrays[f"{part}_{field.name}"] for field in fields(SimulatorRuns)))
        for part in _RUNS
    )
    return SweepData(pool, test, arrays["order"])


def write_cells(path: FilePath, cells: Sequence[CellErrors]) -> None:
    """Write `complexity` and `size` (cells,), and errors, as of `CellErrors`, with that axis first.

    The names of the latter are `train_rmse`, `test_step_pearson`, and so on.
    """
    arrays = {
        f"{part}_{field.name}": np.stack([getattr(getattr(c, part), field.name) for c in cells])
        for part in _ERRORS
        for field in fields(Errors)
    }
    places = {name: np.array([getattr(c, name) for c in cells]) for name in ("complexity", "size")}
    write_arrays(path, **places, **arrays)


def read_cells(paths: Iterable[FilePath]) -> list[CellErrors]:
    """Read the cells of some files, one after another."""
    cells = []
    for path in paths:
        arrays = read_arrays(path)
        for number, (complexity, size) in enumerate(
            zip(arrays["complexity"], arrays["size"], strict=True)
        ):
            parts = {
                part: Errors(*(arrays[f"{part}_{field.name}"][number] for field in fields(Errors)))
                for part in _ERRORS
            }
            cells.append(CellErrors(int(complexity), int(size), **parts))
    return cells
