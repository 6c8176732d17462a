"""Delta-min: the complexity at which gradients matter least, as a bound on the best one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Assumption:
    """Whether an assumption holds on the measured curves, and by how much.

    margin : the least of the differences that should be at least 0; infinite where the curves are
        too short to contradict it.
    """

    holds: bool
    margin: float


@dataclass(frozen=True)
class DeltaMin:
    """The bound of eq. 11 beside the best complexities of measured curves.

    bound : c_UB, where the two curves are nearest. Of equal ones the largest, for a bound should
        not rule out what nothing speaks against.
    best : c*, the best without gradients, of which the assumptions speak.
    best_with : the best with gradients. Of equal ones the smallest, both.
    delta : delta_min, the distance at the bound.
    ruled_out : share of the complexities that lie above the bound: what it saves.
    by_chance : share of the complexities that are at least `best`: how often a complexity picked
        blindly would have been a bound.
    convex : assumption 1, dA/dc does not decrease. In error per complexity.
    helps : assumption 2, up to c* gradients do not make the error larger. In error.
    gains_less : assumption 3, up to c* the slope of the error is at least as large with gradients
        as without. In error per complexity.

    Assumptions 2 and 3 make the bound hold; assumption 1 says no more than that there is one best.
    """

    bound: int
    best: int
    best_with: int
    delta: float
    ruled_out: float
    by_chance: float
    convex: Assumption
    helps: Assumption
    gains_less: Assumption

    @property
    def holds(self) -> bool:
        """Whether the best complexity without gradients is at most the bound."""
        return self.best <= self.bound

    @property
    def holds_with(self) -> bool:
        """Whether the best complexity with gradients is at most the bound."""
        return self.best_with <= self.bound


@dataclass(frozen=True)
class DeltaMinResamples:
    """What the draws leave uncertain: B bootstrap resamples of them.

    bound, best, best_with : (B,) complexities.
    convex, helps, gains_less : (B,) whether each assumption holds.
    """

    bound: IntArray
    best: IntArray
    best_with: IntArray
    convex: BoolArray
    helps: BoolArray
    gains_less: BoolArray

    @property
    def share_held(self) -> float:
        """Share of the resamples in which the best without gradients is at most the bound."""
        return float(np.mean(self.best <= self.bound))

    @property
    def share_held_with(self) -> float:
        """Share of the resamples in which the best with gradients is at most the bound."""
        return float(np.mean(self.best_with <= self.bound))

    def shares(self, complexities: Sequence[int]) -> dict[str, FloatArray]:
        """Share of the resamples with each complexity (C,) as bound, best and best_with."""
        picked = {"bound": self.bound, "best": self.best, "best_with": self.best_with}
        grid = np.asarray(complexities)
        return {name: np.mean(found[:, None] == grid, axis=0) for name, found in picked.items()}


def delta_min(
    complexities: Sequence[int],
    without_gradients: npt.ArrayLike,
    with_gradients: npt.ArrayLike,
    *,
    larger_is_better: bool = False,
) -> DeltaMin:
    """Bound, best complexities and assumptions on accuracies (C,) or, by draw, (D, C).

    complexities : C increasing ones.     larger_is_better : for a correlation, instead of an error.

    Raises ValueError for complexities that do not increase and accuracies of another shape or not
    finite.

    McDonagh and Chen, eq. 11 and section 4.1.
    """
    c, plain, helped = _curves(complexities, without_gradients, with_gradients, larger_is_better)
    plain, helped = plain.mean(axis=0, keepdims=True), helped.mean(axis=0, keepdims=True)
    bound, best, best_with = (int(found[0]) for found in _picked(plain, helped))
    margins = [float(margin[0]) for margin in _margins(c, plain, helped)]
    return DeltaMin(
        int(c[bound]),
        int(c[best]),
        int(c[best_with]),
        float(np.abs(helped - plain).min()),
        float(np.mean(c > c[bound])),
        float(np.mean(c >= c[best])),
        *(Assumption(margin >= 0, margin) for margin in margins),
    )


def resample_delta_min(
    complexities: Sequence[int],
    without_gradients: npt.ArrayLike,
    with_gradients: npt.ArrayLike,
    *,
    resamples: int,
    rng: np.random.Generator,
    larger_is_better: bool = False,
) -> DeltaMinResamples:
    """Bootstrap over the D draws of accuracies (D, C), which stay pairs.

    Raises what `delta_min` raises.
    """
    c, plain, helped = _curves(complexities, without_gradients, with_gradients, larger_is_better)
    draws = len(plain)
    weights = rng.multinomial(draws, np.full(draws, 1 / draws), size=resamples) / draws
    plain, helped = weights @ plain, weights @ helped
    bound, best, best_with = (c[found] for found in _picked(plain, helped))
    convex, helps, gains_less = (margin >= 0 for margin in _margins(c, plain, helped))
    return DeltaMinResamples(bound, best, best_with, convex, helps, gains_less)


def _curves(
    complexities: Sequence[int],
    without_gradients: npt.ArrayLike,
    with_gradients: npt.ArrayLike,
    larger_is_better: bool,
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Checked complexities (C,) and errors (D, C): smaller is better."""
    c = np.asarray(complexities)
    if c.ndim != 1 or not len(c) or (np.diff(c) <= 0).any():
        raise ValueError(f"complexities are {complexities}; needed are increasing ones")
    curves = [
        np.atleast_2d(np.asarray(x, dtype=np.float64)) for x in (without_gradients, with_gradients)
    ]
    shapes = [curve.shape for curve in curves]
    if shapes[0] != shapes[1] or shapes[0][1:] != c.shape or not shapes[0][0]:
        raise ValueError(
            f"accuracies have shapes {shapes[0]} and {shapes[1]}; needed are two of the same "
            f"(draws, {len(c)})"
        )
    for name, curve in zip(("without", "with"), curves, strict=True):
        bad = np.argwhere(~np.isfinite(curve))
        if len(bad):
            draw, column = bad[0]
            raise ValueError(
                f"the accuracy {name} gradients of draw {draw} at complexity {c[column]} is "
                f"{curve[draw, column]}; finite numbers are needed"
            )
    plain, helped = (-curve if larger_is_better else curve for curve in curves)
    return c, plain, helped


def _picked(plain: FloatArray, helped: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Indices (B,) of the bound and of the best without and with gradients, of (B, C) errors."""
    distance = np.abs(helped - plain)
    last = distance.shape[1] - 1 - distance[:, ::-1].argmin(axis=1)
    return last, plain.argmin(axis=1), helped.argmin(axis=1)


def _margins(c: IntArray, plain: FloatArray, helped: FloatArray) -> list[FloatArray]:
    """Margins (B,) of the three assumptions, of (B, C) errors."""
    best = plain.argmin(axis=1)[:, None]
    slopes, helped_slopes = (np.diff(curve) / np.diff(c) for curve in (plain, helped))
    below = np.arange(len(c)) <= best
    return [
        np.diff(slopes).min(axis=1, initial=np.inf),
        np.where(below, plain - helped, np.inf).min(axis=1),
        np.where(below[:, 1:], helped_slopes - slopes, np.inf).min(axis=1, initial=np.inf),
    ]
