"""Maximum likelihood: the parameters that explain observations best, and how wrong they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.gradients.likelihood import (
    Problem,
    checked_observations,
    constants,
    misfit_of,
    misfits,
)
from vicinal.gradients.lockstep import minimise_together

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Search:
    """How the likelihood is maximised: the best of many candidates, then L-BFGS-B from each start.

    starts : minimisations a set of observations.
    candidates : uniform draws from the box a start; the best of them is the start.
    max_iterations, tolerance : of L-BFGS-B, the latter relative, of the log-likelihood.
    """

    starts: int = 8
    candidates: int = 16
    max_iterations: int = 200
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        if min(self.starts, self.candidates, self.max_iterations) < 1 or self.tolerance <= 0:
            raise ValueError(
                f"search is {self}: starts, candidates and max_iterations must be at least 1, the "
                "tolerance above 0"
            )


@dataclass(frozen=True)
class Estimates:
    """The most likely parameters of R sets of observations.

    theta : (R, p).  log_likelihood : (R,) there.
    agreeing : (R,) share of the starts that ended as high, within 0.01 of the log-likelihood.
    converged : (R,) whether the best start ended by its tolerances.
    """

    theta: FloatArray
    log_likelihood: FloatArray
    agreeing: FloatArray
    converged: npt.NDArray[np.bool_]


def maximise_likelihood(
    problem: Problem,
    observations: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    search: Search | None = None,
    held: npt.ArrayLike | None = None,
) -> Estimates:
    """The most likely theta of each of R sets of n observations, (R, n, T).

    rng : for the candidates, which all sets share.
    held : (p,) or (R, p) values at which parameters are held, NaN where one is free.

    The likelihood depends on a set only through its mean: sets that hold the same share the outputs
    at their candidates, and all starts of all sets are minimised together.

    Raises ValueError for observations of another shape or not finite.
    """
    search = search or Search()
    data = checked_observations(observations)
    means, n = data.mean(axis=1), data.shape[1]
    boxes, box_of = _boxes(problem, held, len(data))
    starts = _starts(problem, means, boxes, box_of, search, rng)
    which = np.repeat(np.arange(len(means)), search.starts)
    bounds = boxes[box_of[which]]
    found = minimise_together(
        lambda points, numbers: misfits(problem, points, means[which[numbers]], n),
        starts.reshape(-1, starts.shape[2]),
        bounds[:, 0],
        bounds[:, 1],
        maxiter=search.max_iterations,
        ftol=search.tolerance,
    )
    ends = found.values.reshape(len(means), search.starts)
    winner = np.arange(len(means)), ends.argmin(axis=1)
    return Estimates(
        found.points.reshape(*ends.shape, -1)[winner],
        constants(problem, data) - ends[winner],
        np.mean(ends <= ends[winner][:, None] + 0.01, axis=1),
        found.converged.reshape(ends.shape)[winner],
    )


def align(
    estimates: FloatArray, theta: Sequence[float] | FloatArray, interchangeable: Sequence[int]
) -> FloatArray:
    """Estimates (R, p), with interchangeable parameters exchanged so as to be nearest to theta.

    theta : (p,), or (R, p) for each estimate its own.
    interchangeable : indices of parameters whose exchange changes no output; with less than two
        of them the estimates are left as they are.
    """
    given, own = np.asarray(estimates, dtype=np.float64), list(interchangeable)
    orders = np.array(list(itertools.permutations(own)), dtype=np.int64)
    ways = np.repeat(given[:, None], len(orders), axis=1)
    ways[:, :, own] = given[:, orders]
    goal = np.broadcast_to(np.asarray(theta, dtype=np.float64), given.shape)
    distance = np.square(ways - goal[:, None]).sum(axis=2)
    return ways[np.arange(len(ways)), distance.argmin(axis=1)]


def absolute_errors(
    estimates: FloatArray,
    theta: Sequence[float] | FloatArray,
    interchangeable: Sequence[int] = (),
) -> FloatArray:
    """|theta_hat - theta| (R, p), modulo the exchange of interchangeable parameters.

    theta : (p,) the truth, or (R, p) the true simulator's estimates from the same observations:
        the difference is then what the surrogate itself adds.
    """
    return np.abs(align(estimates, theta, interchangeable) - np.asarray(theta, dtype=np.float64))


def _boxes(
    problem: Problem, held: npt.ArrayLike | None, sets: int
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """The different boxes (U, 2, p), of no extent where a parameter is held, and each set's own."""
    bounds = np.array([problem.lower, problem.upper], dtype=np.float64)
    if held is None:
        return bounds[None], np.zeros(sets, dtype=np.int64)
    values = np.broadcast_to(np.asarray(held, dtype=np.float64), (sets, bounds.shape[1]))
    different, box_of = np.unique(values, axis=0, return_inverse=True)
    return np.where(np.isnan(different)[:, None], bounds, different[:, None]), box_of.reshape(sets)


def _starts(
    problem: Problem,
    means: FloatArray,
    boxes: FloatArray,
    box_of: npt.NDArray[np.int64],
    search: Search,
    rng: np.random.Generator,
) -> FloatArray:
    """Starts (R, starts, p): of the candidates of each start, the most likely."""
    p = boxes.shape[2]
    unit = rng.uniform(size=(search.starts * search.candidates, p))
    candidates = boxes[:, None, 0] + unit * (boxes[:, None, 1] - boxes[:, None, 0])
    values, _ = problem.outputs(candidates.reshape(-1, p))
    values = values.reshape(*candidates.shape[:2], -1)
    misfit = np.stack(
        [misfit_of(problem, values[box], mean, 1) for box, mean in zip(box_of, means, strict=True)]
    )
    best = misfit.reshape(len(means), search.starts, search.candidates).argmin(axis=2)
    chosen = best + np.arange(search.starts) * search.candidates
    starts: FloatArray = candidates[box_of[:, None], chosen]
    return starts
