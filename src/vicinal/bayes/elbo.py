"""The evidence lower bound with one scale of the KL divergence: divided by n, once.

The loss of eq. 3, averaged over n training samples, is

    -ELBO / n = E_q[mean of -log p(y_i | x_i, w)] + KL(q || prior) / n .

A batch of B samples takes the mean over its own samples and the same KL / n, so that the batches of
an epoch, weighted by their sizes, add up to the loss of the whole training set.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vicinal.bayes.mean_field import random_layers
from vicinal.bayes.posterior import GaussianPosterior


def kl_divergence(module: nn.Module) -> Tensor:
    """KL(q || prior) of all Gaussian parameters of a network, in nats, in closed form.

    Summed over parameters: log(s0 / s) + (s^2 + (mean - m0)^2) / (2 s0^2) - 1/2, with sigma s and
    the prior N(m0, s0^2). Raises ValueError for a network without Gaussian parameters.
    """
    kl: Any = _KL.apply
    terms = [
        kl(mean, rho, layer.prior_mean(name), layer.prior_sigma)
        for _, layer in random_layers(module)
        for name, mean, rho in layer.random
    ]
    if not terms:
        raise ValueError("the network has no Gaussian parameters; bayesianize it first")
    return torch.stack(terms).sum()


def posterior_divergence(posterior: GaussianPosterior, module: nn.Module) -> float:
    """KL of a posterior to the priors of a network's Gaussian parameters, in nats, in float64.

    posterior : over the plain network's parameters, low-rank factors included; its parameters that
        are not Gaussian in `module` do not count. A variance of 0 makes the divergence infinite.
    Raises ValueError for a network without Gaussian parameters.
    """
    total, inner = 0.0, torch.zeros((), dtype=torch.float64)
    named = [
        (f"{prefix}.{name}".lstrip("."), name, layer)
        for prefix, layer in random_layers(module)
        for name, _, _ in layer.random
    ]
    if not named:
        raise ValueError("the network has no Gaussian parameters; bayesianize it first")
    for full, name, layer in named:
        mean, variance = (part[full].double() for part in (posterior.mean, posterior.variance))
        prior_mean, prior_variance = layer.prior_mean(name), layer.prior_sigma**2
        away = mean if prior_mean is None else mean - prior_mean
        if not bool(variance.all()):
            return math.inf
        trace = variance
        if posterior.factors:
            factors = posterior.factors[full].double().flatten(1)
            trace = variance + factors.square().sum(0).view_as(variance)
            inner = inner + (factors / variance.flatten()) @ factors.T
        ratio = (trace + away.square()) / prior_variance - 1 - (variance / prior_variance).log()
        total += 0.5 * float(ratio.sum())
    if posterior.factors:
        # log det(D + F F^T) = log det D + log det(I + F^T D^-1 F)
        total -= 0.5 * float(torch.logdet(torch.eye(len(inner)).to(inner) + inner))
    return total


def prior_energy(module: nn.Module, prior_sigma: float = 1.0) -> Tensor:
    """-log N(w; 0, prior_sigma^2) of all parameters of a network but for its constant, in nats."""
    squares = [parameter.square().sum() for parameter in module.parameters()]
    return torch.stack(squares).sum() / (2 * prior_sigma**2)


def negative_elbo(nll: Tensor, divergence: Tensor, n_train: int, kl_weight: float = 1.0) -> Tensor:
    """-ELBO / n from the mean NLL of a batch and the network's KL divergence.

    n_train : samples of the training set, not of the batch.
    kl_weight : 1, or less while the divergence is warmed up.
    Raises ValueError for n_train < 1 and a negative or infinite weight.
    """
    if n_train < 1:
        raise ValueError(f"n_train is {n_train}; it must be at least 1")
    if not (math.isfinite(kl_weight) and kl_weight >= 0):
        raise ValueError(f"kl_weight is {kl_weight}; it must be a number of at least 0")
    return nll + kl_weight / n_train * divergence


class _KL(torch.autograd.Function):
    """The divergence of one parameter, with its gradient written down: a third of the time."""

    @staticmethod
    def forward(
        ctx: Any, mean: Tensor, rho: Tensor, prior_mean: Tensor | None, prior_sigma: float
    ) -> Tensor:
        """Sum over the parameter's numbers."""
        sigma = functional.softplus(rho)
        away = mean if prior_mean is None else mean - prior_mean
        ctx.save_for_backward(away, rho, sigma)
        ctx.prior_variance = prior_sigma**2
        quadratic = (sigma.square().sum() + away.square().sum()) / (2 * prior_sigma**2)
        constant = mean.numel() * (math.log(prior_sigma) - 0.5)
        return quadratic - sigma.log().sum() + constant

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """By mean and rho; d sigma / d rho is the logistic function."""
        away, rho, sigma = ctx.saved_tensors
        by_sigma = sigma / ctx.prior_variance - 1 / sigma
        by_mean = away * (outputs[0] / ctx.prior_variance)
        return by_mean, by_sigma * torch.sigmoid(rho) * outputs[0], None, None
