"""Hyper-parameters of surrogates on a lattice: the errors of each cell, and what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from vicinal.gradients.sequential import Derivative
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.sweep import draw_sweep, train_cell
from vicinal.gradients.sweep_data import METHODS, SimulatorRuns, SweepData

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SearchData:
    """What the repetitions of a search have: samples of its own each, and test runs in common.

    data : draw d holds the training samples of repetition d; no two repetitions share any.
    validation : runs of each repetition beside them, by which it chooses, with the simulator's
        noise. The test runs have none, and no search sees them.
    """

    data: SweepData
    validation: tuple[SimulatorRuns, ...]


@dataclass(frozen=True)
class LatticeCell:
    """One point of the lattice: complexity eta, hidden layers, Adam's first learning rate."""

    complexity: int
    layers: int
    learning_rate: float


@dataclass(frozen=True)
class CellResult:
    """A trained cell: RMSE (M, D) of the M `METHODS` on D repetitions, over all outputs together.

    work : (M,) what training one surrogate costs, see `training_work`.
    """

    validation: FloatArray
    test: FloatArray
    work: FloatArray


def draw_repetitions(
    simulator: Simulator,
    *,
    repetitions: int,
    size: int,
    validation: int,
    test: int,
    rng: np.random.Generator,
    steps: int | None = None,
) -> SearchData:
    """Draw up to `size` training and `validation` runs for each repetition, all of them different.

    steps : only the first outputs of a run are kept; None keeps all.

    Raises ValueError for more steps than the simulator has.
    """
    if steps is not None and not 1 <= steps <= simulator.steps:
        raise ValueError(f"steps = {steps}; simulator {simulator.name} has 1 to {simulator.steps}")
    each = size + validation
    drawn = draw_sweep(simulator, pool=repetitions * each, test=test, draws=1, rng=rng)
    pool, unseen = (_first(runs, steps) for runs in (drawn.pool, drawn.test))
    rows = np.arange(repetitions * each)
    order = np.array([np.roll(rows, -number * each) for number in range(repetitions)])
    held_out = tuple(pool.pick(row[size:each]) for row in order)
    return SearchData(SweepData(pool, unseen, order), held_out)


def train_lattice_cell(
    drawn: SearchData,
    cell: LatticeCell,
    size: int,
    template: GradientSurrogate,
    seeds: Sequence[int],
    *,
    width_factor: int = 4,
    derivative: Derivative = "total",
    on_epoch: Callable[[int, int], None] | None = None,
) -> CellResult:
    """Train surrogates with and without gradients on `size` samples of each repetition.

    The arguments are those of `train_cell`, which this calls; the template's learning rate is not
    used. Raises what it raises.
    """
    trained = train_cell(
        drawn.data,
        cell.complexity,
        size,
        clone(template).set_params(learning_rate=cell.learning_rate),
        seeds,
        layers=cell.layers,
        width_factor=width_factor,
        derivative=derivative,
        on_epoch=on_epoch,
    )
    validation = [
        [
            np.sqrt(np.square(surrogate.predict(runs.inputs) - runs.values).mean())
            for surrogate, runs in zip(surrogates, drawn.validation, strict=True)
        ]
        for surrogates in trained.surrogates
    ]
    hidden = (width_factor * cell.complexity,) * cell.layers
    shape = (drawn.data.pool.inputs.shape[1], drawn.data.pool.values.shape[1])
    work = [
        training_work(*shape, hidden, size, template.epochs, with_gradients=method == METHODS[1])
        for method in METHODS
    ]
    return CellResult(np.array(validation), trained.errors.test.rmse, np.array(work, dtype=float))


def training_work(
    inputs: int,
    steps: int,
    hidden: Sequence[int],
    samples: int,
    epochs: int,
    *,
    with_gradients: bool,
) -> int:
    """Multiplications by weights in the training of one surrogate, a count that time follows.

    A sample meets each weight three times an epoch: forwards, backwards, and in the gradient of the
    weight itself. With gradients the derivatives of the output go the same ways beside it: six
    times. Many steps are a network each, with the output before as a further input. What is not a
    product with a weight (tanh, Adam's step, errors on validation samples) is not counted.
    """
    widths = [inputs + (steps > 1), *hidden, 1]
    weights = sum(a * b for a, b in itertools.pairwise(widths))
    return (6 if with_gradients else 3) * weights * steps * samples * epochs


def _first(runs: SimulatorRuns, steps: int | None) -> SimulatorRuns:
    """Runs with their first outputs alone."""
    return SimulatorRuns(runs.inputs, runs.values[:, :steps], runs.derivatives[:, :steps])
