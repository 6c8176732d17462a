"""Many small minimisations side by side, whose function values are computed together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeResult, minimize

FloatArray = npt.NDArray[np.float64]
# Points (k, p) and their numbers (k,) among all: values (k,) and gradients (k, p) there.
Objective = Callable[[FloatArray, npt.NDArray[np.int64]], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Minima:
    """K minimisations: the points (K, p) where they ended, the values (K,), the iterations (K,).

    converged : (K,) whether each ended by its own tolerances, not for want of iterations or of a
        descent.
    """

    points: FloatArray
    values: FloatArray
    iterations: npt.NDArray[np.int64]
    converged: npt.NDArray[np.bool_]


def minimise_together(
    objective: Objective,
    starts: FloatArray,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    together: int = 256,
    **options: Any,
) -> Minima:
    """Minimise K functions, each from its own start (K, p), by L-BFGS-B with bounds.

    objective : called with the points that all unfinished minimisations ask for next.
    lower, upper : (p,) or (K, p); equal ones hold an input fixed.
    together : how many minimisations run side by side.
    options : of SciPy's L-BFGS-B (`maxiter`, `ftol`, `gtol`, ...).

    Each is SciPy's own, in a thread that waits for its values; they differ from one run alone by
    no more than the objective's rounding does. Raises what the objective raises.
    """
    lower, upper = (np.broadcast_to(bound, starts.shape) for bound in (lower, upper))
    found: list[OptimizeResult] = []
    for begin in range(0, len(starts), together):
        numbers = np.arange(begin, min(begin + together, len(starts)))
        found += _Lockstep(objective, numbers, options).run(starts, lower, upper)
    return Minima(
        np.array([result.x for result in found]),
        np.array([float(result.fun) for result in found]),
        np.array([result.get("nit", 0) for result in found]),  # none where all is held fixed
        np.array([result.success for result in found]),
    )


class _Stopped(Exception):
    """The minimisation is given up, for the objective failed."""


class _Lockstep:
    """Minimisations in threads: no values are computed before all that still run wait for one."""

    def __init__(
        self, objective: Objective, numbers: npt.NDArray[np.int64], options: dict[str, Any]
    ) -> None:
        self.objective, self.numbers, self.options = objective, numbers, options
        self.asked: SimpleQueue[tuple[int, FloatArray | None]] = SimpleQueue()
        self.answers: list[SimpleQueue[tuple[float, FloatArray] | None]] = [
            SimpleQueue() for _ in numbers
        ]
        self.results: list[OptimizeResult | BaseException | None] = [None] * len(numbers)

    def run(self, starts: FloatArray, lower: FloatArray, upper: FloatArray) -> list[OptimizeResult]:
        """The results, in order."""
        threads = [
            threading.Thread(
                target=self._minimise, args=(place, starts[i], lower[i], upper[i]), daemon=True
            )
            for place, i in enumerate(self.numbers)
        ]
        for thread in threads:
            thread.start()
        try:
            self._serve(set(range(len(threads))))
        finally:
            for answer in self.answers:  # those that still wait, if the objective failed
                answer.put(None)
            for thread in threads:
                thread.join()
        for result in self.results:
            if isinstance(result, BaseException):
                raise result
        return [result for result in self.results if isinstance(result, OptimizeResult)]

    def _serve(self, running: set[int]) -> None:
        """Answer all that run at once, until none does."""
        waiting: dict[int, FloatArray] = {}
        while running:
            place, point = self.asked.get()
            if point is None:
                running.discard(place)
            else:
                waiting[place] = point
            if running and len(waiting) == len(running):
                places = sorted(waiting)  # not by arrival: sums may round by their order
                points = np.array([waiting[place] for place in places])
                values, gradients = self.objective(points, self.numbers[places])
                for place, value, gradient in zip(places, values, gradients, strict=True):
                    self.answers[place].put((float(value), gradient))
                waiting = {}

    def _minimise(
        self, place: int, start: FloatArray, lower: FloatArray, upper: FloatArray
    ) -> None:
        def ask(point: FloatArray) -> tuple[float, FloatArray]:
            self.asked.put((place, point.copy()))
            answer = self.answers[place].get()
            if answer is None:
                raise _Stopped
            return answer

        try:
            bounds = list(zip(lower, upper, strict=True))
            self.results[place] = minimize(
                ask, start, jac=True, method="L-BFGS-B", bounds=bounds, options=self.options
            )
        except _Stopped:
            pass
        except BaseException as error:  # raised again where the results are asked for
            self.results[place] = error
        finally:
            self.asked.put((place, None))
