"""Which documents lie where their class dominates, by witness functions of different kernels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score

from vicinal.statistics import mean_of_chosen
from vicinal.witness.bandwidth import median_nearest_distance, tune_sigma
from vicinal.witness.hermite_witness import HermiteWitness, Sigma
from vicinal.witness.kernel_sums import Kernel
from vicinal.witness.permutation_test import WitnessTest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
KernelName = Literal["hermite", "gaussian"]
# Share of the documents that units of length are chosen on, and witnesses then leave out.
TUNING_FRACTION = 0.3
_BLOCK_BYTES = 2**26


@dataclass(frozen=True)
class WitnessSettings:
    """Of the witness functions: see `HermiteWitness`. sigma is the Hermite kernel's."""

    n: int = 8
    sigma: Sigma = "tuned"
    n_permutations: int = 200
    threshold_factor: float = 1.0


@dataclass(frozen=True)
class WitnessVariants:
    """The kernels that are compared, each with its sigma, and the documents they are made of.

    sample : places of the documents (of N) that witnesses are made of.
    kernels : name -> kernel and sigma. `hermite`; `gaussian_equal`, the Gaussian kernel at the
        same sigma; `gaussian_own`, at the sigma that is best for it by the rule of "tuned".
    """

    sample: IntArray
    kernels: dict[str, tuple[KernelName, float]]


def choose_variants(
    points: FloatArray, labels: IntArray, settings: WitnessSettings, seed: int
) -> WitnessVariants:
    """Set documents aside, and choose the kernels' units of length on them.

    points : (N, q).     labels : (N,) classes.
    The same documents are set aside for all kernels, whether or not they need them, so that all
    witnesses are made of the same ones. Raises ValueError as `tune_sigma` does.
    """
    centred, rng = torch.as_tensor(points - points.mean(axis=0)), np.random.default_rng(seed)
    gaussian = Kernel("gaussian", settings.n)
    sample, own = tune_sigma(centred, labels, gaussian, TUNING_FRACTION, True, rng, _BLOCK_BYTES)
    if settings.sigma == "tuned":
        # The same seed sets the same documents aside.
        witness = HermiteWitness(
            *(settings.n, "tuned"),
            n_permutations=1,
            labels="classes",
            tuning_fraction=TUNING_FRACTION,
            random_state=seed,
        )
        sigma = witness.fit(points, labels).sigma_
    elif settings.sigma == "median_nn":
        sigma = median_nearest_distance(points[sample])
    else:
        sigma = float(settings.sigma)
    kernels: dict[str, tuple[KernelName, float]] = {
        "hermite": ("hermite", sigma),
        "gaussian_equal": ("gaussian", sigma),
        "gaussian_own": ("gaussian", own),
    }
    return WitnessVariants(sample, kernels)


def apply_variants(
    variants: WitnessVariants,
    points: FloatArray,
    groups: IntArray,
    tested: FloatArray,
    settings: WitnessSettings,
    seed: int,
) -> dict[str, WitnessTest]:
    """The test of each variant at points (M, q), with the groups (N,) of the points (N, q).

    Documents alone in their group among the sample are left out of it: nothing can be said of
    their groups. Permutations are the same for all variants.
    """
    sizes = np.bincount(groups[variants.sample])
    sample = variants.sample[sizes[groups[variants.sample]] > 1]
    found = {}
    for name, (kernel, sigma) in variants.kernels.items():
        witness = HermiteWitness(
            settings.n,
            sigma,
            n_permutations=settings.n_permutations,
            threshold_factor=settings.threshold_factor,
            labels="classes",
            kernel=kernel,
            random_state=seed,
        ).fit(points[sample], groups[sample])
        found[name] = witness.test(tested)
    return found


def significance_scores(
    test: WitnessTest, labels: IntArray, outliers: BoolArray | None
) -> dict[str, float]:
    """How well a test at documents (M,) tells which of them to trust.

    labels : (M,) their classes.     outliers : (M,) those of no class, whose labels mean nothing;
        None where it is not known which they are.

    Of the regular documents: the share that is `significant`; the `accuracy` of the predicted
    class, over all, over the significant ones, and over the `others`; `auroc_wrong`, the
    probability that F / T (the test's `ratio`) is larger at a document with the right class than
    at one with a wrong one. Of the outliers, where they are known: the share
    `outliers_significant`, and `auroc_outliers`, of regular documents against outliers. NaN where
    there are none to measure on.
    """
    regular = np.ones(len(labels), dtype=bool) if outliers is None else ~outliers
    right, kept = test.predicted == labels, test.significant
    ratio = test.ratio
    scores = {
        "significant": mean_of_chosen(kept, regular),
        "accuracy": mean_of_chosen(right, regular),
        "accuracy_significant": mean_of_chosen(right, regular & kept),
        "accuracy_others": mean_of_chosen(right, regular & ~kept),
        "auroc_wrong": _auroc(ratio[regular], right[regular]),
    }
    if outliers is not None:
        scores["outliers_significant"] = mean_of_chosen(kept, outliers)
        scores["auroc_outliers"] = _auroc(ratio, regular)
    return scores


def _auroc(score: FloatArray, positive: BoolArray) -> float:
    if positive.all() or not positive.any():
        return float("nan")
    return float(roc_auc_score(positive, score))
