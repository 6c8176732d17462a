"""The ELBO: the divergence in closed form, one scale of it, and the priors' energy."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Independent, LowRankMultivariateNormal, Normal, kl

from vicinal.bayes import (
    GaussianPosterior,
    bayesianize,
    kl_divergence,
    negative_elbo,
    posterior_of,
    predictive,
    prior_energy,
)
from vicinal.bayes.elbo import posterior_divergence
from vicinal.bayes.mean_field import random_layers


def network(prior_mean="zero"):
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    made = bayesianize(plain, prior_sigma=0.7, initial_sigma=0.3, prior_mean=prior_mean).double()
    with torch.no_grad():
        for _, layer in random_layers(made):
            for _, mean, rho in layer.random:
                mean.add_(torch.randn_like(mean))
                rho.add_(torch.randn_like(rho))
    return made


def torchs_divergence(made):
    """By torch.distributions, parameter by parameter."""
    total = 0.0
    for _, layer in random_layers(made):
        for name, mean, rho in layer.random:
            center = layer.prior_mean(name)
            prior = Normal(torch.zeros_like(mean) if center is None else center, layer.prior_sigma)
            total = total + kl.kl_divergence(Normal(mean, nn.functional.softplus(rho)), prior).sum()
    return total


@pytest.mark.parametrize("prior_mean", ["zero", "initial"])
def test_the_divergence_and_its_gradient_are_those_of_torch(prior_mean):
    made = network(prior_mean)
    parameters = [p for _, layer in random_layers(made) for _, *pair in layer.random for p in pair]
    found, expected = kl_divergence(made), torchs_divergence(made)
    assert found.item() == pytest.approx(expected.item(), rel=1e-12)
    ours, theirs = (torch.autograd.grad(3 * value, parameters) for value in (found, expected))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)
    assert posterior_divergence(posterior_of(made), made) == pytest.approx(found.item(), rel=1e-12)


def test_the_divergence_of_a_low_rank_posterior_is_that_of_torch():
    layer = bayesianize(nn.Linear(3, 2), prior_sigma=0.7).double()
    generator = torch.Generator().manual_seed(1)
    mean, variance, factors = {}, {}, {}
    for name, shape in (("weight", (2, 3)), ("bias", (2,))):
        mean[name] = torch.randn(shape, generator=generator, dtype=torch.float64)
        variance[name] = torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1
        factors[name] = torch.randn((4, *shape), generator=generator, dtype=torch.float64)
    flat = [torch.cat([part[k].flatten() for k in mean]) for part in (mean, variance)]
    columns = torch.cat([factors[k].flatten(1) for k in mean], dim=1).T
    q = LowRankMultivariateNormal(flat[0], columns, flat[1])
    wide = torch.full((8,), 0.7**2, dtype=torch.float64)
    prior = LowRankMultivariateNormal(torch.zeros_like(wide), torch.zeros(8, 1).double(), wide)
    found = posterior_divergence(GaussianPosterior(mean, variance, factors), layer)
    assert found == pytest.approx(kl.kl_divergence(q, prior).item(), rel=1e-9)


def test_the_loss_of_the_whole_training_set_is_the_sum_over_minibatches():
    made = network().eval()  # the means: one draw for all
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(23, 1, 3, 3, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 3, (23,), generator=generator)

    def loss(part):
        nll = nn.functional.cross_entropy(made(inputs[part]), labels[part])
        return negative_elbo(nll, kl_divergence(made), n_train=23).item()

    batches = torch.arange(23).split(5)  # the last one smaller
    summed = sum(len(part) * loss(part) for part in batches)
    whole = 23 * loss(slice(None))
    assert summed == pytest.approx(whole, rel=1e-12)
    nll = nn.functional.cross_entropy(made(inputs), labels, reduction="sum")
    assert whole == pytest.approx((nll + torchs_divergence(made)).item(), rel=1e-12)


def test_the_prior_energy_is_the_log_density_but_for_a_constant():
    plain = nn.Linear(3, 2)
    prior = [Independent(Normal(torch.zeros_like(p), 0.5), p.ndim) for p in plain.parameters()]
    density = sum(q.log_prob(p) for q, p in zip(prior, plain.parameters(), strict=True))
    at_zero = sum(q.log_prob(torch.zeros_like(q.mean)) for q in prior)
    assert prior_energy(plain, 0.5).item() == pytest.approx((at_zero - density).item(), rel=1e-5)


def test_a_posterior_draws_what_it_says():
    factors = {"w": torch.tensor([[1.0, 0.0], [1.0, 2.0]])}
    variance = {"w": torch.tensor([0.25, 1.0])}
    posterior = GaussianPosterior({"w": torch.tensor([3.0, -1.0])}, variance, factors)
    generator = torch.Generator().manual_seed(3)
    drawn = torch.stack([posterior.sample(generator)["w"] for _ in range(20_000)]).numpy()
    expected = np.diag([0.25, 1.0]) + np.array([[2.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.15)
    np.testing.assert_allclose(drawn.mean(axis=0), [3, -1], atol=0.06)


def test_predictions_are_those_of_the_network_with_each_draw_and_leave_it_alone():
    plain = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    before = {name: value.clone() for name, value in plain.state_dict().items()}
    posterior = posterior_of(bayesianize(plain, initial_sigma=0.5))
    generator = torch.Generator().manual_seed(4)
    drawn = [posterior.sample(generator) for _ in range(3)]
    inputs = torch.randn(7, 3, generator=generator)
    found = predictive(plain, drawn, inputs, batch_size=2)
    for draw, probabilities in zip(drawn, found, strict=True):
        outputs = torch.func.functional_call(plain.eval(), draw, (inputs,))
        torch.testing.assert_close(probabilities, outputs.double().softmax(1))
    for name, value in plain.state_dict().items():
        assert torch.equal(value, before[name])
    refreshed = predictive(plain, drawn, inputs, refresh=[inputs])
    assert not torch.allclose(refreshed, found)
    # An iterator has to last for all draws.
    again = predictive(plain, drawn, inputs, refresh=iter([inputs]))
    assert torch.equal(again, refreshed)


def test_probabilities_far_below_those_of_float32_are_still_told_apart():
    network = nn.Linear(1, 2, bias=False)
    draw = {"weight": torch.tensor([[0.0], [300.0]])}
    (found,) = predictive(network, [draw], torch.ones(1, 1))
    assert found[0, 0].log().item() == pytest.approx(-300)


def test_a_variance_of_zero_is_infinitely_far_from_the_prior():
    layer = bayesianize(nn.Linear(2, 1, bias=False))
    mean, nothing = {"weight": torch.ones(1, 2)}, {"weight": torch.zeros(1, 2)}
    assert posterior_divergence(GaussianPosterior(mean, nothing), layer) == np.inf
    factors = {"weight": torch.ones(2, 1, 2)}
    assert posterior_divergence(GaussianPosterior(mean, nothing, factors), layer) == np.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({"w": torch.ones(2)}, {"w": -torch.ones(2)}), "variance of w is negative"),
        (({"w": torch.ones(2)}, {"w": torch.ones(3)}), r"shape \(3,\), its mean \(2,\)"),
        (({"w": torch.ones(2)}, {"v": torch.ones(2)}), "of different parameters"),
    ],
)
def test_posteriors_at_odds_with_themselves_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        GaussianPosterior(*arguments)


def test_faults_are_named():
    plain = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="no Gaussian parameters; bayesianize it first"):
        kl_divergence(plain)
    with pytest.raises(ValueError, match="n_train is 0"):
        negative_elbo(torch.ones(()), torch.ones(()), 0)
    with pytest.raises(ValueError, match="kl_weight is -1"):
        negative_elbo(torch.ones(()), torch.ones(()), 3, -1)
    with pytest.raises(ValueError, match="no draw to predict with"):
        predictive(plain, [], torch.ones(1, 2))
    with pytest.raises(ValueError, match="the draw has wieght, which the network has not"):
        predictive(plain, [{"wieght": torch.ones(2, 2)}], torch.ones(1, 2))
