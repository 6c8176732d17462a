"""How a network's values and derivatives move with its parameters, without the Jacobian."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from vicinal.gradients.double_backpropagation import Output


@dataclass(frozen=True)
class Linearisation:
    """B networks' values and derivatives at N samples, and how they depend on the parameters.

    There are S = 1 + p streams: the values, and the derivatives along p directions.

    found : (B, c, S, N).
    below : (B, S, N, h + 1) a layer: its inputs and their derivatives, and 1 (0) for the bias.
    above : (B, c, S, N, h) a layer: the derivatives of the outputs by its pre-activations, and the
        derivatives of those along the directions.

    By a layer's parameters, the value has the derivative below_0 x above_0, an outer product, and
    the derivative along direction k below_k x above_0 + below_0 x above_k.
    """

    found: Tensor
    below: list[Tensor]
    above: list[Tensor]

    def kernel(self) -> Tensor:
        """J J', the tangent kernel of values and derivatives: (B, c S N, c S N).

        Blocks of N x N above the diagonal are left 0: it is symmetric.
        """
        count, outputs, streams, rows = self.found.shape
        blocks = list(itertools.product(range(outputs), range(streams)))
        total = self.found.new_zeros(count, outputs, streams, rows, outputs, streams, rows)
        for below, above in zip(self.below, self.above, strict=True):
            first, second = _products(below), _products(above)
            for number, (i, s) in enumerate(blocks):
                for j, t in blocks[: number + 1]:
                    block = total[:, i, s, :, j, t]
                    block.addcmul_(first[:, s, :, t], second[:, i, 0, :, j, 0])
                    if t:
                        block.addcmul_(first[:, s, :, 0], second[:, i, 0, :, j, t])
                    if s:
                        block.addcmul_(first[:, 0, :, t], second[:, i, s, :, j, 0])
                    if s and t:
                        block.addcmul_(first[:, 0, :, 0], second[:, i, s, :, j, t])
        size = outputs * streams * rows
        return total.view(count, size, size)

    def pull_back(self, dual: Tensor) -> list[Tensor]:
        """J' dual, of dual (B, c, S, N), one tensor (B, h + 1, outputs) a layer."""
        layers = []
        for below, above in zip(self.below, self.above, strict=True):
            of_value = torch.einsum("bcsn,bcsnh->bnh", dual, above)
            along = torch.einsum("bckn,bcnh->bknh", dual[:, :, 1:], above[:, :, 0])
            moved = torch.cat([of_value[:, None], along], dim=1)
            layers.append(below.flatten(1, 2).mT @ moved.flatten(1, 2))
        return layers

    def adopt(self, other: Linearisation, networks: Tensor) -> None:
        """Take over some networks' (a mask) of another linearisation."""
        mine, theirs = ([part.found, *part.below, *part.above] for part in (self, other))
        for target, source in zip(mine, theirs, strict=True):
            target[networks] = source[networks]


def linearise(parameters: Sequence[Tensor], inputs: Tensor, output: Output) -> Linearisation:
    """Linearise networks of tanh layers.

    parameters : (B, inputs + 1, outputs) a layer: weights, then biases.
    inputs : (B, S, N, q): the samples, and the p directions at each.
    """
    below, stream = [], inputs
    for depth, layer in enumerate(parameters):
        bias = torch.zeros_like(stream[..., :1])
        bias[:, 0] = 1
        below.append(torch.cat([stream, bias], dim=3))
        moved = (below[-1].flatten(1, 2) @ layer).unflatten(1, stream.shape[1:3])
        if depth < len(parameters) - 1:
            activation = moved[:, :1].tanh()
            stream = torch.cat([activation, (1 - activation**2) * moved[:, 1:]], dim=1)
    top = moved.permute(0, 3, 1, 2)  # (B, c, S, N)
    if output == "softplus":
        slope = top[:, :, :1].sigmoid()
        bend = slope * (1 - slope) * top[:, :, 1:]
        own = torch.cat([slope, bend], dim=2)
        found = torch.cat([functional.softplus(top[:, :, :1]), slope * top[:, :, 1:]], dim=2)
    else:
        own = torch.zeros_like(top)
        own[:, :, 0] = 1
        found = top.clone()
    outputs = torch.eye(top.shape[1], dtype=top.dtype, device=top.device)
    above = [own[..., None] * outputs[:, None, None]]
    for layer, stream in zip(parameters[:0:-1], below[:0:-1], strict=True):
        sent = above[0] @ layer[:, None, None, :-1].mT
        activation, along = stream[:, None, :1, :, :-1], stream[:, None, 1:, :, :-1]
        slope = 1 - activation**2
        value = slope * sent[:, :, :1]
        rest = slope * sent[:, :, 1:] - 2 * activation * along * sent[:, :, :1]
        above.insert(0, torch.cat([value, rest], dim=2))
    return Linearisation(found, below, above)


def _products(streams: Tensor) -> Tensor:
    """Inner products over the last axis of all pairs of rows: (B, rows..., rows...)."""
    flat = streams.flatten(1, -2)
    shape = streams.shape[1:-1]
    return (flat @ flat.mT).unflatten(1, shape).unflatten(1 + len(shape), shape)
