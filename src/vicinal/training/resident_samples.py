"""Samples that lie on the device whole: a batch is one gather, which also shifts and mirrors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


class ResidentSamples:
    """A training split on a device, gathered batch by batch.

    inputs : uint8 images (N, C, H, W) or a float table (N, d).
    labels : integer classes (N,) or float values (N,).
    shift : images are shifted by up to this fraction of their size, edge pixels repeated.
    flip : images are mirrored with probability 1/2.

    Raises ValueError for a table that is to be shifted or mirrored.
    """

    def __init__(
        self,
        inputs: npt.NDArray[Any],
        labels: npt.NDArray[np.int64] | npt.NDArray[np.float64],
        *,
        shift: float = 0.0,
        flip: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        self.of_images = inputs.ndim == 4
        if not self.of_images and (shift > 0 or flip):
            raise ValueError("shift and flip are for images; the inputs are a table")
        if self.of_images:
            # Channels last, so that a gathered batch has the layout convolutions like best.
            inputs = inputs.transpose(0, 2, 3, 1)
        self.shift, self.flip, self.device = shift, flip, torch.device(device)
        self.inputs = torch.tensor(inputs).contiguous().to(self.device)
        self.labels = as_targets(labels).to(self.device)

    def __len__(self) -> int:
        return len(self.labels)

    def gather(self, chosen: Tensor, generator: torch.Generator) -> Tensor:
        """The chosen rows of a table, or images (B, C, H, W), shifted and mirrored by indexing.

        chosen : (B,) int64 on the CPU.      generator : of shifts and flips, on the CPU.
        """
        if not self.of_images:
            return self.inputs[chosen.to(self.device)]
        _, height, width, _ = self.inputs.shape
        rows = torch.arange(height).expand(len(chosen), -1)
        columns = torch.arange(width).expand(len(chosen), -1)
        if self.shift > 0:
            rows = self._shifted(rows, height, generator)
            columns = self._shifted(columns, width, generator)
        if self.flip:
            mirrored = torch.rand(len(chosen), 1, generator=generator) < 0.5
            columns = torch.where(mirrored, columns.flip(1), columns)
        index = (chosen[:, None, None], rows[:, :, None], columns[:, None, :])
        batch = self.inputs[tuple(axis.to(self.device) for axis in index)]
        return batch.permute(0, 3, 1, 2)

    def _shifted(self, positions: Tensor, size: int, generator: torch.Generator) -> Tensor:
        reach = round(self.shift * size)
        offset = torch.randint(-reach, reach + 1, (len(positions), 1), generator=generator)
        return (positions + offset).clamp(0, size - 1)


def as_targets(labels: npt.NDArray[Any]) -> Tensor:
    """Classes int64, or values float32."""
    return torch.tensor(labels, dtype=torch.float32 if labels.dtype.kind == "f" else torch.int64)
