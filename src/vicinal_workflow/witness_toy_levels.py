"""How often a point is significant where there is no difference, by rule."""

from __future__ import annotations

import math


def attainable_level(level: float, permutations: int) -> float:
    """Probability that a p-value of so many permutations is at most `level`, without any effect."""
    # 0.05 * 100 is 5 and a rounding error.
    return math.floor(level * (permutations + 1) + 1e-9) / (permutations + 1)


def levels_of_rules(level: float, permutations: int, factor: float) -> dict[str, float]:
    """Of p-values, and of the paper's threshold, whose level is known with a factor of 1 only."""
    of_threshold = {"threshold": 1 / (permutations + 1)} if factor == 1 else {}
    return of_threshold | {"level": attainable_level(level, permutations)}
