"""How well surrogates trained with and without gradients recover known parameters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.gradients.likelihood import (
    Outputs,
    Problem,
    observe,
    simulator_outputs,
    surrogate_outputs,
)
from vicinal.gradients.maximum_likelihood import (
    Estimates,
    Search,
    absolute_errors,
    maximise_likelihood,
)
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.sweep import SurrogateModel

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recovery:
    """Errors of estimates from R sets of observations, modulo the exchange of parameters.

    sizes : (S,) training samples of the surrogates.
    simulator : (R, p) |theta_hat - theta| of the true simulator: what the noise alone costs.
    surrogates : (S, 2, M, R, p) that of M estimators a size and method (in the order `METHODS`):
        1, the surrogates' mean, or each of D surrogates by itself.
    distances : (S, 2, M, R, p) from the true simulator's estimate of the same observations: what
        the surrogate alone costs.
    agreeing : (S, 2, M, R) share of the starts that ended at the maximum.
    """

    sizes: tuple[int, ...]
    simulator: FloatArray
    surrogates: FloatArray
    distances: FloatArray
    agreeing: FloatArray


def recover_parameters(
    simulator: Simulator,
    truth: Sequence[float],
    surrogates: Mapping[int, Sequence[Sequence[SurrogateModel]]],
    *,
    observations: int,
    sets: int,
    variance: float,
    rng: np.random.Generator,
    averaged: bool = True,
    interchangeable: Sequence[int] = (),
    search: Search | None = None,
) -> Recovery:
    """Estimate a known truth from the same observations by all surrogates and by the simulator.

    surrogates : by number of training samples, D surrogates for each of `METHODS`.
    observations, sets, variance : R = `sets` sets of n observations, of this noise's variance.
    averaged : the outputs of the D surrogates are averaged, as in the paper; else each estimates.
    interchangeable : indices of parameters whose exchange changes no output.

    Every estimate starts from the same candidates. Raises ValueError for a simulator with
    covariates, a truth outside of its box, and parameters whose exchange does change its outputs.

    McDonagh and Chen, eq. 9 and figure 3.
    """
    check_interchangeable(simulator, interchangeable)
    for_data, for_search = rng.spawn(2)
    data = observe(
        simulator, truth, observations=observations, sets=sets, variance=variance, rng=for_data
    )
    seed = for_search.integers(2**63)

    def estimate(outputs: Outputs) -> Estimates:
        problem = Problem(outputs, variance, simulator.lower, simulator.upper)
        return maximise_likelihood(problem, data, rng=np.random.default_rng(seed), search=search)

    own = estimate(simulator_outputs(simulator)).theta
    found = [
        [
            [
                estimate(surrogate_outputs(group))
                for group in ([method] if averaged else [[one] for one in method])
            ]
            for method in surrogates[size]
        ]
        for size in surrogates
    ]

    def errors(goal: Sequence[float] | FloatArray) -> FloatArray:
        return np.array(
            [
                [
                    [absolute_errors(one.theta, goal, interchangeable) for one in part]
                    for part in row
                ]
                for row in found
            ]
        )

    return Recovery(
        tuple(surrogates),
        absolute_errors(own, truth, interchangeable),
        errors(truth),
        errors(own),
        np.array([[[one.agreeing for one in part] for part in row] for row in found]),
    )


def check_interchangeable(simulator: Simulator, places: Sequence[int]) -> None:
    """Raise ValueError where exchanging parameters changes outputs, or where it leaves the box.

    places : of the parameters in the inputs. Tried at some points: neighbours among them exchanged.
    """
    points = simulator.draw(16, np.random.default_rng(0))
    values, _ = simulator.simulate(points)
    for first, second in itertools.pairwise(places):
        names = f"{simulator.inputs[first]} and {simulator.inputs[second]}"
        exchanged = points.copy()
        exchanged[:, [first, second]] = points[:, [second, first]]
        if any(
            box[first] != box[second] for box in (simulator.lower, simulator.upper)
        ) or not np.allclose(simulator.simulate(exchanged)[0], values, rtol=1e-9, atol=1e-12):
            raise ValueError(
                f"simulator {simulator.name}: {names} are not interchangeable; their exchange "
                "changes the outputs, or leaves the box"
            )
