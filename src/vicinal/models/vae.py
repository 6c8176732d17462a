"""A variational autoencoder for small images, fully connected, with a latent space of few numbers.

Mhaskar, Cloninger and Cheng, section 5.2, use one "of three layers" with two latent numbers, whose
widths our copy of the paper has lost. Chosen here: 784-500-200-2 and its mirror image, SiLU between
layers (on digits of 8 x 8, after 120 epochs, five neighbours of a test image's code name its class
in 86 % of cases, for 84 % with ReLU), pixels as probabilities of being white, initial weights as in
Keras (Glorot uniform, zero biases).

Several repetitions are one network: each layer holds the weights of all of them, and its product is
one batched matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from vicinal.models.gan import TrialLinear

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]
ImageShape = tuple[int, int, int]


@dataclass(frozen=True)
class VaeShape:
    """Sizes of the networks; the defaults are for images of 28 x 28, all of them ours.

    hidden : widths of the encoder's hidden layers, at least one; the decoder mirrors them.
    latent : numbers that an image is encoded by.

    Raises ValueError for values out of range.
    """

    hidden: Sequence[int] = (500, 200)
    latent: int = 2

    def __post_init__(self) -> None:
        if not len(self.hidden) or min(self.hidden) < 1:
            raise ValueError(
                f"hidden is {list(self.hidden)}; needed are widths of at least 1, one or more"
            )
        if self.latent < 1:
            raise ValueError(f"latent is {self.latent}; it must be at least 1")


class VAE(nn.Module):
    """R encoders q(z | x), normal with a diagonal covariance, and their decoders p(x | z).

    image : (C, H, W).
    draws : one source of random numbers a repetition, of its initial weights.
    """

    def __init__(
        self, image: ImageShape, shape: VaeShape, draws: Sequence[torch.Generator]
    ) -> None:
        super().__init__()
        self.image, self.latent = image, shape.latent
        pixels = prod(image)
        self.encoder = _dense([pixels, *shape.hidden, 2 * shape.latent], draws)
        self.decoder = _dense([shape.latent, *reversed(shape.hidden), pixels], draws)

    @property
    def repetitions(self) -> int:
        """The number R of autoencoders."""
        return len(next(self.parameters()))

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (R, B, latent) of q, of images (R, B, C, H, W) in [0, 1]."""
        mean, log_variance = self.encoder(images.flatten(2)).chunk(2, dim=2)
        return mean, log_variance

    def decode(self, codes: Tensor) -> Tensor:
        """Logits (R, B, C, H, W) of the pixels' probabilities, of codes (R, B, latent)."""
        logits: Tensor = self.decoder(codes).unflatten(2, self.image)
        return logits

    def bound_terms(self, images: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """The two parts (R, B) of the evidence lower bound, of one draw z = mean + sigma noise.

        images : (R, B, C, H, W) in [0, 1].      noise : (R, B, latent), standard normal.

        Returns the reconstruction error -log p(x | z), a cross-entropy summed over the pixels, and
        the divergence KL(q(z | x) || N(0, 1)), both in nats: -log p(x) is at most their expected
        sum (Kingma and Welling 2014, eq. 10).
        """
        mean, log_variance = self.encode(images)
        logits = self.decode(mean + (log_variance / 2).exp() * noise)
        error = binary_cross_entropy_with_logits(logits, images, reduction="none")
        divergence = (mean.square() + log_variance.exp() - log_variance - 1) / 2
        return error.flatten(2).sum(dim=2), divergence.sum(dim=2)


def restore_vae(parameters: Mapping[str, Tensor], image: ImageShape) -> VAE:
    """The autoencoders that have these parameters; widths and repetitions are read from them.

    image : (C, H, W).
    Raises RuntimeError for parameters of another network, or of other images.
    """
    layers = [n for n in parameters if n.startswith("encoder.") and n.endswith(".weight")]
    if not layers:
        raise RuntimeError("not the parameters of a VAE: encoder.0.weight is missing")
    layers.sort(key=lambda name: int(name.split(".")[1]))
    widths = [parameters[name].shape[2] for name in layers]
    draws = [torch.Generator()] * len(parameters[layers[0]])
    vae = VAE(image, VaeShape(widths[:-1], widths[-1] // 2), draws)
    vae.load_state_dict(dict(parameters))
    return vae


@torch.no_grad()
def encode_images(vae: VAE, images: UInt8Array, *, block: int = 1000) -> FloatArray:
    """Means (R, N, latent) of q, where all R autoencoders have the images (N, C, H, W)."""
    weight = next(vae.parameters())
    found = []
    for start in range(0, len(images), block):
        pixels = torch.as_tensor(images[start : start + block]).to(weight.device).float() / 255
        found.append(vae.encode(pixels.expand(vae.repetitions, -1, -1, -1, -1))[0].cpu())
    return torch.cat(found, dim=1).double().numpy()


@torch.no_grad()
def decode_codes(vae: VAE, codes: FloatArray, *, block: int = 1000) -> UInt8Array:
    """Images (R, N, C, H, W) of codes (R, N, latent): the pixels' probabilities in grey levels."""
    weight = next(vae.parameters())
    found = []
    for start in range(0, codes.shape[1], block):
        part = torch.tensor(codes[:, start : start + block]).to(weight)
        found.append((255 * vae.decode(part).sigmoid()).round().to(torch.uint8).cpu())
    return torch.cat(found, dim=1).numpy()


def _dense(widths: Sequence[int], draws: Sequence[torch.Generator]) -> nn.Sequential:
    """Fully connected layers with SiLU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [TrialLinear(inputs, outputs, draws), nn.SiLU()]
    return nn.Sequential(*layers[:-1])
