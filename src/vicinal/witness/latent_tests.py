"""What a witness of codes says of points of the latent plane, and the sigma that serves it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from vicinal.witness.hermite_witness import HermiteWitness

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LatentTest:
    """A witness's verdict on (M,) points.

    classes : the classes that it gives.
    ratio : of |F| to the threshold with factor 1.
    kept : where it is significant by the paper's threshold.
    """

    classes: npt.NDArray[Any]
    ratio: FloatArray
    kept: npt.NDArray[np.bool_]


def verdicts_on(witness: HermiteWitness, *points: FloatArray) -> list[LatentTest]:
    """The verdicts of a fitted witness on several sets of points (M, q), by one test of all."""
    found = witness.test(np.concatenate(points))
    ends = np.cumsum([len(part) for part in points])[:-1]
    parts = zip(
        *(np.split(array, ends) for array in (found.predicted, found.ratio, found.significant)),
        strict=True,
    )
    return [LatentTest(*part) for part in parts]


def most_accurate_sigma(
    make: Callable[[float], HermiteWitness],
    codes: FloatArray,
    labels: npt.ArrayLike,
    sigmas: Sequence[float],
    *,
    seed: int,
) -> float:
    """The sigma whose witness of one half of the codes best names the classes of the other half.

    make : a witness, not fitted, of a sigma.     codes : (N, q).     labels : (N,) classes.
    sigmas : the candidates; of equally good ones the first is taken.
    seed : of the halves, the same for all candidates, each class split evenly.

    The labels decide on sigma, and a test of the same codes is then not exact: its p-values are
    of the chosen sigma as if it had been given.
    """
    own = np.asarray(labels)
    first, second = train_test_split(
        np.arange(len(own)), test_size=0.5, random_state=seed % 2**32, stratify=own
    )
    right = [
        np.mean(make(sigma).fit(codes[first], own[first]).predict(codes[second]) == own[second])
        for sigma in sigmas
    ]
    return float(sigmas[int(np.argmax(right))])
