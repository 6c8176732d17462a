"""ResNet-20 for 32 x 32 images (He et al. 2015, section 4.2): 0.27 million parameters."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from vicinal.models.backbone import Backbone, PixelScaling


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions around a shortcut without parameters (option A)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride, self.new_channels = stride, outputs - inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        """Feature maps (B, outputs, H / stride, W / stride)."""
        shortcut = maps
        if self.new_channels:
            half = self.new_channels // 2
            shortcut = maps[:, :, :: self.stride, :: self.stride]
            shortcut = functional.pad(shortcut, (0, 0, 0, 0, half, self.new_channels - half))
        hidden = torch.relu(self.bn1(self.conv1(maps)))
        return torch.relu(self.bn2(self.conv2(hidden)) + shortcut)


class ResNet20(Backbone):
    """A 3 x 3 stem of 16 channels, three stages of three blocks (16, 32, 64); 64 features."""

    def __init__(self, scaling: PixelScaling, channels: int, outputs: int) -> None:
        super().__init__(scaling)
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = _stage(16, 16, stride=1)
        self.layer2 = _stage(16, 32, stride=2)
        self.layer3 = _stage(32, 64, stride=2)
        self.head = nn.Linear(64, outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)

    def embed(self, images: Tensor) -> Tensor:
        """Features (B, 64): the mean of each last feature map."""
        maps = torch.relu(self.bn1(self.conv1(images)))
        maps = self.layer3(self.layer2(self.layer1(maps)))
        return maps.mean(dim=(2, 3))


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    blocks = [ResidualBlock(inputs, outputs, stride)]
    blocks += [ResidualBlock(outputs, outputs, stride=1) for _ in range(2)]
    return nn.Sequential(*blocks)


def convert_checkpoint(
    parameters: Mapping[str, Tensor], mean: tuple[float, ...], std: tuple[float, ...]
) -> dict[str, Tensor]:
    """Parameters of a published CIFAR ResNet-20 under this module's names.

    parameters : a state dictionary whose names may begin with `module.` and whose last layer may
        be called `linear`, `fc` or `head`.
    mean, std : the scaling of pixels in [0, 1], one number a channel, with which it was trained.

    Raises ValueError naming the parameters that are missing, unknown or of another shape.
    """
    found = {}
    for name, value in parameters.items():
        name = name.removeprefix("module.")
        for other in ("linear.", "fc."):
            if name.startswith(other):
                name = "head." + name.removeprefix(other)
        found[name] = value.detach().clone()
    found["scaling.mean"] = torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1)
    found["scaling.std"] = torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)
    classes = len(found.get("head.bias", torch.zeros(1)))
    channels = len(mean)
    scaling = PixelScaling(found["scaling.mean"], found["scaling.std"])
    expected = ResNet20(scaling, channels, classes).state_dict()
    missing, unknown = expected.keys() - found.keys(), found.keys() - expected.keys()
    # Older files do not count batches; the count plays no part in evaluation.
    for name in [name for name in missing if name.endswith("num_batches_tracked")]:
        found[name] = torch.zeros((), dtype=torch.long)
        missing.discard(name)
    shapes = {n for n in expected.keys() & found.keys() if expected[n].shape != found[n].shape}
    if missing or unknown or shapes:
        raise ValueError(
            f"not a ResNet-20: missing {sorted(missing)}, unknown {sorted(unknown)}, "
            f"of another shape {sorted(shapes)}"
        )
    return found
