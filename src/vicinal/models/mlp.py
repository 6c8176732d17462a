"""A multi-layer perceptron for tables: hidden layers with ReLU, then a linear output layer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vicinal.models.backbone import Backbone
from vicinal.models.columns import Columns, column_scale


class ColumnScaling(nn.Module):
    """(table - mean) / std by column, with mean and std kept among the network's parameters.

    mean, std : (d,) float64. The difference is taken in float64, for columns far from 0.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, table: Tensor) -> Tensor:
        """Scaled float32 columns."""
        return ((table.to(torch.float64) - self.mean) / self.std).to(torch.float32)


def column_scaling(table: npt.NDArray[np.float64], columns: Columns = "standard") -> ColumnScaling:
    """The scaling of columns that a training table (N, d) sets, see `scale_columns`."""
    shift, scale = column_scale(table, columns)
    return ColumnScaling(torch.tensor(shift), torch.tensor(scale))


class MLP(Backbone):
    """Hidden layers of given widths; the features are the last one's units, after the ReLU.

    columns : of the table that comes in.        hidden : widths, at least one.
    """

    def __init__(
        self, scaling: ColumnScaling, columns: int, outputs: int, hidden: Sequence[int]
    ) -> None:
        super().__init__(scaling)
        if not hidden or min(hidden) < 1:
            raise ValueError(f"hidden is {list(hidden)}; allowed are one or more widths from 1")
        widths = [columns, *hidden]
        self.layers = nn.ModuleList(nn.Linear(inputs, units) for inputs, units in pairwise(widths))
        self.head = nn.Linear(hidden[-1], outputs)

    def embed(self, inputs: Tensor) -> Tensor:
        """Features (B, hidden[-1]) of scaled columns (B, d)."""
        for layer in self.layers:
            inputs = torch.relu(layer(inputs))
        return inputs
