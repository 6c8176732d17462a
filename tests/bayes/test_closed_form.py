"""The posterior of a linear-Gaussian model in closed form, by variational inference and SGLD."""

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.bayes import (
    SGLD,
    bayesianize,
    kl_divergence,
    negative_elbo,
    posterior_of,
    prior_energy,
)
from vicinal.bayes.mean_field import draw_from

NOISE, PRIOR, N = 0.5, 0.8, 40


def data():
    """Inputs (N, 3), correlated, and values (N,) with noise."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(N, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0], [0, 0, 0.3]])
    values = inputs @ [0.7, -1.2, 0.4] + NOISE * rng.normal(size=N)
    return inputs, values


def closed_form():
    """Mean (3,) and covariance (3, 3) of the posterior."""
    inputs, values = data()
    precision = inputs.T @ inputs / NOISE**2 + np.eye(3) / PRIOR**2
    covariance = np.linalg.inv(precision)
    return covariance @ inputs.T @ values / NOISE**2, covariance


def mean_nll(outputs, values):
    return ((outputs[:, 0] - values) ** 2).mean() / (2 * NOISE**2)


def tensors():
    inputs, values = data()
    return torch.tensor(inputs), torch.tensor(values)


@pytest.mark.parametrize("estimator", ["flipout", "reparametrised"])
def test_variational_inference_finds_the_best_gaussian(estimator):
    inputs, values = tensors()
    torch.manual_seed(0)
    model = bayesianize(
        nn.Linear(3, 1, bias=False).double(), prior_sigma=PRIOR, estimator=estimator
    ).train()
    draw_from(model, torch.Generator().manual_seed(1))
    optimizer = torch.optim.Adam(model.parameters())
    steps, late = 6000, []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.03 * (1 - step / steps)
        loss = negative_elbo(mean_nll(model(inputs), values), kl_divergence(model), N)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step >= steps - 1000:
            found = posterior_of(model)
            late.append([found.mean["weight"][0].numpy(), found.variance["weight"][0].numpy()])
    mean, variance = np.mean(late, axis=0)
    exact, covariance = closed_form()
    # Of all products of Gaussians the nearest one has the mean itself, and as variances the
    # inverses of the precision's diagonal, below those of the posterior.
    best = 1 / np.diag(np.linalg.inv(covariance))
    np.testing.assert_allclose(mean, exact, atol=0.15 * np.sqrt(best).max())
    np.testing.assert_allclose(variance, best, rtol=0.1)
    assert (best < 0.95 * np.diag(covariance)).any()


def test_langevin_dynamics_sample_the_posterior():
    inputs, values = tensors()
    models = 400  # chains side by side: a linear model of 400 outputs
    model = nn.Linear(3, models, bias=False).double()
    generator = torch.Generator().manual_seed(2)
    nn.init.zeros_(model.weight)
    rate = 0.02
    sampler = SGLD(model.parameters(), rate, n_train=N, generator=generator)
    drawn = []
    for step in range(3000):
        outputs = model(inputs)
        nll = ((outputs - values[:, None]) ** 2).mean(0).sum() / (2 * NOISE**2)
        loss = nll + prior_energy(model, PRIOR) / N
        sampler.zero_grad()
        loss.backward()
        sampler.step()
        if step >= 1000 and step % 50 == 0:
            drawn.append(model.weight.detach().numpy().copy())
    samples = np.concatenate(drawn)
    exact, covariance = closed_form()
    assert len(samples) == 16_000
    np.testing.assert_allclose(samples.mean(axis=0), exact, atol=0.02)
    np.testing.assert_allclose(np.cov(samples.T), covariance, rtol=0.1, atol=0.002)


def test_the_temperature_is_one_whatever_the_number_of_samples():
    # Without data the loss is the prior's energy over n, and the chain samples the prior.
    for n in (10, 1000):
        weight = nn.Parameter(torch.zeros(4000))
        sampler = SGLD([weight], 0.2 * n, n_train=n, generator=torch.Generator().manual_seed(3))
        for _ in range(60):
            weight.grad = weight.detach() / (PRIOR**2 * n)
            sampler.step()
        # Euler's step widens the variance by 1 / (1 - h / (2 s0^2)), h = 0.2.
        expected = PRIOR**2 / (1 - 0.2 / (2 * PRIOR**2))
        assert weight.detach().var().item() == pytest.approx(expected, rel=0.08)


def test_faults_are_named():
    weight = [nn.Parameter(torch.zeros(1))]
    with pytest.raises(ValueError, match="n_train is 0"):
        SGLD(weight, 0.1, n_train=0)
    with pytest.raises(ValueError, match="lr is 0"):
        SGLD(weight, 0, n_train=1)
