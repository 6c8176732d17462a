"""Initial parameters of networks, as Keras draws them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor


def glorot_uniform(widths: Sequence[int], generator: torch.Generator) -> list[Tensor]:
    """One weight matrix (inputs, outputs) a layer, uniform in +-sqrt(6 / (inputs + outputs)).

    widths : of the inputs, the hidden layers and the outputs.
    """
    layers = []
    for rows, columns in itertools.pairwise(widths):
        limit = (6 / (rows + columns)) ** 0.5
        layers.append((torch.rand(rows, columns, generator=generator) * 2 - 1) * limit)
    return layers
