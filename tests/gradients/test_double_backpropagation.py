"""Double back-propagation in closed form against PyTorch's automatic differentiation."""

import itertools

import numpy as np
import pytest
import torch

from vicinal.gradients.block_training import Parameters
from vicinal.gradients.double_backpropagation import Batch, DoubleBackpropagation, forward


def network(x, weights, biases, output):
    """One network at one sample, in plain PyTorch."""
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.tanh(x @ weight + bias[0])
    x = x @ weights[-1] + biases[-1][0]
    return torch.nn.functional.softplus(x) if output == "softplus" else x


def objective(weights, biases, batch, b, output):
    """Sum of network b's squared residuals, derivatives by automatic differentiation."""
    weights, biases = [w[b] for w in weights], [bias[b] for bias in biases]

    def one(x):
        return network(x, weights, biases, output)

    found = torch.stack([one(x) for x in batch.inputs[b]])
    total = (batch.value_share[b] * (found - batch.values[b]) ** 2).sum()
    if batch.partials is not None:
        jacobian = torch.stack([torch.func.jacrev(one)(x) for x in batch.inputs[b]])
        if batch.tangents is not None:
            jacobian = jacobian @ batch.tangents[b]
        total += (batch.partial_share[b] * (jacobian - batch.partials[b]) ** 2).sum()
    return total


@pytest.mark.parametrize("streams", ["outputs", "directions"])
@pytest.mark.parametrize("output", ["linear", "softplus"])
@pytest.mark.parametrize("given", ["tangents", "axes", "values"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_gradient_equals_automatic_differentiation(streams, output, given, outputs):
    generator = torch.Generator().manual_seed(3)
    networks, rows, q, p = 2, 5, 3, 4 if given == "tangents" else 3

    def draw(*shape):
        return torch.randn(networks, *shape, generator=generator, dtype=torch.float64)

    widths = [q, 4, 6, 5, outputs]
    weights = [draw(a, b) for a, b in itertools.pairwise(widths)]
    partials = (draw(rows, outputs, p), draw(rows, outputs, p).abs()) if given != "values" else ()
    batch = Batch(
        draw(rows, q),
        draw(rows, outputs),
        draw(rows, outputs).abs(),
        *partials,
        tangents=draw(rows, q, p) if given == "tangents" else None,
    )
    parameters = Parameters(weights, 1e-7)
    weights, biases = parameters.split(parameters.flat)
    for bias in biases:
        bias.normal_(generator=generator)
    parameters.gradient.fill_(torch.nan)  # nothing may be left unwritten
    program = DoubleBackpropagation(
        weights, biases, *parameters.split(parameters.gradient), output=output, streams=streams
    )
    program.gradients(batch)
    flat = parameters.flat.detach().clone().requires_grad_()
    split = parameters.split(flat)
    total = sum(objective(*split, batch, b, output) for b in range(networks))
    (expected,) = torch.autograd.grad(total, flat)
    np.testing.assert_allclose(parameters.gradient, expected, rtol=1e-10, atol=1e-11)


def test_the_fast_tanh_is_tanh_within_rounding():
    for dtype, tolerance in ((torch.float32, 2e-7), (torch.float64, 4e-16)):
        inputs = torch.linspace(-20, 20, 100_001, dtype=dtype)[None, :, None]
        one, zero = torch.ones(1, 1, 1, dtype=dtype), torch.zeros(1, 1, 1, dtype=dtype)
        activation, slope = torch.empty_like(inputs), torch.empty_like(inputs)
        forward(inputs, [one, one], [zero, zero], [activation], [slope])
        exact = inputs.double().tanh()
        assert (activation.double() - exact).abs().max() <= tolerance
        assert (slope.double() - (1 - exact**2)).abs().max() <= 3 * tolerance
