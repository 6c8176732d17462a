"""The trainable backbones by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from vicinal.data.dataset import Dataset
from vicinal.models.backbone import Backbone, PixelScaling, Scaling, pixel_scaling
from vicinal.models.columns import Columns
from vicinal.models.lenet5 import LeNet5
from vicinal.models.mlp import MLP, ColumnScaling, column_scaling
from vicinal.models.resnet20 import ResNet20
from vicinal.models.vgg import VGG

ARCHITECTURES: dict[str, Callable[..., Backbone]] = {
    "lenet5": LeNet5,
    "resnet20": ResNet20,
    "vgg": VGG,
    "mlp": MLP,
}
_FIRST_LAYER = {"mlp": "layers.0.weight", "vgg": "blocks.0.0.weight"}


def backbone_for(
    dataset: Dataset,
    architecture: str,
    seed: int,
    *,
    scaling: Scaling = "unit",
    columns: Columns = "standard",
    hidden: Sequence[int] = (),
    width: int = 64,
    batch_norm: bool = True,
) -> Backbone:
    """An untrained network for a data set: its inputs, scaled by the training split, its outputs.

    A class has one output each; values have one output.
    scaling : of an image network's pixels.      columns, hidden : of `mlp`.
    width, batch_norm : of `vgg`; the others pay them no heed.
    Raises ValueError for an unknown architecture, and for one that takes other inputs.
    """
    inputs = dataset.inputs["train"]
    takes = "table" if architecture == "mlp" else "image"
    if architecture in ARCHITECTURES and dataset.input_kind != takes:
        raise ValueError(
            f"architecture {architecture} takes {takes} inputs; the data set's are "
            f"{dataset.input_kind}s of shape {inputs.shape[1:]}"
        )
    own = column_scaling(inputs, columns) if takes == "table" else pixel_scaling(inputs, scaling)
    outputs = len(dataset.class_names) if dataset.task == "classification" else 1
    return build_backbone(
        architecture,
        own,
        inputs.shape[1],
        outputs,
        seed,
        hidden,
        width=width,
        batch_norm=batch_norm,
    )


def build_backbone(
    architecture: str,
    scaling: nn.Module,
    channels: int,
    outputs: int,
    seed: int,
    hidden: Sequence[int] = (),
    *,
    width: int = 64,
    batch_norm: bool = True,
) -> Backbone:
    """An untrained network whose initial parameters depend on `seed` alone.

    channels : of the images; the columns of `mlp`.     hidden : widths, for `mlp`.
    width, batch_norm : for `vgg`.
    Raises ValueError for an unknown architecture; the known ones are listed.
    """
    _check_known(architecture)
    with torch.random.fork_rng(devices=[]):
        # `torch.manual_seed` would reach a GPU's state too, which fork_rng leaves alone here.
        torch.default_generator.manual_seed(seed)
        own: dict[str, dict[str, Any]] = {
            "mlp": {"hidden": hidden},
            "vgg": {"width": width, "batch_norm": batch_norm},
        }
        return ARCHITECTURES[architecture](scaling, channels, outputs, **own.get(architecture, {}))


def _check_known(architecture: str) -> None:
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture {architecture!r}; known are {', '.join(ARCHITECTURES)}")


def check_outputs(parameters: Mapping[str, Tensor], classes: int) -> None:
    """Raise ValueError where a network's own head does not have one output a class."""
    outputs = parameters["head.weight"].shape[0]
    if outputs != classes:
        raise ValueError(f"the network has {outputs} outputs, the data set {classes} classes")


def restore_backbone(architecture: str, parameters: Mapping[str, Tensor]) -> Backbone:
    """The network that has these parameters; shapes are read from them.

    Raises ValueError for an unknown architecture and RuntimeError for parameters of another one.
    """
    _check_known(architecture)
    first = _FIRST_LAYER.get(architecture, "conv1.weight")
    if first not in parameters:
        raise RuntimeError(f"not the parameters of a network {architecture}: {first} is missing")
    scaling_class = ColumnScaling if architecture == "mlp" else PixelScaling
    scaling = scaling_class(parameters["scaling.mean"].clone(), parameters["scaling.std"].clone())
    # An MLP's hidden layers are numbered, layers.0 the first; image networks have none.
    layers = sum(name.startswith("layers.") and name.endswith(".weight") for name in parameters)
    hidden = [parameters[f"layers.{number}.weight"].shape[0] for number in range(layers)]
    width, channels = parameters[first].shape[:2]
    outputs = parameters["head.weight"].shape[0]
    network = build_backbone(
        architecture,
        scaling,
        channels,
        outputs,
        0,
        hidden,
        width=width,
        batch_norm="blocks.0.1.running_mean" in parameters,
    )
    network.load_state_dict(dict(parameters))
    return network
