"""Densities that are known at every point, to measure errors of estimated ones by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Of the two normal densities: their centres are +-_SHIFT (on the first axis), in units of sigma.
_SHIFT, _WIDTH = 1.2, 0.6
_TENT = 2.0  # half the width of the tent


@dataclass(frozen=True)
class KnownDensity:
    """A density on R^q that is known at every point.

    smoothness : gamma, the order of its derivatives that exist; None where all of them do.
    draw : (N, rng) -> (N, q).     value : (M, q) -> (M,).
    grid : (M, q) points that errors are the largest over.
    """

    q: int
    smoothness: int | None
    draw: Callable[[int, np.random.Generator], FloatArray]
    value: Callable[[FloatArray], FloatArray]
    grid: FloatArray


def known_density(name: str) -> KnownDensity:
    """One of `DENSITIES`; ValueError for another name."""
    if name not in DENSITIES:
        raise ValueError(f"density {name!r} is not known; known are {', '.join(DENSITIES)}")
    return DENSITIES[name]()


def _two_normals(q: int, points: int) -> KnownDensity:
    """Half of each of two normal densities, which have all derivatives."""
    shift = np.zeros(q)
    shift[0] = _SHIFT

    def draw(count: int, rng: np.random.Generator) -> FloatArray:
        signs = rng.choice([-1.0, 1.0], count)
        return signs[:, None] * shift + _WIDTH * rng.standard_normal((count, q))

    def value(points: FloatArray) -> FloatArray:
        norm = 2 * (2 * np.pi * _WIDTH**2) ** (q / 2)
        squares = [np.square(points - s * shift).sum(1) for s in (-1, 1)]
        found: FloatArray = sum(np.exp(-own / (2 * _WIDTH**2)) for own in squares) / norm
        return found

    return KnownDensity(q, None, draw, value, _grid(q, points))


def _tent() -> KnownDensity:
    """max(0, 1 - |x| / 2) / 2, which has kinks: one derivative, that is bounded."""

    def draw(count: int, rng: np.random.Generator) -> FloatArray:
        return rng.triangular(-_TENT, 0, _TENT, (count, 1))

    def value(points: FloatArray) -> FloatArray:
        return np.maximum(0, 1 - np.abs(points[:, 0]) / _TENT) / _TENT

    return KnownDensity(1, 1, draw, value, _grid(1, 241))


def _grid(q: int, points: int) -> FloatArray:
    return np.array(list(product(np.linspace(-3, 3, points), repeat=q)))


DENSITIES: dict[str, Callable[[], KnownDensity]] = {
    "two_normals_1d": lambda: _two_normals(1, 241),
    "two_normals_2d": lambda: _two_normals(2, 31),
    "tent_1d": _tent,
}
