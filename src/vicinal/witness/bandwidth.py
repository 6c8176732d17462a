"""The unit of length of a witness function, from samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.neighbours import nearest_neighbours
from vicinal.witness.kernel_sums import Kernel, KernelSums, cheaper_path
from vicinal.witness.label_columns import ClassColumns, Columns, ValueColumns

FloatArray = npt.NDArray[np.float64]
# Candidates for sigma, evenly spaced on a logarithmic scale.
CANDIDATES = 16


def median_nearest_distance(points: FloatArray) -> float:
    """Median over the samples (N, q) of the distance to the nearest other (section 5.3).

    Raises ValueError where it is 0: half of the samples are duplicates.
    """
    nearest = nearest_neighbours(points, 2)[:, 1]
    found = float(np.median(np.linalg.norm(points - points[nearest], axis=1)))
    if found == 0:
        raise ValueError(
            "the median distance to the nearest neighbour is 0, half of the samples or more are "
            "duplicates: give sigma as a number"
        )
    return found


def tune_sigma(
    points: Tensor,
    labels: npt.NDArray[Any],
    kernel: Kernel,
    fraction: float,
    classes: bool,
    rng: np.random.Generator,
    block_bytes: int,
) -> tuple[npt.NDArray[np.int64], float]:
    """Samples that are left for the test, and the sigma at which other ones tell labels apart best.

    points : (N, q) less their center.     labels : (N,) class numbers or values.
    fraction : share of the samples, of each class, that is set aside. One half of them makes
        witnesses, the other half scores them: by the difference of F_k's mean over class k from
        that over the rest in standard errors (Welch's t), the mean over classes; with values, by
        their correlation with F. The best of 16 sigmas wins, from half the
        median nearest distance to the one that brings every sample well within the kernel's reach.

    Raises ValueError where a class has too few samples to be split, or there are too few in all.
    """
    aside, rest = _split(labels if classes else np.zeros(len(labels), int), fraction, rng)
    first, second = _split(labels[aside] if classes else np.zeros(len(aside), int), 0.5, rng)
    made, scored = aside[first], aside[second]
    if classes and (min(np.bincount(labels[part]).min() for part in (made, scored, rest)) < 2):
        raise ValueError("a class has too few samples for sigma: tuned; give sigma as a number")
    if min(len(made), len(scored), len(rest)) < 2:
        raise ValueError(
            f"{len(labels)} samples are too few for sigma: tuned; give sigma as a number"
        )
    low = median_nearest_distance(points[torch.as_tensor(made)].cpu().numpy()) / 2
    # The kernel reaches sqrt(2) n; the Gaussian one everywhere.
    reach = math.sqrt(2) * kernel.n / 2 if kernel.name == "hermite" else 1.0
    high = max(4 * low, float(points.norm(dim=1).max()) / reach)
    candidates = np.geomspace(low, high, CANDIDATES)
    columns: Columns = (ClassColumns if classes else ValueColumns)(
        labels[made], 0, rng, points.device
    )
    path = cheaper_path(kernel, points.shape[1], len(made), len(scored), columns.width + 1)
    scores = []
    for sigma in candidates:
        sums = KernelSums(kernel, points[torch.as_tensor(made)] / sigma, path, block_bytes)
        at = points[torch.as_tensor(scored)] / sigma
        parts = [columns.witness(part)[:, 0] for _, _, part in sums.of(at, columns, 1)]
        scores.append(_separation(torch.cat(parts).cpu().numpy(), labels[scored], classes))
    return rest, float(candidates[int(np.argmax(scores))])


def _split(
    groups: npt.NDArray[Any], fraction: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Indices of a share of each group, and of the rest, both ascending."""
    chosen = np.zeros(len(groups), dtype=bool)
    for group in np.unique(groups):
        own = rng.permutation(np.flatnonzero(groups == group))
        chosen[own[: round(fraction * len(own))]] = True
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def _separation(witness: FloatArray, labels: npt.NDArray[Any], classes: bool) -> float:
    """How well F, (M, K), tells held-out labels apart, in standard errors; 0 for a constant."""
    if not classes:
        f, y = witness[:, 1] - witness[:, 1].mean(), labels - labels.mean()
        spread = math.sqrt(float((f**2).sum() * (y**2).sum()))
        return float((f * y).sum() / spread) if spread > 0 else 0.0
    found = []
    for k, own in enumerate(witness.T):
        inside, rest = own[labels == k], own[labels != k]
        error = inside.var(ddof=1) / len(inside) + rest.var(ddof=1) / len(rest)
        found.append((inside.mean() - rest.mean()) / math.sqrt(error) if error > 0 else 0.0)
    return float(np.mean(found))
