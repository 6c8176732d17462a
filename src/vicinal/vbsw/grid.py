"""VBSW for every pair of k and m of a grid: weights from one search, heads trained together."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vicinal.metrics import LARGER_IS_BETTER, evaluate
from vicinal.training.heads import Heads, HeadSettings, train_heads
from vicinal.vbsw.grid_scores import GridScores
from vicinal.vbsw.local_variance import (
    Centre,
    FloatArray,
    LabelKind,
    Rescale,
    check_largest_weight,
    local_variances,
    relative_variance,
)

# What the heads of a block may take: a processor's cache, or a part of an accelerator's memory.
CPU_BLOCK_BYTES, ACCELERATOR_BLOCK_BYTES = 2**24, 2**31


def grid_weights(
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    ks: Sequence[int],
    ms: Sequence[float],
    *,
    rescale: Rescale = "max",
    ddof: int = 1,
    centre: Centre = "mean",
    labels: LabelKind = "auto",
) -> FloatArray:
    """Weights between 1 and m of every sample, for every pair of k and m.

    X : (N, d) samples.     y : their labels.     ks, ms : K numbers of neighbours, M largest
    weights. The others are those of `local_variance` and `rescale_weights`.

    Returns (K, M, N) float64, from one search for neighbours. Where the local variances of some k
    do not differ, its weights are 1, with the warning of `rescale_weights`.
    Raises ValueError as these two do, and where there is no k or no m.
    """
    if not len(ms):
        raise ValueError("ms is empty; at least one largest weight is needed")
    for m in ms:
        check_largest_weight(m)
    variances = local_variances(X, y, ks, ddof=ddof, centre=centre, labels=labels)
    relative = np.stack([relative_variance(variance, rescale) for variance in variances])
    above = np.asarray(ms, dtype=np.float64)[:, None] - 1
    weights: FloatArray = 1 + above * relative[:, None, :]
    return weights


@dataclass(frozen=True)
class Grid:
    """Heads for every pair of k and m, and for uniform weights, from the same seeds.

    heads : leading axes (S, K * M + 1): the pairs, k by k, and uniform weights at the end.
    """

    ks: Sequence[int]
    ms: Sequence[float]
    heads: Heads

    def scores(
        self,
        metric: str,
        test: tuple[npt.ArrayLike, npt.NDArray[Any]],
        validation: tuple[npt.ArrayLike, npt.NDArray[Any]] | None = None,
    ) -> GridScores:
        """A metric of `vicinal.metrics` on splits of features (N, d) and labels (N,)."""
        cells, uniform = self._evaluate(metric, *test)
        held_out = (None, None) if validation is None else self._evaluate(metric, *validation)
        return GridScores(
            self.ks, self.ms, cells, held_out[0], uniform, held_out[1], LARGER_IS_BETTER[metric]
        )

    def _evaluate(
        self, metric: str, features: npt.ArrayLike, labels: npt.NDArray[Any]
    ) -> tuple[FloatArray, FloatArray]:
        """The metric (K, M, S) of the pairs, and (S,) of the uniform weights."""
        outputs = (heads.predict(features) for heads in _split(self.heads, len(self.ms)))
        scores = np.concatenate([evaluate(block, labels, metric) for block in outputs], axis=1).T
        return scores[:-1].reshape(len(self.ks), len(self.ms), -1), scores[-1]


def train_grid(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    ks: Sequence[int],
    ms: Sequence[float],
    seeds: Sequence[int],
    settings: HeadSettings,
    *,
    rescale: Rescale = "max",
    ddof: int = 1,
    centre: Centre = "mean",
    kind: LabelKind = "auto",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    block_bytes: int | None = None,
    on_epoch: Callable[[int, int], None] | None = None,
) -> Grid:
    """Train heads for every pair of k and m, and for uniform weights, from each seed.

    features : (N, d).     labels : (N,) classes or values.
    ks, ms, rescale, ddof, centre, kind : see `grid_weights`, whose `labels` is `kind` here.
    seeds, settings, dtype : see `train_heads`. A seed's heads share initial parameters and batches.
    block_bytes : bound on what the heads trained at the same time take; None is 16 MiB on a CPU,
        near the size of its cache, and 2 GiB elsewhere. Blocks change results by rounding only.
    on_epoch : called with the finished epochs and their total, over all blocks.

    Raises as `grid_weights` and `train_heads` do.

    Novello et al., appendix C, figure 6. The uniform weights are this project's.
    """
    if not len(seeds):
        raise ValueError("seeds is empty; at least one is needed")
    size = len(np.asarray(features))
    weights = grid_weights(
        features, labels, ks, ms, rescale=rescale, ddof=ddof, centre=centre, labels=kind
    )
    weights = np.concatenate([weights.reshape(-1, size), np.ones((1, size))])
    cell_bytes = _bytes_of_a_cell(np.asarray(labels), len(seeds), settings, dtype)
    together = max(1, (block_bytes or _usual_block_bytes(device)) // cell_bytes)
    starts = range(0, len(weights), together)
    total = len(starts) * settings.epochs

    def report(block: int, epoch: int) -> None:
        if on_epoch is not None:
            on_epoch(block * settings.epochs + epoch, total)

    blocks = [
        train_heads(
            features,
            labels,
            weights[start : start + together],
            seeds,
            settings,
            device=device,
            dtype=dtype,
            on_epoch=functools.partial(report, block),
        )
        for block, start in enumerate(starts)
    ]
    return Grid(ks, ms, _join(blocks))


def _usual_block_bytes(device: torch.device | str) -> int:
    on_cpu = torch.device(device).type == "cpu"
    return CPU_BLOCK_BYTES if on_cpu else ACCELERATOR_BLOCK_BYTES


def _bytes_of_a_cell(
    labels: npt.NDArray[Any], seeds: int, settings: HeadSettings, dtype: torch.dtype
) -> int:
    """About what training on one weighting of the samples takes, from all seeds.

    That is the weights and, for each seed and sample of a batch, the weight, and the values and
    gradients of every layer's units, each in two orders of axes.
    """
    batch = min(settings.batch_size or len(labels), len(labels))
    several = settings.loss == "cross_entropy"
    outputs = len(np.unique(labels)) if several else labels[:1].size
    units = sum(settings.hidden) + outputs
    return (len(labels) + seeds * batch * (4 * units + 1)) * dtype.itemsize


def _split(heads: Heads, members: int) -> list[Heads]:
    """Heads of at most so many members each, in order."""
    parts = zip(
        zip(*(weight.split(members, dim=1) for weight in heads.weights), strict=True),
        zip(*(bias.split(members, dim=1) for bias in heads.biases), strict=True),
        strict=True,
    )
    return [
        Heads(list(weights), list(biases), heads.activation, heads.sigmoid)
        for weights, biases in parts
    ]


def _join(blocks: Sequence[Heads]) -> Heads:
    """Heads with the members of all blocks, in order."""
    return Heads(
        [torch.cat(layer, dim=1) for layer in zip(*(b.weights for b in blocks), strict=True)],
        [torch.cat(layer, dim=1) for layer in zip(*(b.biases for b in blocks), strict=True)],
        blocks[0].activation,
        blocks[0].sigmoid,
    )
