"""Networks of one shape as one batched tensor program, with its gradient in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vicinal.training.descent import Descent

if TYPE_CHECKING:
    from vicinal.training.heads import HeadSettings


# What a layer's outputs on a block of samples may take. On a processor they stay in its cache
# (measured: three times faster than 50 000 samples at once); elsewhere only memory bounds them.
CACHE_BYTES = 2**21
MEMORY_BYTES = 2**28


class BatchedProgram(Descent):
    """G groups of M networks of any loss and layers; the gradient by back-propagation.

    Large batches are passed through in blocks of samples, whose gradients are summed.

    The first layer's weights are stored as (G, inputs, M * outputs), so that a group's networks,
    which share their batches, share one matrix product; later layers' as (G * M, inputs, outputs).
    Biases have 1 in the place of inputs.
    """

    def __init__(self, initial: list[Tensor], settings: HeadSettings, *, sigmoid: bool) -> None:
        self.sigmoid = sigmoid
        self.groups, self.members = initial[0].shape[:2]
        weights = [initial[0].transpose(1, 2).flatten(2), *(w.flatten(0, 1) for w in initial[1:])]
        biases = [torch.zeros_like(weight[:, :1]) for weight in weights]
        super().__init__(torch.cat([part.reshape(-1) for part in (*weights, *biases)]), settings)
        self.weights, self.biases = _views(self.flat, weights), _views(self.flat, biases, last=True)
        self.weight_gradients = _views(self.gradient, weights)
        self.bias_gradients = _views(self.gradient, biases, last=True)
        networks, width = self.groups * self.members, max(w.shape[3] for w in initial)
        block_bytes = CACHE_BYTES if self.flat.device.type == "cpu" else MEMORY_BYTES
        self.block_rows = max(1, block_bytes // (networks * width * self.flat.element_size()))

    def step(self, x: Tensor, t: Tensor, share: Tensor) -> None:
        """One descent step: x (G, B, d), t (G, B, c), each loss multiplied by share (G, B, M)."""
        blocks = (whole.split(self.block_rows, dim=1) for whole in (x, t, share))
        for number, block in enumerate(zip(*blocks, strict=True)):
            self._pass(*block, add=number > 0)
        self.descend()

    def _pass(self, x: Tensor, t: Tensor, share: Tensor, *, add: bool) -> None:
        """The gradient of a block of samples, in the place of the one before or added to it."""
        below = [x]
        top = len(self.weights) - 1
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            out = _affine(bias, below[-1], weight)
            if depth < top:
                out = out.relu_() if self.settings.activation == "relu" else out.tanh_()
                out = self._by_network(out) if depth == 0 else out
                below.append(out)
        out = out if top == 0 else self._by_group(out)
        signal = self._output_gradient(out.unflatten(-1, (self.members, -1)), t)
        signal = signal.mul_(share[..., None]).flatten(2)
        signal = signal if top == 0 else self._by_network(signal)
        for depth in range(top, -1, -1):
            of_weights, of_biases = self.weight_gradients[depth], self.bias_gradients[depth]
            if add:
                of_weights.baddbmm_(below[depth].mT, signal)
                of_biases += signal.sum(dim=1, keepdim=True)
            else:
                torch.bmm(below[depth].mT, signal, out=of_weights)
                torch.sum(signal, dim=1, keepdim=True, out=of_biases)
            if depth:
                signal = _product(signal, self.weights[depth].mT)
                if self.settings.activation == "relu":
                    signal = torch.ops.aten.threshold_backward(signal, below[depth], 0)
                else:
                    signal *= 1 - below[depth].square()
                signal = self._by_group(signal) if depth == 1 else signal

    def _by_network(self, values: Tensor) -> Tensor:
        """(G, B, M * h) as (G * M, B, h)."""
        return values.unflatten(-1, (self.members, -1)).transpose(1, 2).flatten(0, 1)

    def _by_group(self, values: Tensor) -> Tensor:
        """(G * M, B, h) as (G, B, M * h)."""
        return values.unflatten(0, (self.groups, -1)).transpose(1, 2).flatten(2)

    def _output_gradient(self, out: Tensor, t: Tensor) -> Tensor:
        """Derivative (G, B, M, c) of each sample's loss by the outputs."""
        t = t[:, :, None]
        if self.settings.loss == "cross_entropy":
            return out.softmax(dim=-1) - t
        if self.settings.loss == "binary_cross_entropy":
            return out.sigmoid() - t
        if self.sigmoid:
            probability = out.sigmoid()
            return 2 * (probability - t) * probability * (1 - probability)
        return (out - t) * (2 / out.shape[-1])

    def parameters(self, seeds: int) -> tuple[list[Tensor], list[Tensor]]:
        """Weights (S, M, inputs, outputs) and biases (S, M, 1, outputs), layer by layer."""

        def grouped(layers: list[Tensor]) -> list[Tensor]:
            first = layers[0].unflatten(-1, (self.members, -1)).transpose(1, 2).flatten(0, 1)
            return [layer.unflatten(0, (seeds, -1)) for layer in (first, *layers[1:])]

        return grouped(self.weights), grouped(self.biases)


def _views(flat: Tensor, like: list[Tensor], *, last: bool = False) -> list[Tensor]:
    """Views of the beginning (or the end) of `flat` in the shapes of `like`."""
    sizes = [part.numel() for part in like]
    flat = flat[-sum(sizes) :] if last else flat[: sum(sizes)]
    return [part.view_as(shape) for part, shape in zip(flat.split(sizes), like, strict=True)]


def _affine(bias: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """bias + left @ right; one column times one row is elementwise, and so much faster."""
    if left.shape[2] == 1:
        return torch.addcmul(bias, left, right)
    return torch.baddbmm(bias, left, right)


def _product(left: Tensor, right: Tensor) -> Tensor:
    """left @ right; one column times one row is elementwise, and so much faster."""
    return left * right if left.shape[2] == 1 else torch.bmm(left, right)
