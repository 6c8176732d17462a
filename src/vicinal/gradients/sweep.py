"""Surrogates with and without gradients, by complexity and number of training samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.sequential import Derivative, SequentialSurrogate
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.sweep_data import METHODS, CellErrors, Errors, SimulatorRuns, SweepData

FloatArray = npt.NDArray[np.float64]
SurrogateModel = GradientSurrogate | SequentialSurrogate


@dataclass(frozen=True)
class Cell:
    """A trained cell: its errors, and the D surrogates of each of `METHODS`."""

    errors: CellErrors
    surrogates: tuple[tuple[SurrogateModel, ...], ...]


def draw_sweep(
    simulator: Simulator,
    *,
    pool: int,
    test: int,
    draws: int,
    rng: np.random.Generator,
) -> SweepData:
    """Draw the pool (with the simulator's noise in its values), the test runs and the draws.

    Each has a random stream of its own: more draws leave the pool and the test runs as they were.
    """
    for_pool, for_test, for_order = rng.spawn(3)
    inputs = simulator.draw(pool, for_pool)
    values, derivatives = simulator.simulate(inputs)
    known = SimulatorRuns(inputs, simulator.observe(values, for_pool), derivatives)
    unseen = simulator.draw(test, for_test)
    order = np.array([for_order.permutation(pool) for _ in range(draws)])
    return SweepData(known, SimulatorRuns(unseen, *simulator.simulate(unseen)), order)


def train_cell(
    data: SweepData,
    complexity: int,
    size: int,
    template: GradientSurrogate,
    seeds: Sequence[int],
    *,
    layers: int = 4,
    width_factor: int = 4,
    derivative: Derivative = "total",
    on_epoch: Callable[[int, int], None] | None = None,
) -> Cell:
    """Train surrogates with and without gradients on each draw, as one program; their errors.

    complexity : eta; each of the hidden layers has width_factor * eta nodes.
    size : N training samples a draw.
    template : how the surrogates are trained; its alpha is that of those with gradients, its
        `hidden` and `random_state` are not used.
    seeds : (D,), one a draw: the two surrogates of a draw share samples, initial parameters and
        batches.
    derivative : see `SequentialSurrogate`, which is trained where there is more than one output.

    Raises ValueError for other than one seed a draw, for a size beyond the pool, for an alpha of 1,
    and what the surrogates raise.

    McDonagh and Chen, section 3 and figure 2.
    """
    surrogates = fit_cell(
        data,
        complexity,
        size,
        template,
        seeds,
        layers=layers,
        width_factor=width_factor,
        derivative=derivative,
        on_epoch=on_epoch,
    )
    return Cell(measure_errors(data, complexity, size, surrogates), surrogates)


def fit_cell(
    data: SweepData,
    complexity: int,
    size: int,
    template: GradientSurrogate,
    seeds: Sequence[int],
    *,
    methods: Sequence[str] = METHODS,
    layers: int = 4,
    width_factor: int = 4,
    derivative: Derivative = "total",
    on_epoch: Callable[[int, int], None] | None = None,
) -> tuple[tuple[SurrogateModel, ...], ...]:
    """The surrogates of a cell, D of each of `methods`, without measuring them.

    The arguments, and what is raised, are those of `train_cell`.
    """
    if len(seeds) != len(data.order):
        raise ValueError(f"{len(seeds)} seeds for {len(data.order)} draws; needed is one for each")
    if template.alpha == 1:
        raise ValueError("the template's alpha is 1: its surrogates would not learn from gradients")
    drawn = [data.draw(number, size) for number in range(len(seeds))]
    hidden = (width_factor * complexity,) * layers
    alphas = dict(zip(METHODS, (1.0, template.alpha), strict=True))
    surrogates = tuple(
        tuple(
            _surrogate(
                clone(template).set_params(hidden=hidden, random_state=seed, alpha=alphas[method]),
                derivative,
                steps=data.pool.values.shape[1],
            )
            for seed in seeds
        )
        for method in methods
    )
    fit_together(
        [surrogate for method in surrogates for surrogate in method],
        [_arguments(runs) for _ in methods for runs in drawn],
        on_epoch=on_epoch,
    )
    return surrogates


def measure_errors(
    data: SweepData,
    complexity: int,
    size: int,
    surrogates: Sequence[Sequence[SurrogateModel]],
) -> CellErrors:
    """Errors of fitted surrogates, one a method and draw, on their own draws and the test runs."""
    train = [data.draw(number, size) for number in range(len(surrogates[0]))]
    runs = {"train": train, "test": [data.test] * len(train)}
    found = {}
    for name, sets in runs.items():
        truth = np.stack([part.values for part in sets])
        for forced in (False, True):
            predicted = np.array(
                [
                    [_predict(one, part, forced) for one, part in zip(method, sets, strict=True)]
                    for method in surrogates
                ]
            )
            found["forced_" * forced + name] = errors_of(predicted, truth)
    return CellErrors(complexity, size, **found)


def errors_of(predicted: FloatArray, truth: FloatArray) -> Errors:
    """Errors of predictions (M, D, N, T) of values (D, N, T)."""
    flat, true = predicted.reshape(*predicted.shape[:2], -1), truth.reshape(len(truth), -1)
    return Errors(
        np.sqrt(np.square(predicted - truth).mean(axis=(2, 3))),
        _pearson(flat, true),
        np.sqrt(np.square(predicted - truth).mean(axis=2)),
        _pearson(predicted.swapaxes(2, 3), truth.swapaxes(1, 2)),
    )


def _surrogate(step: GradientSurrogate, derivative: Derivative, *, steps: int) -> SurrogateModel:
    """A surrogate of one output, or of many steps."""
    return step if steps == 1 else SequentialSurrogate(step=step, derivative=derivative)


def _arguments(runs: SimulatorRuns) -> dict[str, Any]:
    """What `fit` takes. Derivatives by covariates, which stand last, are not known: NaN."""
    n, steps, p = runs.derivatives.shape
    unknown = np.full((n, steps, runs.inputs.shape[1] - p), np.nan)
    derivatives = np.concatenate([runs.derivatives, unknown], axis=2)
    return {"theta": runs.inputs, "y": runs.values, "dy": derivatives}


def _predict(surrogate: SurrogateModel, runs: SimulatorRuns, forced: bool) -> FloatArray:
    """Outputs (N, T); with `forced`, each step is given the true output before it."""
    if forced and isinstance(surrogate, SequentialSurrogate):
        return surrogate.predict(runs.inputs, before=runs.values)
    return surrogate.predict(runs.inputs)


def _pearson(a: FloatArray, b: FloatArray) -> FloatArray:
    """Correlations along the last axis; NaN where one of both is constant."""
    first, second = (x - x.mean(axis=-1, keepdims=True) for x in (a, b))
    size = np.sqrt(np.square(first).sum(axis=-1) * np.square(second).sum(axis=-1))
    nothing = np.full(size.shape, np.nan)
    return np.divide((first * second).sum(axis=-1), size, out=nothing, where=size > 0)
