"""Gaussian posteriors over the parameters of a plain network, and what they predict."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import update_bn

from vicinal.bayes.mean_field import random_layers

Parameters = dict[str, Tensor]


@dataclass(frozen=True)
class GaussianPosterior:
    """N(mean, diag(variance) + sum_k factor_k factor_k^T) over the parameters of a plain network.

    mean, variance : name in the plain network -> tensor of the parameter's shape; variances are 0
        for parameters that are not random.
    factors : name -> (K, *shape), the low-rank part; empty for none.

    Raises ValueError for other names, shapes, and variances below 0 or not finite.
    """

    mean: Mapping[str, Tensor]
    variance: Mapping[str, Tensor]
    factors: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.mean.keys() != self.variance.keys():
            raise ValueError("mean and variance are of different parameters")
        if self.factors and self.factors.keys() != self.mean.keys():
            raise ValueError("mean and factors are of different parameters")
        for name, variance in self.variance.items():
            if variance.shape != self.mean[name].shape:
                raise ValueError(
                    f"the variance of {name} has shape {tuple(variance.shape)}, its mean "
                    f"{tuple(self.mean[name].shape)}"
                )
            if not bool((torch.isfinite(variance) & (variance >= 0)).all()):
                raise ValueError(f"the variance of {name} is negative or not finite")

    @property
    def is_point(self) -> bool:
        """Whether every draw is the mean."""
        return not self.factors and not any(bool(v.any()) for v in self.variance.values())

    def sample(self, generator: torch.Generator | None = None) -> Parameters:
        """One draw of all parameters, by their names in the plain network.

        generator : on the parameters' device; None takes torch's own.
        """
        drawn = {}
        common: Tensor | None = None
        for name, mean in self.mean.items():
            z = torch.empty_like(mean).normal_(generator=generator)
            drawn[name] = mean + self.variance[name].sqrt() * z
            if self.factors:
                factors = self.factors[name]
                if common is None:
                    # The same K numbers for all parameters: they vary together.
                    common = factors.new_empty(len(factors)).normal_(generator=generator)
                drawn[name] = drawn[name] + torch.tensordot(common, factors, dims=1)
        return drawn


def posterior_of(module: nn.Module) -> GaussianPosterior:
    """The posterior that a network holds: of Gaussian layers, and the rest as points.

    Tensors are copies. A deterministic network is a point.
    """
    mean, variance = {}, {}
    random = set()
    for prefix, layer in random_layers(module):
        for name, layer_mean, rho in layer.random:
            full = f"{prefix}.{name}".lstrip(".")
            mean[full] = layer_mean.detach().clone()
            variance[full] = functional.softplus(rho.detach()).square()
            random |= {f"{full}_mean", f"{full}_rho"}
    for name, value in module.named_parameters():
        if name not in random:
            mean[name] = value.detach().clone()
            variance[name] = torch.zeros_like(value)
    return GaussianPosterior(mean, variance)


@torch.no_grad()
def predictive(
    network: nn.Module,
    draws: Iterable[Mapping[str, Tensor]],
    inputs: Tensor,
    *,
    batch_size: int = 1000,
    refresh: Iterable[Tensor] | None = None,
) -> Tensor:
    """Class probabilities (S, N, c), float64, of each of S draws; their mean over S predicts.

    network : plain; evaluated in evaluation mode, and not changed.
    draws : parameters by name, perhaps buffers too, one draw for the whole data set each.
    inputs : (N, ...), on any device; a batch at a time goes to that of the network.
    refresh : batches of training inputs from which batch normalisation takes its statistics anew
        for each draw; None leaves those of the network or of the draw.

    Raises ValueError without a draw, and for a draw of parameters that the network has not.
    """
    network = copy.deepcopy(network).eval()
    device = next(network.parameters()).device
    refreshing = None if refresh is None else list(refresh)
    found = []
    for draw in draws:
        unknown = network.load_state_dict(dict(draw), strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"the draw has {', '.join(unknown)}, which the network has not")
        if refreshing is not None:
            update_bn(refreshing, network, device=device)
        batches = (batch.to(device) for batch in inputs.split(batch_size))
        outputs = torch.cat([network(batch) for batch in batches])
        # In float32 a probability below 1e-38 would be 0, and its logarithm anything.
        found.append(torch.softmax(outputs.double(), dim=1))
    if not found:
        raise ValueError("there is no draw to predict with")
    return torch.stack(found)
