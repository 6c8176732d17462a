"""Whether confidence intervals hold the parameters that the observations come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vicinal.gradients.likelihood import Outputs, Problem, observe
from vicinal.gradients.likelihood_intervals import Intervals, likelihood_intervals
from vicinal.gradients.maximum_likelihood import Search
from vicinal.gradients.parameter_recovery import check_interchangeable
from vicinal.gradients.simulation import Simulator


def interval_coverage(
    simulator: Simulator,
    truth: Sequence[float],
    outputs: Outputs,
    *,
    observations: int,
    sets: int,
    variance: float,
    replicates: int,
    grid: int,
    level: float,
    rng: np.random.Generator,
    interchangeable: Sequence[int] = (),
    search: Search | None = None,
) -> list[Intervals]:
    """The intervals of R = `sets` sets of n observations of the simulator at a known truth.

    outputs : by which the parameters are estimated: the simulator's own, or a surrogate's.
    Others : as `likelihood_intervals` and `recover_parameters` have them. Each set has a random
        stream of its own, the same for all outputs.

    Raises ValueError for a truth outside of the simulator's box, for parameters whose exchange
    does change its outputs, and as `likelihood_intervals`.
    """
    check_interchangeable(simulator, interchangeable)
    for_data, *streams = rng.spawn(1 + sets)
    data = observe(
        simulator, truth, observations=observations, sets=sets, variance=variance, rng=for_data
    )
    problem = Problem(outputs, variance, simulator.lower, simulator.upper)
    return [
        likelihood_intervals(
            problem,
            own,
            replicates=replicates,
            grid=grid,
            rng=stream,
            level=level,
            interchangeable=interchangeable,
            search=search,
        )
        for own, stream in zip(data, streams, strict=True)
    ]
