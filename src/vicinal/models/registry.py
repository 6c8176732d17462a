"""The backbones by name."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from vicinal.models.backbone import Backbone, PixelScaling
from vicinal.models.lenet5 import LeNet5
from vicinal.models.resnet20 import ResNet20

ARCHITECTURES: dict[str, type[Backbone]] = {"lenet5": LeNet5, "resnet20": ResNet20}


def build_backbone(
    architecture: str, scaling: PixelScaling, channels: int, outputs: int, seed: int
) -> Backbone:
    """An untrained network whose initial parameters depend on `seed` alone.

    Raises ValueError for an unknown architecture; the known ones are listed.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture {architecture!r}; known are {', '.join(ARCHITECTURES)}")
    with torch.random.fork_rng(devices=[]):
        # `torch.manual_seed` would reach a GPU's state too, which fork_rng leaves alone here.
        torch.default_generator.manual_seed(seed)
        return ARCHITECTURES[architecture](scaling, channels, outputs)  # type: ignore[call-arg]


def restore_backbone(architecture: str, parameters: Mapping[str, Tensor]) -> Backbone:
    """The network that has these parameters; shapes are read from them.

    Raises ValueError for an unknown architecture and RuntimeError for parameters of another one.
    """
    scaling = PixelScaling(parameters["scaling.mean"].clone(), parameters["scaling.std"].clone())
    channels = parameters["conv1.weight"].shape[1]
    outputs = parameters["head.weight"].shape[0]
    network = build_backbone(architecture, scaling, channels, outputs, seed=0)
    network.load_state_dict(dict(parameters))
    return network
