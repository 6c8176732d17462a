"""Turns the linear and convolution layers of a network mean-field Gaussian, and back."""

from __future__ import annotations

import copy
import math
from collections.abc import Collection, Iterator
from typing import get_args

import torch
from torch import nn

from vicinal.bayes.layers import (
    Estimator,
    MeanFieldConvolution,
    MeanFieldLayer,
    MeanFieldLinear,
    PriorMean,
    check_estimator,
)

_CLASSES: dict[type[nn.Module], type[MeanFieldLayer]] = {
    nn.Linear: MeanFieldLinear,
    nn.Conv1d: MeanFieldConvolution,
    nn.Conv2d: MeanFieldConvolution,
    nn.Conv3d: MeanFieldConvolution,
}


def bayesianize(
    module: nn.Module,
    *,
    prior_sigma: float = 1.0,
    prior_mean: PriorMean = "zero",
    initial_sigma: float = 0.02,
    estimator: Estimator = "flipout",
    skip: Collection[str] = (),
) -> nn.Module:
    """A copy of a network whose linear and convolution layers have Gaussian parameters.

    module : any network with `nn.Linear` or `nn.Conv1d`, `nn.Conv2d`, `nn.Conv3d` layers. Its
        parameters are the initial means: those of a trained network are the deterministic
        initialisation. Other parameters (of batch normalisation, say) stay as they are, and so do
        subclasses of these layers, which may compute otherwise.
    prior_sigma : standard deviation of the prior, the paper's 1.
    prior_mean : the prior's mean, `zero` (the paper's) or the `initial` means.
    initial_sigma : of every Gaussian. Small ones let deep networks converge.
    estimator : `flipout` or `reparametrised`, see `vicinal.bayes.layers`.
    skip : names of layers that stay as they are.

    In training mode every call draws; in evaluation mode the means are taken.
    Raises ValueError for a network without a layer to convert, a layer that is shared between
    two places, names to skip that no such layer bears, and values out of range.
    """
    check_estimator(estimator)
    if prior_mean not in get_args(PriorMean):
        allowed = ", ".join(get_args(PriorMean))
        raise ValueError(f"prior_mean is {prior_mean!r}; allowed are {allowed}")
    for name, value in (("prior_sigma", prior_sigma), ("initial_sigma", initial_sigma)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value}; it must be a number above 0")
    copied = copy.deepcopy(module)
    found = {name: layer for name, layer in _places(copied) if type(layer) in _CLASSES}
    unknown = sorted(set(skip) - found.keys())
    if unknown:
        raise ValueError(f"skip names {', '.join(unknown)}; the layers are {', '.join(found)}")
    chosen = {name: layer for name, layer in found.items() if name not in skip}
    if not chosen:
        kinds = ", ".join(f"nn.{kind.__name__}" for kind in _CLASSES)
        raise ValueError(
            f"{type(module).__name__} has no layer to convert; {kinds} are converted"
            + (f" (skipped: {', '.join(found)})" if found else "")
        )
    _refuse_shared(chosen)
    for name, layer in chosen.items():
        random = _CLASSES[type(layer)](
            layer,
            prior_sigma=prior_sigma,
            prior_mean=prior_mean,
            initial_sigma=initial_sigma,
            estimator=estimator,
        )
        copied = _put(copied, name, random.train(layer.training))
    return copied


def plain_network(module: nn.Module) -> nn.Module:
    """A copy of a network with plain layers again, whose parameters are the means.

    The copy of a deterministic network is that network.
    """
    copied = copy.deepcopy(module)
    for name, layer in random_layers(copied):
        copied = _put(copied, name, layer.plain())
    return copied


def random_layers(module: nn.Module) -> Iterator[tuple[str, MeanFieldLayer]]:
    """Name and layer of all that have Gaussian parameters."""
    for name, layer in list(module.named_modules()):
        if isinstance(layer, MeanFieldLayer):
            yield name, layer


def draw_from(module: nn.Module, generator: torch.Generator | None) -> None:
    """Let all draws of a network come from one generator, on its device; None is torch's own."""
    for _, layer in random_layers(module):
        layer.generator = generator


def _places(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every place of a layer, the same layer at two places twice."""
    yield from module.named_modules(remove_duplicate=False)


def _refuse_shared(layers: dict[str, nn.Module]) -> None:
    seen: dict[int, str] = {}
    for name, layer in layers.items():
        for parameter in layer.parameters():
            other = seen.setdefault(id(parameter), name)
            if other != name:
                raise ValueError(
                    f"layers {other} and {name} share parameters; a Gaussian layer draws its own "
                    "(skip both, or copy the layer)"
                )


def _put(module: nn.Module, name: str, layer: nn.Module) -> nn.Module:
    """The module with a layer in another's place; the layer itself where the name is empty."""
    if not name:
        return layer
    module.set_submodule(name, layer)
    return module
