"""The GAN's networks and settings, and by hand the derivatives of a discriminator by images."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from vicinal.gradients.gan import image_derivatives, matching_loss
from vicinal.gradients.gan_settings import GanSettings
from vicinal.models.gan import Discriminator, GanShape, Generator


def tiny_discriminator(activation):
    shape = GanShape(generator=(2,), discriminator=(4,), activation=activation)
    draws = [torch.Generator().manual_seed(seed) for seed in (5, 6)]
    network = Discriminator((1, 2, 3), shape, draws).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.data += torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return network, torch.randn(2, 5, 1, 2, 3, generator=generator, dtype=torch.float64)


def judge(network, images):
    images = images.clone().requires_grad_()
    return network(images), images


def test_derivatives_and_matching_loss_by_hand():
    network, images = tiny_discriminator("silu")
    logits, images = judge(network, images)
    found = image_derivatives(logits, images, differentiable=True)
    first, second = network.layers[1], network.layers[3]
    for trial in range(2):
        hidden = images[trial].flatten(1) @ first.weight[trial] + first.bias[trial]
        gate = torch.sigmoid(hidden)
        slope = gate * (1 + hidden * (1 - gate))  # of x sigmoid(x)
        p = torch.sigmoid(logits[trial])[:, None]
        expected = p * (1 - p) * ((slope * second.weight[trial, :, 0]) @ first.weight[trial].mT)
        np.testing.assert_allclose(found[trial].flatten(1).detach(), expected.detach(), rtol=1e-12)
    stored = torch.full_like(found, 0.3)
    by_hand = [((found[t] - 0.3) ** 2).sum().item() / 30 for t in range(2)]
    np.testing.assert_allclose(matching_loss(found, stored).detach(), by_hand)
    # Its own derivative by a pixel, by central differences.
    (slopes,) = torch.autograd.grad(matching_loss(found, stored).sum(), images)
    shift = torch.zeros_like(images)
    shift[1, 2, 0, 1, 1] = 1e-5

    def loss(moved):
        own_logits, own = judge(network, moved.detach())
        return matching_loss(image_derivatives(own_logits, own, differentiable=False), stored)[1]

    difference = (loss(images + shift) - loss(images - shift)) / 2e-5
    assert slopes[1, 2, 0, 1, 1].item() == pytest.approx(difference.item(), rel=1e-6)


@pytest.mark.parametrize(("activation", "parallel"), [("leaky_relu", True), ("silu", False)])
def test_behind_kinked_layers_gradients_push_a_fake_where_the_usual_loss_does(activation, parallel):
    network, images = tiny_discriminator(activation)
    logits, images = judge(network, images)
    found = image_derivatives(logits, images, differentiable=True)
    stored = torch.randn(found.shape, generator=torch.Generator().manual_seed(1)).double()
    matching = torch.autograd.grad(matching_loss(found, stored).sum(), images, retain_graph=True)
    usual = torch.autograd.grad(functional.softplus(-logits).sum(), images)
    cosine = functional.cosine_similarity(matching[0].flatten(2), usual[0].flatten(2), dim=2)
    assert bool((cosine.abs() > 1 - 1e-9).all()) == parallel


def test_initial_weights_are_those_of_keras():
    draws = [torch.Generator().manual_seed(seed) for seed in range(2)]
    network = Generator((1, 8, 8), GanShape(noise=20, generator=(80,)), draws)
    layers = [layer for layer in network.layers if hasattr(layer, "weight")]
    assert [tuple(layer.weight.shape) for layer in layers] == [(2, 20, 80), (2, 80, 64)]
    for layer in layers:
        limit = (6 / sum(layer.weight.shape[1:])) ** 0.5
        assert 0.98 * limit < layer.weight.abs().max().item() <= limit
        assert layer.weight.std().item() == pytest.approx(limit / 3**0.5, rel=0.03)
        assert not layer.bias.any()
    images = network(torch.randn(2, 6, 20, generator=draws[0]))
    assert images.shape == (2, 6, 1, 8, 8)
    assert images.abs().max() < 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": 0}, "noise is 0"),
        ({"generator": ()}, "generator is"),
        ({"discriminator": (3, 0)}, "discriminator is"),
        ({"activation": "relu"}, "allowed are leaky_relu, silu"),
    ],
)
def test_shapes_out_of_range(changes, message):
    with pytest.raises(ValueError, match=message):
        GanShape(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iterations": 0}, "iterations is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"record_every": 0}, "record_every is 0"),
        ({"learning_rate": 0.0}, "must be above 0"),
        ({"momentum": 1.0}, "below 1"),
        ({"gradient_weight": -1.0}, "gradient_weight is -1"),
        ({"gradient_weight": float("nan")}, "gradient_weight is nan"),
        ({"stored": "between"}, "allowed are before, after"),
    ],
)
def test_settings_out_of_range(changes, message):
    with pytest.raises(ValueError, match=message):
        GanSettings(**changes)
