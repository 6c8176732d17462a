"""HWA: averages of the means and variances of a Bayesian network along its training (algorithm 1).

Of the iterates mu_1 .. mu_n, sigma_1 .. sigma_n at the ends of n cycles, the average's mean is that
of the mu_i. Its variance is one of

    between    : mean of mu_i^2 - (mean of mu_i)^2, how far the iterates lie apart.
    within     : mean of sigma_i^2, what each iterate holds for uncertain.
    total      : their sum, the variance of the mixture of all iterates.
    as_printed : s <- (n s + mu^2) / (n + 1) - mean^2, eq. 4 as the paper has it. The squared mean
        is subtracted again at every average, so that s is no variance: it falls below 0 without
        end where mu stays put, and is clipped at a floor.

The paper averages where k mod c = 0, k counted from 0: the first iterate of each cycle. Here it is
the last one, where a cyclical rate is least, as in the method that the paper builds on (Izmailov et
al. 2018). A deterministic network is one whose sigma_i are 0: its `within` is stochastic weight
averaging, its `between` with a rank SWAG (Maddox et al. 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import update_bn

from vicinal.bayes.mean_field import plain_network
from vicinal.bayes.posterior import GaussianPosterior, Parameters, posterior_of, predictive
from vicinal.bayes.rates import check_cycle

Variance = Literal["between", "within", "total", "as_printed"]


class HWA(nn.Module):
    """The running average of a network in training; shaped after `AveragedModel` of torch.

    model : bayesianized, or deterministic; it is read at each cycle's end, never changed.
    cycle : steps of the optimiser between two averages, the paper's c.
    variance : that of `posterior`, `sample` and `predictive`, see above.
    rank : K of the low-rank part (Maddox et al.): half of the variance between iterates is then
        carried by the last K deviations from the running mean. 0 for none.
    floor : least variance of `as_printed`.

    `module` is the plain network with the averaged means as its parameters; calling HWA calls it.
    Statistics are kept in float64, in the order of the plain network's parameters.

    Raises ValueError for cycle < 1, an unknown variance, a rank that is 1 or below 0 or goes with
    a variance without that between iterates, and a floor that is not above 0.
    """

    n_averaged: Tensor
    steps: Tensor
    mean: Tensor
    squares: Tensor
    within: Tensor
    printed: Tensor
    deviations: Tensor

    def __init__(
        self,
        model: nn.Module,
        *,
        cycle: int = 1,
        variance: Variance = "total",
        rank: int = 0,
        floor: float = 1e-12,
    ) -> None:
        super().__init__()
        check_cycle(cycle)
        _check_variance(variance, rank)
        if not (math.isfinite(floor) and floor > 0):
            raise ValueError(f"floor is {floor}; it must be a number above 0")
        self.cycle, self.variance, self.rank, self.floor = cycle, variance, rank, floor
        self._model = (model,)  # in a tuple, so that it is no part of this module
        self.module = plain_network(model)
        start = posterior_of(model).mean
        self._shapes = {name: value.shape for name, value in start.items()}
        first = next(iter(start.values()))
        size, device, self._dtype = (
            sum(map(math.prod, self._shapes.values())),
            first.device,
            first.dtype,
        )
        for name in ("mean", "squares", "within", "printed"):
            self.register_buffer(name, torch.zeros(size, dtype=torch.float64, device=device))
        lasting = torch.zeros(rank, size, dtype=self._dtype, device=device)
        self.register_buffer("deviations", lasting)
        self.register_buffer("n_averaged", torch.zeros((), dtype=torch.long))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs of the network with the averaged means."""
        outputs: Tensor = self.module(inputs)
        return outputs

    @torch.no_grad()
    def update(self) -> bool:
        """Count a step of the model's optimiser; average at the end of a cycle, and say whether.

        Raises ArithmeticError where a parameter of the model is not finite; nothing is averaged.
        """
        if (int(self.steps) + 1) % self.cycle == 0:
            self._average()
        self.steps += 1
        return int(self.steps) % self.cycle == 0

    def _average(self) -> None:
        for name, parameter in self._model[0].named_parameters():
            if not bool(torch.isfinite(parameter).all()):
                raise ArithmeticError(f"{name} is not finite after step {int(self.steps) + 1}")
        found = posterior_of(self._model[0])
        mean, variance = _flat(found.mean), _flat(found.variance)
        n = int(self.n_averaged)
        away = mean - self.mean
        self.mean += away / (n + 1)
        # Welford's form of the second moment less the squared mean, which does not cancel.
        self.squares += away * (mean - self.mean)
        self.within += (variance - self.within) / (n + 1)
        self.printed.copy_((n * self.printed + mean.square()) / (n + 1) - self.mean.square())
        if self.rank:
            self.deviations[n % self.rank] = mean - self.mean
        self.n_averaged += 1
        self._fill_module()

    def posterior(
        self, variance: Variance | None = None, rank: int | None = None
    ) -> GaussianPosterior:
        """The averaged posterior over the plain network's parameters.

        variance, rank : None for those of the average; a rank of at most its own.
        Raises ValueError before the first cycle has ended, for a rank with fewer than two
        deviations, and as the class does.
        """
        variance = self.variance if variance is None else variance
        rank = (self.rank if variance == self.variance else 0) if rank is None else rank
        _check_variance(variance, rank)
        n = int(self.n_averaged)
        if n == 0:
            raise ValueError(
                f"nothing is averaged yet: {int(self.steps)} steps in cycles of {self.cycle}"
            )
        between = self.squares / n
        spread = {
            "between": between,
            "within": self.within,
            "total": self.within + between,
            "as_printed": self.printed.clamp(min=self.floor),
        }[variance]
        factors = {}
        if rank:
            chosen = self._last_deviations(rank)
            spread = spread - between / 2
            scaled = chosen / math.sqrt(2 * (len(chosen) - 1))
            factors = self._named(scaled)
        return GaussianPosterior(self._named(self.mean), self._named(spread), factors)

    def sample(self, generator: torch.Generator | None = None) -> Parameters:
        """One draw of the plain network's parameters, by name."""
        return self.posterior().sample(generator)

    def predictive(
        self,
        inputs: Tensor,
        n_samples: int,
        *,
        generator: torch.Generator | None = None,
        refresh: Iterable[Tensor] | None = None,
    ) -> Tensor:
        """Posterior predictive probabilities (N, c): the mean over draws of the parameters.

        refresh : batches of training inputs from which batch normalisation takes its statistics
            anew for each draw; None leaves those of `module`.
        Raises ValueError for n_samples < 1, and as `posterior` does.
        """
        posterior = self.posterior()
        draws = (posterior.sample(generator) for _ in range(n_samples))
        return predictive(self.module, draws, inputs, refresh=refresh).mean(0)

    def refresh_batch_norm(self, batches: Iterable[Tensor]) -> None:
        """Give `module` the batch-norm statistics of the averaged means, from training inputs."""
        update_bn(batches, self.module, device=self.mean.device)

    def _last_deviations(self, rank: int) -> Tensor:
        """(K, P) of the last averages, K at most `rank` and what there is."""
        n = int(self.n_averaged)
        if rank > self.rank or min(n, rank) < 2:
            raise ValueError(
                f"rank is {rank}; needed is one from 2 to {self.rank}, and two averages or more "
                f"(there are {n})"
            )
        newest = [number % self.rank for number in range(max(0, n - rank), n)]
        return self.deviations[newest]

    def _fill_module(self) -> None:
        """The plain network takes the averaged means, and the buffers of the model as it is."""
        means, buffers = self._named(self.mean), dict(self._model[0].named_buffers())
        for name, parameter in self.module.named_parameters():
            parameter.copy_(means[name])
        for name, buffer in self.module.named_buffers():
            buffer.copy_(buffers[name])

    def _named(self, flat: Tensor) -> Parameters:
        """(..., P) as tensors (..., *shape) of the model's dtype, by the parameters' names."""
        sizes = [math.prod(shape) for shape in self._shapes.values()]
        parts = flat.to(self._dtype).split(sizes, dim=-1)
        return {
            name: part.reshape(*flat.shape[:-1], *shape)
            for (name, shape), part in zip(self._shapes.items(), parts, strict=True)
        }


def _flat(named: Mapping[str, Tensor]) -> Tensor:
    return torch.cat([value.flatten().double() for value in named.values()])


def _check_variance(variance: str, rank: int) -> None:
    if variance not in get_args(Variance):
        allowed = ", ".join(get_args(Variance))
        raise ValueError(f"variance is {variance!r}; allowed are {allowed}")
    if isinstance(rank, bool) or not isinstance(rank, int) or rank < 0 or rank == 1:
        raise ValueError(f"rank is {rank!r}; allowed are 0 and whole numbers from 2")
    if rank and variance not in ("between", "total"):
        raise ValueError(f"rank is {rank}, of the variance between iterates, not of {variance}")
