"""LeNet-5 (LeCun et al. 1998) with ReLU units and a linear output layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vicinal.models.backbone import Backbone, PixelScaling


class LeNet5(Backbone):
    """Two convolutions with sub-sampling, then 120 and 84 units; 84 features.

    Images of 28 x 28 are padded to the 32 x 32 of the original; other sizes are resized to it.
    Differs from the original in what has become customary: ReLU for the scaled tanh, max-pooling
    for trained sub-sampling, full connections between the feature maps, a linear output layer.
    """

    def __init__(self, scaling: PixelScaling, channels: int, outputs: int) -> None:
        super().__init__(scaling)
        self.conv1 = nn.Conv2d(channels, 6, kernel_size=5)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.dense1 = nn.Linear(16 * 5 * 5, 120)
        self.dense2 = nn.Linear(120, 84)
        self.head = nn.Linear(84, outputs)

    def embed(self, images: Tensor) -> Tensor:
        """Features (B, 84) of scaled images (B, C, H, W)."""
        if images.shape[-2:] == (28, 28):
            images = functional.pad(images, (2, 2, 2, 2))
        elif images.shape[-2:] != (32, 32):
            images = functional.interpolate(images, (32, 32), mode="bilinear")
        maps = functional.max_pool2d(torch.relu(self.conv1(images)), 2)
        maps = functional.max_pool2d(torch.relu(self.conv2(maps)), 2)
        hidden = torch.relu(self.dense1(maps.flatten(1)))
        return torch.relu(self.dense2(hidden))
