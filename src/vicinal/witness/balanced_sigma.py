"""A witness's unit of length by how alike it makes treated and controls: outcomes have no say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from sklearn.preprocessing import PolynomialFeatures

from vicinal.witness.bias_score import cut_into_folds, with_nearest_scores
from vicinal.witness.kernel import common_log_factor
from vicinal.witness.kernel_sums import Kernel, KernelSums, cheaper_path
from vicinal.witness.label_columns import ClassColumns
from vicinal.witness.treatment_effects import imbalance, match

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KernelName = Literal["hermite", "gaussian"]


def balanced_sigma(
    covariates: FloatArray,
    treatment: IntArray,
    *,
    kernel: KernelName,
    n: int,
    sigmas: Sequence[float],
    folds: int = 5,
    neighbours: int = 1,
    seed: int = 0,
) -> float:
    """The sigma whose matches are most like the treated.

    covariates : (N, d) standardised.     treatment : (N,) 0 or 1.     n : of the Hermite kernel.
    folds, seed : as of `witness_score`, whose shares these are.     neighbours : controls matched
        with each treated.

    Least is the mean absolute standardised difference, between the treated and their matches on
    the score, of covariates, their squares and products of two: means alone say nothing of
    spreads. One candidate is taken as it is.
    """
    if len(sigmas) == 1:
        return float(sigmas[0])
    everything = PolynomialFeatures(2, include_bias=False).fit_transform(covariates)
    left = []
    for sigma in sigmas:
        shares = fold_shares(
            *(covariates, treatment), kernel=kernel, n=n, sigma=sigma, folds=folds, seed=seed
        )
        scores = with_nearest_scores(covariates, shares, float(treatment.mean()))
        left.append(_imbalance_left(everything, treatment, scores, neighbours))
    return float(sigmas[int(np.argmin(left))])


def fold_shares(
    covariates: FloatArray,
    treatment: IntArray,
    *,
    kernel: KernelName,
    n: int,
    sigma: float,
    folds: int = 5,
    seed: int = 0,
    block_bytes: int = 2**26,
) -> FloatArray:
    """Share of treated around each of N people among the other folds, (N,); NaN where f <= 0.

    The shares of `witness_score` without its test: the kernel's sum over treated by that over all.
    """
    points = torch.as_tensor(covariates / sigma)
    factor = common_log_factor(points.shape[1], n) if kernel == "hermite" else 0.0
    function, rng = Kernel(kernel, n, factor), np.random.default_rng(seed)
    share = np.full(len(points), np.nan)
    for fold in cut_into_folds(treatment, folds, seed):
        rest = np.setdiff1d(np.arange(len(points)), fold)
        # Of the first class, controls, and of everybody.
        columns = ClassColumns(treatment[rest], 0, rng, points.device)
        path = cheaper_path(function, points.shape[1], len(rest), len(fold), 2)
        sums = KernelSums(function, points[rest], path, block_bytes)
        for rows, _, found in sums.of(points[fold], columns, 1):
            controls, everybody = found.numpy().T
            none = np.full(len(controls), np.nan)
            share[fold[rows]] = np.divide(
                everybody - controls, everybody, out=none, where=everybody > 0
            )
    return share


def _imbalance_left(
    table: FloatArray, treatment: IntArray, scores: FloatArray, neighbours: int
) -> float:
    """Mean absolute standardised difference of the columns after matching on the scores."""
    controls = treatment == 0
    matching = match(scores[~controls], scores[controls], min(neighbours, int(controls.sum())))
    weights = np.ones(len(scores))
    weights[controls] = matching.weights
    apart = np.abs(imbalance(table, treatment, weights))
    # Columns that are constant in both groups and differ do so whatever the matches.
    return float(apart[np.isfinite(apart)].mean()) if np.isfinite(apart).any() else 0.0
