"""Retraining the head with VBSW's weights, and with the two controls that the paper lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from vicinal.training.heads import Heads, HeadSettings, train_heads


def retrain_heads(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    weights: npt.ArrayLike,
    seeds: Sequence[int],
    settings: HeadSettings,
    *,
    others: Mapping[str, npt.ArrayLike] | None = None,
    device: torch.device | str = "cpu",
    on_epoch: Callable[[int], None] | None = None,
) -> Heads:
    """Train heads with VBSW weights, uniform weights and shuffled VBSW weights, from each seed.

    features : (N, d).      labels : (N,) classes or values.      weights : (N,) VBSW weights.
    others : further weights (N,) to compare with, by name.

    Returns Heads with leading axes (seeds, 3 + others), in the order of `comparison.WEIGHTINGS`,
    then of `others`. All share a seed's initial parameters and batches. `uniform` shows what
    retraining does by itself, `shuffled` what weights of this distribution do that know nothing of
    the samples; each seed shuffles anew.

    Novello et al., algorithm 1, line 6; the controls are this project's.
    """
    vbsw = np.asarray(weights, dtype=np.float64)
    shuffled = np.stack([np.random.default_rng([seed, 1]).permutation(vbsw) for seed in seeds])
    same_for_all = [vbsw, np.ones_like(vbsw), *map(np.asarray, (others or {}).values())]
    first, second, *further = (np.broadcast_to(w, shuffled.shape) for w in same_for_all)
    weightings = np.stack([first, second, shuffled, *further], axis=1)
    return train_heads(
        features, labels, weightings, seeds, settings, device=device, on_epoch=on_epoch
    )
