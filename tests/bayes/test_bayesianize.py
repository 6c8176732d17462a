"""Networks turned Gaussian and back, and the two estimators of their layers."""

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.bayes import bayesianize, kl_divergence, plain_network
from vicinal.bayes.mean_field import draw_from, random_layers


def convolutional():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 3 * 3, 5, bias=False),
        nn.ReLU(),
        nn.Linear(5, 3),
    )


def images(count=8):
    return torch.randn(count, 2, 6, 6, generator=torch.Generator().manual_seed(1))


def draws(layer, inputs, count, seed=0):
    """(count, ...) outputs of independent calls."""
    draw_from(layer, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        return torch.stack([layer(inputs) for _ in range(count)]).numpy()


def test_in_evaluation_a_network_computes_what_the_plain_one_does():
    plain = convolutional().eval()
    bayesian = bayesianize(plain)
    torch.testing.assert_close(bayesian(images()), plain(images()))
    torch.testing.assert_close(plain_network(bayesian)(images()), plain(images()))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(2, 4, 3, padding="same", padding_mode="circular"), (5, 2, 9)),
        (nn.Conv2d(2, 4, (3, 1), dilation=2, bias=False), (5, 2, 9, 9)),
        (nn.Conv3d(2, 4, 2, groups=2), (5, 2, 4, 4, 4)),
        (nn.Linear(4, 3), (5, 7, 4)),
        (nn.Linear(4, 3), (4,)),
        (nn.Conv2d(2, 4, 3), (2, 6, 6)),
    ],
)
def test_layers_of_every_kind_keep_shape_and_mean(layer, shape):
    inputs = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    expected = layer(inputs).detach().numpy()
    for estimator in ("flipout", "reparametrised"):
        random = bayesianize(layer, initial_sigma=0.1, estimator=estimator).train()
        found = draws(random, inputs, 2000)
        assert found.shape[1:] == expected.shape
        error = found.std(axis=0) / 2000**0.5
        assert np.all(np.abs(found.mean(axis=0) - expected) < 5 * error)


@pytest.mark.parametrize("estimator", ["flipout", "reparametrised"])
def test_a_linear_output_has_the_variance_of_its_gaussian_parameters(estimator):
    layer = bayesianize(nn.Linear(3, 2), initial_sigma=0.5, estimator=estimator).train()
    inputs = torch.tensor([[1.0, -2.0, 3.0]])
    found = draws(layer, inputs, 40_000)
    # sigma^2 (1 + 4 + 9 + 1), the last 1 of the bias
    np.testing.assert_allclose(found.var(axis=0), 0.25 * 15, rtol=0.05)


def test_flipout_decorrelates_samples_that_one_draw_binds_together():
    inputs = torch.ones(2, 3)
    correlations = {}
    for estimator in ("flipout", "reparametrised"):
        layer = bayesianize(nn.Linear(3, 1, bias=False), initial_sigma=0.5, estimator=estimator)
        found = draws(layer.train(), inputs, 20_000)[..., 0]
        correlations[estimator] = np.corrcoef(found.T)[0, 1]
    assert correlations["reparametrised"] == pytest.approx(1)
    assert abs(correlations["flipout"]) < 0.05


def gradients(estimator, count=3000):
    """(count, parameters) gradients of a batch's mean loss by the means."""
    torch.manual_seed(3)
    network = bayesianize(
        nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2)),
        initial_sigma=0.3,
        estimator=estimator,
    ).train()
    draw_from(network, torch.Generator().manual_seed(4))
    inputs = torch.randn(32, 4, generator=torch.Generator().manual_seed(5))
    labels = torch.arange(32) % 2
    means = [mean for _, layer in random_layers(network) for _, mean, _ in layer.random]
    found = []
    for _ in range(count):
        loss = nn.functional.cross_entropy(network(inputs), labels)
        parts = torch.autograd.grad(loss, means)
        found.append(torch.cat([part.flatten() for part in parts]))
    return torch.stack(found).numpy()


def test_both_estimators_have_the_same_mean_gradient_and_flipouts_varies_less():
    flipout, one_draw = gradients("flipout"), gradients("reparametrised")
    error = np.sqrt((flipout.var(axis=0) + one_draw.var(axis=0)) / len(flipout))
    z = (flipout.mean(axis=0) - one_draw.mean(axis=0)) / error
    # Of independent standard normal numbers: their squares add up to about as many as they are.
    assert (z**2).sum() < len(z) + 4 * np.sqrt(2 * len(z))
    assert flipout.var(axis=0).sum() < 0.6 * one_draw.var(axis=0).sum()


def test_every_draw_comes_from_the_generator_that_was_given():
    layer = bayesianize(convolutional()).train()
    np.testing.assert_array_equal(
        draws(layer, images(), 2, seed=7), draws(layer, images(), 2, seed=7)
    )
    assert not np.array_equal(draws(layer, images(), 2, seed=7), draws(layer, images(), 2, seed=8))


def test_only_the_copy_is_changed_and_other_layers_stay():
    plain = convolutional()
    bayesian = bayesianize(plain, skip=["6"])
    assert [name for name, _ in random_layers(bayesian)] == ["0", "4"]
    assert type(plain[0]) is nn.Conv2d
    assert type(bayesian[6]) is nn.Linear
    assert {"1.weight", "6.weight"} <= dict(bayesian.named_parameters()).keys()


def test_a_prior_around_the_initial_means_leaves_the_sigmas_alone_to_diverge():
    bayesian = bayesianize(nn.Linear(3, 2), prior_mean="initial", initial_sigma=1.0)
    assert kl_divergence(bayesian).item() == pytest.approx(0, abs=1e-6)
    assert kl_divergence(bayesianize(nn.Linear(3, 2), initial_sigma=1.0)).item() > 0.01


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (nn.Sequential(nn.ReLU()), {}, "Sequential has no layer to convert; nn.Linear, nn.Conv1d"),
        (nn.Linear(1, 1), {"skip": [""]}, "no layer to convert"),
        (convolutional(), {"skip": ["9"]}, "skip names 9; the layers are 0, 4, 6"),
        (convolutional(), {"estimator": "lrt"}, "allowed are flipout, reparametrised"),
        (convolutional(), {"prior_mean": "one"}, "allowed are zero, initial"),
        (convolutional(), {"prior_sigma": 0}, "prior_sigma is 0; it must be a number above 0"),
        (convolutional(), {"initial_sigma": float("nan")}, "initial_sigma is nan"),
    ],
)
def test_faults_are_named(module, options, message):
    with pytest.raises(ValueError, match=message):
        bayesianize(module, **options)


def test_a_layer_at_two_places_is_refused():
    shared = nn.Linear(3, 3)
    with pytest.raises(ValueError, match="layers 0 and 2 share parameters"):
        bayesianize(nn.Sequential(shared, nn.ReLU(), shared))
