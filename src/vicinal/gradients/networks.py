"""Trained surrogate networks of one shape: their values and their derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vicinal.gradients.double_backpropagation import Output, forward
from vicinal.training.initialisation import glorot_uniform


@dataclass(frozen=True)
class Networks:
    """B networks of tanh layers and one linear or softplus output layer.

    weights : one tensor (B, inputs, outputs) a layer;  biases : (B, 1, outputs) a layer.
    block_bytes : bound on the memory of one block of samples in a prediction.
    """

    weights: list[Tensor]
    biases: list[Tensor]
    output: Output = "linear"
    block_bytes: int = 2**26

    @torch.no_grad()
    def predict(self, inputs: Tensor) -> Tensor:
        """Outputs (B, N, c) at inputs (N, q), or (B, N, q): those of each network."""
        found = []
        for block in self._blocks(inputs, streams=0):
            out, _ = self._forward(block)
            found.append(functional.softplus(out) if self.output == "softplus" else out)
        return torch.cat(found, dim=1)

    @torch.no_grad()
    def predict_gradient(self, inputs: Tensor) -> Tensor:
        """Derivatives (B, N, c, q) of the outputs by the inputs, (N, q) or (B, N, q)."""
        outputs = self.weights[-1].shape[2]
        found = []
        for block in self._blocks(inputs, streams=outputs):
            out, slopes = self._forward(block)
            stream = self.weights[-1].mT[:, :, None]  # (B, c, 1, h)
            if self.output == "softplus":
                stream = stream * out.sigmoid().mT[..., None]
            for slope, weight in zip(slopes[::-1], self.weights[-2::-1], strict=True):
                stream = (stream * slope[:, None]) @ weight.mT[:, None]
            found.append(stream.transpose(1, 2))
        return torch.cat(found, dim=1)

    def pick(self, chosen: slice) -> Networks:
        """Copies of some of the networks."""
        # Of their own memory: matrix products may round by where in it their arguments begin.
        weights, biases = (
            [part[chosen].clone(memory_format=torch.contiguous_format) for part in parts]
            for parts in (self.weights, self.biases)
        )
        return Networks(weights, biases, self.output, self.block_bytes)

    def parameters(self) -> dict[str, Tensor]:
        """All parameters by name, to be saved."""
        named = {}
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"{layer}.weight"], named[f"{layer}.bias"] = weight, bias
        return named

    def _forward(self, inputs: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Outputs before softplus, and the slopes of the hidden layers."""
        rows = inputs.shape[1]
        shapes = [(len(weight), rows, weight.shape[2]) for weight in self.weights[:-1]]
        activations, slopes = ([inputs.new_empty(shape) for shape in shapes] for _ in range(2))
        return forward(inputs, self.weights, self.biases, activations, slopes), slopes

    def _blocks(self, inputs: Tensor, *, streams: int) -> Iterator[Tensor]:
        """Inputs (B, rows, q) in blocks of rows."""
        inputs = inputs.to(self.weights[0])
        inputs = inputs.expand(len(self.weights[0]), *inputs.shape[-2:])
        width = sum(weight.shape[2] for weight in self.weights) * 2 + streams * max(
            max(weight.shape[1:]) for weight in self.weights
        )
        size = len(inputs) * width * inputs.element_size()
        yield from inputs.split(max(1, self.block_bytes // size), dim=1)


def initial_parameters(
    widths: Sequence[int], generator: torch.Generator, used_inputs: int | None = None
) -> list[Tensor]:
    """Weights (inputs, outputs) a layer, of `glorot_uniform`.

    used_inputs : inputs behind these are padding: their weights are 0, and neither the bound nor
        the draws of the others know of them.
    """
    used = widths[0] if used_inputs is None else used_inputs
    layers = glorot_uniform([used, *widths[1:]], generator)
    layers[0] = functional.pad(layers[0], (0, 0, 0, widths[0] - used))
    return layers
