"""How often witness functions find where a circle and an ellipse differ, and where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from vicinal.witness.hermite_witness import HermiteWitness
from vicinal.witness.permutation_test import WitnessTest
from vicinal.witness.toy import (
    ToySetting,
    density_difference,
    draw_ring,
    draw_sets,
    largest_difference,
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# How a point is called significant: by the paper's threshold, or by its own p-value.
RULES = ("threshold", "level")


@dataclass(frozen=True)
class Method:
    """A kernel and its unit of length; n is of the Hermite kernel alone."""

    kernel: Literal["hermite", "gaussian"]
    n: int
    sigma: float


@dataclass(frozen=True)
class Procedure:
    """How significance is tested: see `HermiteWitness`."""

    permutations: int
    threshold_factor: float
    level: float


@dataclass(frozen=True)
class Regions:
    """Which points count, by their share of the largest difference of the densities.

    different : at least this share: the densities differ.
    equal : at most this share: they do not, to speak of.
    """

    different: float
    equal: float


@dataclass(frozen=True)
class Rates:
    """What a rule makes of the points of one draw.

    detection : share of the points of different density that are significant with the right sign;
        NaN where there are none.
    false_positives : share of the points of equal density that are significant.
    wrong_sign : share of all points that are significant with the wrong sign, wherever the
        densities differ at all; NaN where they are the same.
    false_discoveries : of the significant points of either kind, the share that is of equal
        density or has the wrong sign; 0 where none is significant.
    """

    detection: float
    false_positives: float
    wrong_sign: float
    false_discoveries: float


def witness_test(
    method: Method,
    procedure: Procedure,
    sample: tuple[FloatArray, npt.NDArray[np.int64]],
    points: FloatArray,
    seed: int,
) -> WitnessTest:
    """The permutation test of one sample at (M, 2) points; equal seeds permute labels alike."""
    witness = HermiteWitness(
        n=method.n,
        sigma=method.sigma,
        center="none",
        n_permutations=procedure.permutations,
        threshold_factor=procedure.threshold_factor,
        level=procedure.level,
        kernel=method.kernel,
        random_state=seed,
    )
    return witness.fit(*sample).test(points)


def significant_by(test: WitnessTest) -> dict[str, BoolArray]:
    """Rule -> (M,) whether a point is significant."""
    return dict(zip(RULES, (test.significant, test.significant_at_level), strict=True))


def rates_of(
    statistic: FloatArray,
    significant: BoolArray,
    truth: FloatArray,
    largest: float,
    regions: Regions,
) -> Rates:
    """Rates of (M,) points.

    statistic : its sign says which density is taken for the larger one.
    truth : the true difference of the densities; largest : its largest absolute value anywhere.
    """
    size = np.abs(truth)
    different = (size >= regions.different * largest) & (size > 0)
    equal = size <= regions.equal * largest
    right = significant & (np.sign(statistic) == np.sign(truth))
    wrong = significant & ~right & (truth != 0)
    false = significant & (equal | (different & ~right))
    found = false.sum() + (right & different).sum()
    return Rates(
        float(right[different].mean()) if different.any() else float("nan"),
        float(significant[equal].mean()) if equal.any() else float("nan"),
        float(wrong[truth != 0].mean()) if truth.any() else float("nan"),
        float(false.sum() / found) if found else 0.0,
    )


def compare_methods(
    setting: ToySetting,
    methods: Mapping[str, Method],
    procedure: Procedure,
    regions: Regions,
    *,
    draws: int,
    points: int,
    rng: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Rates of every draw, method and rule: draw, method, rule, and the fields of `Rates`.

    All methods of a draw have samples, points and permutations in common. A draw's depend on its
    number alone: further draws leave them as they are.
    """
    largest = largest_difference(setting)
    for draw, own in enumerate(rng.spawn(draws)):
        sample, at = draw_sets(setting, own), draw_ring(setting, points, own)
        truth = density_difference(setting, at)
        seed = int(own.integers(2**31))
        for name, method in methods.items():
            test = witness_test(method, procedure, sample, at, seed)
            for rule, significant in significant_by(test).items():
                rates = rates_of(test.statistic, significant, truth, largest, regions)
                yield {"draw": draw, "method": name, "rule": rule, **vars(rates)}


def picture(
    setting: ToySetting,
    methods: Mapping[str, Method],
    procedure: Procedure,
    *,
    points: int,
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[Any]]:
    """One draw as figure 1 shows it.

    Returns `samples` (2 N, 2), `labels` (2 N,), `points` (M, 2), and by method (M,) int8: 1 where
    the ellipse's density is significantly the larger by the paper's threshold, -1 where the
    circle's is, else 0.
    """
    sample, at = draw_sets(setting, rng), draw_ring(setting, points, rng)
    seed = int(rng.integers(2**31))
    found: dict[str, npt.NDArray[Any]] = {"samples": sample[0], "labels": sample[1], "points": at}
    for name, method in methods.items():
        test = witness_test(method, procedure, sample, at, seed)
        found[name] = np.where(test.significant, np.sign(test.statistic), 0).astype(np.int8)
    return found


def null_p_values(
    setting: ToySetting,
    methods: Mapping[str, Method],
    procedure: Procedure,
    *,
    draws: int,
    points: npt.ArrayLike,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """p-values (draws, M) at fixed points, by method, where both sets are a circle's.

    Draws are independent, points of a draw are not. `setting.difference` is taken as 0.
    """
    null = ToySetting(0.0, setting.noise, setting.samples, setting.inner, setting.outer)
    at = np.asarray(points, dtype=np.float64)
    found: dict[str, list[FloatArray]] = {name: [] for name in methods}
    for own in rng.spawn(draws):
        sample, seed = draw_sets(null, own), int(own.integers(2**31))
        for name, method in methods.items():
            found[name].append(witness_test(method, procedure, sample, at, seed).p_values)
    return {name: np.stack(values) for name, values in found.items()}
