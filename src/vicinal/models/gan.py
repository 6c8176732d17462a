"""A generative adversarial network for small images: a generator and a discriminator.

The paper (McDonagh and Chen, section 6) trains "basic GAN code" on MNIST: a generator that makes
images of white noise, and a discriminator of real and fake. Its text leaves everything else open
(only the caption of figure 8 was at hand, not the drawing). Chosen here: fully connected layers,
without normalisation between them (batch normalisation made digits of 8 x 8 worse after 3000
iterations), leaky ReLU of slope 0.2, images in [-1, 1] behind a tanh, one logit behind the
discriminator, initial weights as in Keras (Glorot uniform, zero biases), for the paper's other
networks used Keras.

Several trials are one network: each layer holds the weights of all of them, and its product is one
batched matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

UInt8Array = npt.NDArray[np.uint8]

Activation = Literal["leaky_relu", "silu"]
ImageShape = tuple[int, int, int]

_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "silu": nn.SiLU,
}


@dataclass(frozen=True)
class GanShape:
    """Sizes of both networks; the defaults are for images of 28 x 28, all of them ours.

    For the digits of 8 x 8, 16 of noise, (64, 128) and (128, 64) are enough.

    noise : standard normal numbers that an image is made of.
    generator, discriminator : widths of the hidden layers, at least one.
    activation : of the discriminator's hidden layers; the generator's are leaky ReLUs. With
        `leaky_relu` the discriminator is linear but for its kinks, and then the derivative of
        the matching loss by an image is parallel to that of the usual loss: gradients change how
        far a fake is pushed, not whereto. `silu` is smooth.

    Raises ValueError for values out of range.
    """

    noise: int = 100
    generator: Sequence[int] = (256, 512, 1024)
    discriminator: Sequence[int] = (512, 256)
    activation: Activation = "leaky_relu"

    def __post_init__(self) -> None:
        if self.activation not in get_args(Activation):
            raise ValueError(
                f"activation is {self.activation!r}; allowed are {', '.join(get_args(Activation))}"
            )
        if self.noise < 1:
            raise ValueError(f"noise is {self.noise}; it must be at least 1")
        for name, widths in (
            ("generator", self.generator),
            ("discriminator", self.discriminator),
        ):
            if not len(widths) or min(widths) < 1:
                raise ValueError(
                    f"{name} is {list(widths)}; needed are widths of at least 1, one or more"
                )


class TrialLinear(nn.Module):
    """A fully connected layer of T trials: (T, B, inputs) to (T, B, outputs).

    weight : (T, inputs, outputs).     bias : (T, 1, outputs).
    """

    def __init__(self, inputs: int, outputs: int, draws: Sequence[torch.Generator]) -> None:
        super().__init__()
        limit = (6 / (inputs + outputs)) ** 0.5
        drawn = [torch.rand(inputs, outputs, generator=generator) for generator in draws]
        self.weight = nn.Parameter((torch.stack(drawn) * 2 - 1) * limit)
        self.bias = nn.Parameter(torch.zeros(len(draws), 1, outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        """Each trial's affine map of its own rows."""
        return torch.baddbmm(self.bias, inputs, self.weight)


class Generator(nn.Module):
    """White noise (T, B, noise) to images (T, B, C, H, W) in [-1, 1].

    image : (C, H, W).
    draws : one source of random numbers a trial, of its initial weights.
    """

    def __init__(
        self, image: ImageShape, shape: GanShape, draws: Sequence[torch.Generator]
    ) -> None:
        super().__init__()
        self.noise = shape.noise
        widths = [shape.noise, *shape.generator, prod(image)]
        self.layers = nn.Sequential(
            *_dense(widths, draws, lambda: nn.LeakyReLU(0.2)), nn.Tanh(), nn.Unflatten(2, image)
        )

    def forward(self, noise: Tensor) -> Tensor:
        """Each trial's images of its own noise."""
        images: Tensor = self.layers(noise)
        return images


class Discriminator(nn.Module):
    """Images (T, B, C, H, W) to logits (T, B) of being real; arguments as for `Generator`."""

    def __init__(
        self, image: ImageShape, shape: GanShape, draws: Sequence[torch.Generator]
    ) -> None:
        super().__init__()
        widths = [prod(image), *shape.discriminator, 1]
        self.layers = nn.Sequential(
            nn.Flatten(2), *_dense(widths, draws, _ACTIVATIONS[shape.activation]), nn.Flatten(1)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Each trial's judgement of its own images."""
        logits: Tensor = self.layers(images)
        return logits


def restore_generator(
    parameters: Mapping[str, Tensor], image: ImageShape, shape: GanShape
) -> Generator:
    """The generator of all trials that has these parameters, of which it takes their number.

    image : (C, H, W).
    Raises RuntimeError for parameters of another shape.
    """
    trials = len(next(iter(parameters.values())))
    generator = Generator(image, shape, [torch.Generator()] * trials)
    generator.load_state_dict(dict(parameters))
    return generator


@torch.no_grad()
def generate_images(
    generator: Generator, count: int, *, seed: int, block: int = 1000
) -> UInt8Array:
    """Images uint8 (T, count, C, H, W), of noise that is the same for all trials.

    block : images made at once; it decides on memory, not on the noise.
    """
    weight = next(generator.parameters())
    draws = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, generator.noise, generator=draws)
    found = []
    for part in noise.split(block):
        images = generator(part.to(weight.device).expand(len(weight), -1, -1))
        found.append(((images + 1) * 127.5).round().to(torch.uint8).cpu())
    return torch.cat(found, dim=1).numpy()


def _dense(
    widths: Sequence[int],
    draws: Sequence[torch.Generator],
    activation: Callable[[], nn.Module],
) -> list[nn.Module]:
    """Fully connected layers with activations between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [TrialLinear(inputs, outputs, draws), activation()]
    return layers[:-1]
