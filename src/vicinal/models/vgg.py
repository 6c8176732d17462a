"""VGG-16 for small images (Simonyan & Zisserman 2015, table 1, configuration D)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from vicinal.models.backbone import Backbone, PixelScaling

# Of each block: channels as multiples of the first block's, and convolutions.
BLOCKS = ((1, 2), (2, 2), (4, 3), (8, 3), (8, 3))


class VGG(Backbone):
    """Thirteen 3 x 3 convolutions in five blocks, halved by max-pooling; 8 width features.

    width : channels of the first block; 64 is VGG-16, with 14.7 million parameters.
    batch_norm : normalise behind each convolution, which then has no bias. Without it, features of
        8 x 8 images begin hundreds of times smaller than those of 32 x 32: around a map of one
        pixel, padding fills eight ninths of what a kernel sees.

    Differs from the original, as is customary for CIFAR-10: batch normalisation, and one linear
    layer on the mean of the last maps for the three fully connected ones with dropout. Maps of one
    pixel are not pooled, so that images of any size can be taken. He initialisation. Raises
    ValueError for a width below 1.
    """

    def __init__(
        self,
        scaling: PixelScaling,
        channels: int,
        outputs: int,
        width: int = 64,
        batch_norm: bool = True,
    ) -> None:
        super().__init__(scaling)
        if width < 1:
            raise ValueError(f"width is {width}; allowed is at least 1")
        self.blocks = nn.ModuleList()
        for multiple, convolutions in BLOCKS:
            self.blocks.append(_block(channels, multiple * width, convolutions, batch_norm))
            channels = multiple * width
        self.head = nn.Linear(channels, outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def embed(self, images: Tensor) -> Tensor:
        """Features (B, 8 width): the mean of each last feature map."""
        maps = images
        for block in self.blocks:
            maps = block(maps)
            # An axis of one pixel is left as it is.
            maps = functional.max_pool2d(maps, [min(2, length) for length in maps.shape[-2:]])
        return torch.mean(maps, dim=(2, 3))


def _block(inputs: int, outputs: int, convolutions: int, batch_norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(convolutions):
        layers.append(nn.Conv2d(inputs, outputs, 3, padding=1, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.ReLU())
        inputs = outputs
    return nn.Sequential(*layers)
