"""Learning rates along a run: constant, falling along a cosine, or cyclical (algorithm 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

Shape = Literal["constant", "cosine", "cyclical"]


@dataclass(frozen=True)
class Rate:
    """The learning rate of each step.

    shape : `constant` is `upper`, whatever `lower` is; `cosine` falls from `upper` to `lower` over
        all steps; `cyclical` falls linearly from `upper` to `lower` in each cycle, then begins anew
        (Izmailov et al. 2018, section 3.2, whose alpha_1 and alpha_2 are the paper's gamma_1 and
        gamma_2).
    cycle : steps of a cycle.

    Raises ValueError for an unknown shape, lower > upper, rates that are negative or not finite,
    upper = 0, and a cycle below 1.
    """

    shape: Shape
    upper: float
    lower: float = 0.0
    cycle: int = 1

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise ValueError(f"shape is {self.shape!r}; allowed are {', '.join(get_args(Shape))}")
        lower = 0.0 if self.shape == "constant" else self.lower
        if not (0 <= lower <= self.upper < math.inf and self.upper > 0):
            raise ValueError(
                f"rates from {self.upper} to {self.lower}; needed is upper > 0, upper >= lower >= 0"
            )
        check_cycle(self.cycle)

    def at(self, step: int, steps: int) -> float:
        """The rate of a step, counted from 0, of `steps` in all."""
        if self.shape == "constant":
            return self.upper
        if self.shape == "cosine":
            done = (1 - math.cos(math.pi * step / steps)) / 2
        else:
            done = (step % self.cycle + 1) / self.cycle
        return (1 - done) * self.upper + done * self.lower


def check_cycle(cycle: int) -> None:
    """Raise ValueError for a cycle that is no whole number of steps from 1."""
    if isinstance(cycle, bool) or not isinstance(cycle, int) or cycle < 1:
        raise ValueError(f"cycle is {cycle!r}; it must be a whole number of steps, at least 1")
