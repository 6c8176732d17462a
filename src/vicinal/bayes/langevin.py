"""Stochastic gradient Langevin dynamics at unit temperature (Welling and Teh 2011)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


class SGLD(torch.optim.Optimizer):
    """Steps that sample from exp(-n loss): w <- w - lr grad(loss) + sqrt(2 lr / n) z.

    parameters : to sample.
    lr : step of the mean potential; of the summed one it is lr / n, and the noise is then the
        textbook's sqrt(2 lr / n).
    n_train : training samples n. The loss is the potential divided by n: the mean NLL of a batch
        plus the prior's energy over n.
    generator : of z, on the parameters' device; None takes torch's own.

    Raises ValueError for n_train < 1 and a rate that is not above 0.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        *,
        n_train: int,
        generator: torch.Generator | None = None,
    ) -> None:
        if n_train < 1:
            raise ValueError(f"n_train is {n_train}; it must be at least 1")
        if not lr > 0:
            raise ValueError(f"lr is {lr}; it must be above 0")
        self.n_train, self.generator = n_train, generator
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step of all parameters that have a gradient."""
        for group in self.param_groups:
            rate = group["lr"]
            scale = (2 * rate / self.n_train) ** 0.5
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                noise = torch.empty_like(parameter).normal_(generator=self.generator)
                parameter.add_(parameter.grad, alpha=-rate).add_(noise, alpha=scale)
