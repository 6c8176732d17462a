"""The likelihood of parameters of a simulator, given noisy observations of its outputs."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.gradients.networks import Networks
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.surrogate import GradientSurrogate

FloatArray = npt.NDArray[np.float64]
# Parameters (K, p) in; outputs (K, T) and their derivatives (K, T, p) out.
Outputs = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Problem:
    """What is observed, and where the parameters may lie.

    outputs : of a simulator or a surrogate, see `simulator_outputs` and `surrogate_outputs`.
    variance : sigma^2 of the noise, of all outputs or (T,).
    lower, upper : (p,), the box of the parameters.

    Raises ValueError for a variance that is not above 0 and for a box that is none.
    """

    outputs: Outputs
    variance: float | FloatArray
    lower: Sequence[float]
    upper: Sequence[float]

    def __post_init__(self) -> None:
        variance = np.asarray(self.variance, dtype=np.float64)
        if not (np.isfinite(variance).all() and (variance > 0).all()):
            raise ValueError(f"variance is {self.variance}; finite numbers above 0 are needed")
        box = np.asarray([self.lower, self.upper], dtype=np.float64)
        if box.ndim != 2 or not np.isfinite(box).all() or (box[0] > box[1]).any():
            raise ValueError(f"the box is {self.lower} to {self.upper}; needed are two finite (p,)")


def simulator_outputs(simulator: Simulator) -> Outputs:
    """Outputs of the simulator itself. Raises ValueError for one with covariates."""
    if simulator.covariates:
        raise ValueError(f"simulator {simulator.name} has covariates beside its parameters")
    return simulator.simulate


def surrogate_outputs(surrogates: Sequence[GradientSurrogate | SequentialSurrogate]) -> Outputs:
    """Mean outputs of fitted surrogates, in float64: in float32, line searches would be lost.

    Raises ValueError where there is none.
    """
    if not surrogates:
        raise ValueError("no surrogates; at least one is needed")
    exact = [_in_double(surrogate) for surrogate in surrogates]

    def outputs(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        values = np.mean([one.predict(theta) for one in exact], axis=0)
        slopes = np.mean([one.predict_gradient(theta) for one in exact], axis=0)
        return values.reshape(len(theta), -1), slopes.reshape(len(theta), -1, theta.shape[1])

    return outputs


def observe(
    simulator: Simulator,
    theta: Sequence[float],
    *,
    observations: int,
    sets: int,
    variance: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Observations (R, n, T) at theta: R = `sets` sets of n, with Gaussian noise."""
    values, _ = simulator.simulate(np.asarray(theta, dtype=np.float64)[None])
    return values[0] + rng.normal(scale=math.sqrt(variance), size=(sets, observations, values.size))


def log_likelihood(
    problem: Problem, theta: npt.ArrayLike, observations: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood (K,) of n observations (n, T) at theta (K, p), and its gradient (K, p).

    McDonagh and Chen, eq. 9. Raises ValueError for arrays of another shape.
    """
    data = checked_observations(np.asarray(observations, dtype=np.float64)[None])
    points = np.asarray(theta, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != len(problem.lower):
        raise ValueError(f"theta has shape {points.shape}; needed is (K, {len(problem.lower)})")
    misfit, slope = misfits(problem, points, data.mean(axis=1), data.shape[1])
    return constants(problem, data)[0] - misfit, -slope


def fisher_information(problem: Problem, theta: Sequence[float], observations: int) -> FloatArray:
    """Expected Fisher information (p, p) of n observations at theta (p,).

    A zero eigenvalue is a direction in which the likelihood is flat to second order: estimates
    spread further along it than the noise's square root, and chi-square intervals are wrong.
    """
    _, slopes = problem.outputs(np.asarray(theta, dtype=np.float64)[None])
    scaled = slopes[0] / np.sqrt(np.asarray(problem.variance, dtype=np.float64)).reshape(-1, 1)
    information: FloatArray = observations * scaled.T @ scaled
    return information


def checked_observations(given: npt.ArrayLike) -> FloatArray:
    """Checked observations (R, n, T)."""
    data = np.asarray(given, dtype=np.float64)
    if data.ndim != 3 or not data.size:
        raise ValueError(f"observations have shape {data.shape}; needed is (sets, n, T), not empty")
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        raise ValueError(
            f"observations hold NaN or infinity, first in set {bad[0][0]}, row {bad[0][1]}"
        )
    return data


def misfit_of(problem: Problem, values: FloatArray, means: FloatArray, n: int) -> FloatArray:
    """Half the weighted squares (K,) of outputs (K, T) less the mean observations (T,) or (K, T).

    It differs from the negative log-likelihood by a constant of the observations, without which
    the tolerance of a minimisation is one of what can be changed.
    Raises ValueError for other than one observation for each output.
    """
    if values.shape[-1] != means.shape[-1]:
        raise ValueError(f"{means.shape[-1]} observed outputs; there are {values.shape[-1]}")
    return n / 2 * (np.square(values - means) / problem.variance).sum(axis=-1)


def misfits(
    problem: Problem, theta: FloatArray, means: FloatArray, n: int
) -> tuple[FloatArray, FloatArray]:
    """Misfits (K,) at theta (K, p), and their gradients (K, p)."""
    values, slopes = problem.outputs(theta)
    misfit = misfit_of(problem, values, means, n)
    residual = n * (values - means) / problem.variance
    return misfit, np.einsum("kt,ktp->kp", residual, slopes)


def constants(problem: Problem, data: FloatArray) -> FloatArray:
    """What the log-likelihood (R,) of observations (R, n, T) is where the misfit is 0."""
    scatter = np.square(data - data.mean(axis=1, keepdims=True))
    variance = np.broadcast_to(problem.variance, data.shape[2:])
    return -0.5 * (scatter / variance + np.log(2 * np.pi * variance)).sum(axis=(1, 2))


def _in_double(
    surrogate: GradientSurrogate | SequentialSurrogate,
) -> GradientSurrogate | SequentialSurrogate:
    """A copy that computes in float64."""
    other, networks = copy.copy(surrogate), surrogate.networks_
    weights, biases = (
        [part.double() for part in parts] for parts in (networks.weights, networks.biases)
    )
    other.networks_ = Networks(weights, biases, networks.output, networks.block_bytes)
    return other
