"""A generated study in which who is treated hangs on what the outcome hangs on too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import expit

from vicinal.data.dataset import Dataset
from vicinal.data.splits import random_state

FloatArray = npt.NDArray[np.float64]

CLASS_NAMES = ("control", "treated")
BATCH = 1024  # people drawn at a time for the trial


def observational_study(
    n_train: int = 600,
    n_test: int = 400,
    covariates: int = 4,
    curvature: float = 1.0,
    strength: float = 1.0,
    confounding: float = 1.0,
    effect: float = 1.0,
    heterogeneity: float = 0.0,
    treated: float = 0.3,
    noise: float = 1.0,
    seed: int = 0,
) -> Dataset:
    """A confounded study of known effect (train), and a randomised trial of the same (test).

    Covariates are independent standard normal. With t the index of `confounding_index`, a person
    is treated with probability 1 / (1 + exp(-(c + strength t))), c such that a share `treated` is,
    and has the outcome confounding t + x_3 / 2 + noise N(0, 1) + [treated] (effect +
    heterogeneity t). So the difference of the groups' mean outcomes is not the effect.

    n_train, n_test : people in the study and the trial. Those of the trial are as the study's
        treated are, and half of them are treated, by lot.
    covariates : at least 3.     curvature : 0 for a linear index, 1 for one without linear part.

    Inputs float64 (N, covariates + 1): the covariates and, last, the *outcome*. Labels int64 (N,):
    control (0), treated (1), as in `lalonde`. Each person's effect is `individual_effects`.
    Raises ValueError for a setting out of its range, and for a study without one of the groups.
    """
    _check(n_train, n_test, covariates, curvature, treated, noise)
    rng = np.random.default_rng(random_state(seed))
    x = rng.normal(size=(n_train, covariates))
    tilt = strength * confounding_index(x, curvature)
    offset = brentq(lambda c: expit(c + tilt).mean() - treated, -100, 100)
    groups = {"train": (rng.random(n_train) < expit(offset + tilt)).astype(np.int64)}
    if not 0 < groups["train"].sum() < n_train:
        raise ValueError(f"n_train: of {n_train} people, none or all are treated; allowed is more")
    points = {
        "train": x,
        "test": _as_the_treated(n_test, covariates, curvature, strength, offset, rng),
    }
    groups["test"] = rng.permutation(np.arange(n_test, dtype=np.int64) % 2)
    inputs = {}
    for split, x in points.items():
        index = confounding_index(x, curvature)
        effects = individual_effects(x, curvature, effect, heterogeneity)
        outcome = confounding * index + x[:, 2] / 2 + noise * rng.normal(size=len(x))
        inputs[split] = np.column_stack((x, outcome + groups[split] * effects))
    return Dataset("classification", inputs, groups, CLASS_NAMES)


def confounding_index(x: FloatArray, curvature: float) -> FloatArray:
    """What both the treatment and the outcome hang on, of (N, d) covariates: mean 0, variance 1.

    sqrt(1 - curvature) (x_1 + x_2) / sqrt(2) + sqrt(curvature) (x_1 x_2 + (x_1^2 - 1) / sqrt(2)) /
    sqrt(2), of standard normal covariates.
    """
    first, second = x[:, 0], x[:, 1]
    linear = (first + second) / np.sqrt(2)
    curved = (first * second + (first**2 - 1) / np.sqrt(2)) / np.sqrt(2)
    index: FloatArray = np.sqrt(1 - curvature) * linear + np.sqrt(curvature) * curved
    return index


def individual_effects(
    x: FloatArray, curvature: float, effect: float, heterogeneity: float
) -> FloatArray:
    """What the treatment adds to each person's outcome, by (N, d) covariates."""
    return effect + heterogeneity * confounding_index(x, curvature)


def _as_the_treated(
    people: int,
    covariates: int,
    curvature: float,
    strength: float,
    offset: float,
    rng: np.random.Generator,
) -> FloatArray:
    """Covariates of people whom the study would treat."""
    kept = np.empty((0, covariates))
    while len(kept) < people:
        x = rng.normal(size=(BATCH, covariates))
        tilt = strength * confounding_index(x, curvature)
        kept = np.concatenate([kept, x[rng.random(BATCH) < expit(offset + tilt)]])
    return kept[:people]


def _check(
    n_train: int, n_test: int, covariates: int, curvature: float, treated: float, noise: float
) -> None:
    for name, value, low, high in (
        ("n_train", n_train, 4, np.inf),
        ("n_test", n_test, 4, np.inf),
        ("covariates", covariates, 3, np.inf),
        ("curvature", curvature, 0, 1),
        ("noise", noise, 0, np.inf),
    ):
        if not low <= value <= high:
            allowed = f"{low} to {high}" if np.isfinite(high) else f"at least {low}"
            raise ValueError(f"{name} is {value}; allowed is {allowed}")
    if not 0.01 <= treated <= 0.99:
        raise ValueError(f"treated is {treated}; allowed is 0.01 to 0.99")
