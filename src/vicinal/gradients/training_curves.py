"""Training with and without gradients, epoch by epoch: errors and changes of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.gradients.batched_training import train_surrogates
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.standardisation import Units
from vicinal.gradients.sweep_data import METHODS, SimulatorRuns
from vicinal.gradients.training_samples import training_samples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingCurves:
    """What R runs recorded after each of E epochs; methods in the order `METHODS`.

    train_rmse, test_rmse : (2, R, E), over all outputs, in their own units.
    updates : (2, R, E) mean absolute change of a network's parameters in the epoch.
    """

    train_rmse: FloatArray
    test_rmse: FloatArray
    updates: FloatArray


def draw_runs(
    simulator: Simulator, runs: int, size: int, rng: np.random.Generator, *, noisy: bool = True
) -> SimulatorRuns:
    """Samples of R = `runs` runs: inputs (R, N, q), values (R, N, T), derivatives (R, N, T, p).

    Each run has a random stream of its own, so that a smaller size is the beginning of a larger
    one, and one more run leaves the others as they were.
    """
    parts = []
    for stream in rng.spawn(runs):
        for_inputs, for_noise = stream.spawn(2)
        inputs = simulator.draw(size, for_inputs)
        values, derivatives = simulator.simulate(inputs)
        values = simulator.observe(values, for_noise) if noisy else values
        parts.append((inputs, values, derivatives))
    return SimulatorRuns(*(np.stack(arrays) for arrays in zip(*parts, strict=True)))


def record_training(
    training: SimulatorRuns,
    test: SimulatorRuns,
    settings: SurrogateSettings,
    seeds: Sequence[int],
    *,
    alpha: float = 0.5,
    standardise: bool = True,
    on_epoch: Callable[[int, int], None] | None = None,
) -> TrainingCurves:
    """Train one network a run and method, all as one program, and record every epoch.

    training : samples of R runs, see `draw_runs`, without covariates.    test : of R runs or of 1.
    seeds : (R,), one a run: both methods share its samples, initial parameters and batches.
    alpha : weight of the values with gradients.
    standardise : inputs and values have mean 0 and standard deviation 1 in each run.

    Raises ValueError for other than one seed a run and what `train_surrogates` raises.

    McDonagh and Chen, section 2 and figure 1.
    """
    runs, _, outputs = training.values.shape
    if len(seeds) != runs:
        raise ValueError(f"{len(seeds)} seeds for {runs} runs; needed is one for each")
    if standardise:
        positive = settings.output == "softplus"
        units = Units.of(training.inputs, training.values, positive=positive)
    else:
        units = Units.plain(runs, training.inputs.shape[2], outputs)
    x, y = units.inputs(training.inputs), units.values(training.values)
    watched = {
        "train": (_twice(x), _twice(y)),
        "test": (_twice(units.inputs(test.inputs)), _twice(units.values(test.values))),
    }
    samples = training_samples(_twice(x), _twice(y), _twice(units.partials(training.derivatives)))
    _, history = train_surrogates(
        samples,
        [*seeds, *seeds],
        settings,
        alpha=[1.0] * runs + [alpha] * runs,
        monitor=Monitor(watched, updates=True),
        on_epoch=on_epoch,
    )
    size = np.tile(units.output_unit, (len(METHODS), 1))[:, None]
    train, unseen = (
        np.sqrt(np.square(history[name] * size).mean(axis=2)) for name in ("train", "test")
    )
    shape = (len(METHODS), runs, settings.epochs)
    return TrainingCurves(
        train.reshape(shape), unseen.reshape(shape), history["updates"].reshape(shape)
    )


def _twice(array: FloatArray) -> FloatArray:
    """Samples of each run, for the networks of either method."""
    return np.concatenate([array] * len(METHODS))
