"""What every trainable backbone has in common: features, a linear head, and its own scaling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)
Scaling = Literal["unit", "mean_image", "channels"]


class Backbone(nn.Module, ABC):
    """A network M = head o features: `features` is the paper's M*, all but the last layer.

    Subclasses set `head` (a linear layer) and implement `embed`. Inputs are raw: uint8 images
    (B, C, H, W) or a float table (B, columns); their scaling belongs to the network, so that its
    parameters alone suffice.
    """

    head: nn.Linear

    def __init__(self, scaling: nn.Module) -> None:
        super().__init__()
        self.scaling = scaling

    @abstractmethod
    def embed(self, inputs: Tensor) -> Tensor:
        """Features (B, d) of scaled float inputs."""

    def features(self, inputs: Tensor) -> Tensor:
        """Features (B, d), the input of the head, of raw inputs."""
        return self.embed(self.scaling(inputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs (B, c) of the network: logits of classes, or one value."""
        outputs: Tensor = self.head(self.features(inputs))
        return outputs


class PixelScaling(nn.Module):
    """(image / 255 - mean) / std, with mean and std kept among the network's parameters.

    mean, std : (C, H, W) or (C, 1, 1) float32.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, images: Tensor) -> Tensor:
        """Scaled float32 images, in channels-last order."""
        scaled = images.to(torch.float32, memory_format=torch.channels_last) / 255
        return (scaled - self.mean) / self.std


def pixel_scaling(images: npt.NDArray[np.uint8], scaling: Scaling) -> PixelScaling:
    """The scaling that suits training images (N, C, H, W).

    `unit` leaves pixels in [0, 1]; `mean_image` subtracts the mean image (the authors' program);
    `channels` subtracts each channel's mean and divides by its standard deviation (a constant
    channel is only shifted).
    """
    channels = images.shape[1]
    mean, std = np.zeros((channels, 1, 1)), np.ones((channels, 1, 1))
    if scaling == "mean_image":
        mean = images.mean(axis=0) / 255
    elif scaling == "channels":
        mean = images.mean(axis=(0, 2, 3)).reshape(-1, 1, 1) / 255
        std = images.std(axis=(0, 2, 3)).reshape(-1, 1, 1) / 255
        std = np.where(std > 0, std, 1.0)
    elif scaling != "unit":
        raise ValueError(f"scaling is {scaling!r}; allowed are unit, mean_image, channels")
    return PixelScaling(
        torch.tensor(mean, dtype=torch.float32), torch.tensor(std, dtype=torch.float32)
    )


def place_on(network: Module, device: torch.device | str) -> Module:
    """The network on a device, its convolutions in channels-last order."""
    return network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


@torch.no_grad()
def extract_features(
    network: Backbone,
    inputs: npt.NDArray[Any],
    *,
    device: torch.device | str = "cpu",
    batch_size: int = 500,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Features (N, d) and outputs (N, c) of raw images or a table, in evaluation mode."""
    network = place_on(network, device).eval()
    features, outputs = [], []
    for start in range(0, len(inputs), batch_size):
        batch = torch.as_tensor(inputs[start : start + batch_size]).to(device)
        found = network.features(batch)
        features.append(found.cpu())
        outputs.append(network.head(found).cpu())
    return torch.cat(features).numpy(), torch.cat(outputs).numpy()
