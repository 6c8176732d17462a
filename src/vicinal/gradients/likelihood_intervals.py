"""Confidence intervals of maximum-likelihood estimates, calibrated by a parametric bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from vicinal.gradients.likelihood import Problem
from vicinal.gradients.maximum_likelihood import Search, align, maximise_likelihood

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Intervals:
    """Intervals of the p parameters of one set of observations.

    theta : (p,) estimate.
    grid : (p, G) values of each parameter, increasing, over its box.
    ratio : (p, G) the likelihood-ratio statistic of each: twice what the best log-likelihood loses
        where the parameter is held there.
    threshold : (p,) the statistic's quantile in the bootstrap: of its B values the one of rank
        (B + 1) level, rounded up.
    chi_square : its quantile where the likelihood is regular, and there are many observations.
    replicates : (B, p) the bootstrap's estimates, interchanged so as to be nearest to theta.
    """

    level: float
    theta: FloatArray
    grid: FloatArray
    ratio: FloatArray
    threshold: FloatArray
    chi_square: float
    replicates: FloatArray

    def pieces(self, parameter: int, *, calibrated: bool = True) -> list[tuple[float, float]]:
        """The values that are not rejected, as intervals in increasing order.

        There are several where parameters can be exchanged, or where the data leave several.
        Between two points of the grid, the statistic's square root is taken as linear.

        calibrated : by the bootstrap; else by chi-square.
        """
        limit = self.threshold[parameter] if calibrated else self.chi_square
        grid = self.grid[parameter]
        above = np.sqrt(self.ratio[parameter]) - np.sqrt(limit)
        kept = np.flatnonzero(above <= 0)
        runs = np.split(kept, np.flatnonzero(np.diff(kept) > 1) + 1) if len(kept) else []

        def end(inside: int, outside: int) -> float:
            if not 0 <= outside < len(grid):
                return float(grid[inside])
            share = above[inside] / (above[inside] - above[outside])
            return float(grid[inside] + share * (grid[outside] - grid[inside]))

        return [(end(run[0], run[0] - 1), end(run[-1], run[-1] + 1)) for run in runs]

    def percentiles(self) -> FloatArray:
        """(p, 2) the replicates' own central interval of the same level."""
        tail = (1 - self.level) / 2
        return np.quantile(self.replicates, [tail, 1 - tail], axis=0).T


def likelihood_intervals(
    problem: Problem,
    observations: npt.ArrayLike,
    *,
    replicates: int,
    grid: int,
    rng: np.random.Generator,
    level: float = 0.95,
    interchangeable: Sequence[int] = (),
    search: Search | None = None,
) -> Intervals:
    """Profile-likelihood intervals of n observations (n, T), their threshold by bootstrap.

    replicates : B, sets of n observations drawn from the problem's own outputs at the estimate.
    grid : values at which the profile is taken: so many over the box, and as many again where the
        replicates lie, for each of the parameters that are interchangeable with this one.
    interchangeable : indices of parameters whose exchange changes no output.

    Where the Fisher information is singular, as at theta_1 = theta_2 of a symmetric simulator, the
    statistic is not chi-square; its distribution is therefore simulated. A surrogate's own error
    is not part of it: the intervals take the outputs as true.

    Raises ValueError for a level outside of (0, 1), for too few replicates to tell its quantile,
    and for observations of another shape.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; allowed is 0 < level < 1")
    rank = math.ceil(round((replicates + 1) * level, 9))
    if rank > replicates:
        least = math.ceil(round(level / (1 - level), 9))
        raise ValueError(f"{replicates} replicates for a level of {level}; at least {least}")
    data = np.asarray(observations, dtype=np.float64)[None]
    for_fit, for_data, for_free, for_held, for_profile = rng.spawn(5)
    best = maximise_likelihood(problem, data, rng=for_fit, search=search)
    values, _ = problem.outputs(best.theta)
    noise = for_data.normal(size=(replicates, *data.shape[1:]))
    drawn = values + noise * np.sqrt(np.asarray(problem.variance, dtype=np.float64))
    free = maximise_likelihood(problem, drawn, rng=for_free, search=search)
    near = align(free.theta, best.theta[0], interchangeable)
    thresholds, grids, ratios = [], [], []
    for i, value in enumerate(best.theta[0]):
        alone = np.full((replicates, 1), value)
        found = _losses(problem, drawn, free.log_likelihood, i, alone, for_held, search)
        thresholds.append(np.sort(found[:, 0])[rank - 1])
        places = _grid(problem, i, best.theta[0], near, interchangeable, grid)
        grids.append(places)
        ratios.append(
            _losses(problem, data, best.log_likelihood, i, places[None], for_profile, search)[0]
        )
    return Intervals(
        level,
        best.theta[0],
        np.array(grids),
        np.array(ratios),
        np.array(thresholds),
        float(stats.chi2.ppf(level, df=1)),
        near,
    )


def _grid(
    problem: Problem,
    parameter: int,
    theta: FloatArray,
    replicates: FloatArray,
    interchangeable: Sequence[int],
    size: int,
) -> FloatArray:
    """Values of a parameter, increasing: over its box, and where its estimates lie."""
    low, high = problem.lower[parameter], problem.upper[parameter]
    values = [np.linspace(low, high, size)]
    for i in interchangeable if parameter in interchangeable else [parameter]:
        reach = 2 * np.abs(replicates[:, i] - theta[i]).max()
        values.append(theta[i] + reach * np.linspace(-1, 1, size))
        values.append(theta[[i]])
    return np.sort(np.concatenate(values).clip(low, high))


def _losses(
    problem: Problem,
    data: FloatArray,
    best: FloatArray,
    parameter: int,
    values: FloatArray,
    rng: np.random.Generator,
    search: Search | None,
) -> FloatArray:
    """Twice what log-likelihoods (R,) lose where a parameter is held at values (R, G): (R, G)."""
    sets, places = values.shape
    held = np.full((sets * places, len(problem.lower)), np.nan)
    held[:, parameter] = values.ravel()
    repeated = np.repeat(data, places, axis=0)
    found = maximise_likelihood(problem, repeated, rng=rng, search=search, held=held)
    lost = best[:, None] - found.log_likelihood.reshape(values.shape)
    return np.maximum(0.0, 2 * lost)
