"""Iterates of a chain, kept as draws of the posterior that it samples from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vicinal.bayes.rates import check_cycle


class Snapshots:
    """Parameters and buffers of a deterministic network at the end of every cycle.

    model : in training, read only.
    cycle : steps between two snapshots.
    most : snapshots kept. When one more is there, every second goes and the cycle doubles, so
        that those that stay spread evenly over the whole chain.

    Raises ValueError for cycle < 1 and most < 2.
    """

    def __init__(self, model: nn.Module, *, cycle: int = 1, most: int = 100) -> None:
        check_cycle(cycle)
        if most < 2:
            raise ValueError(f"most is {most}; it must be at least 2")
        self.model, self.cycle, self.most = model, cycle, most
        self.steps = 0
        self.draws: list[dict[str, Tensor]] = []

    @torch.no_grad()
    def update(self) -> bool:
        """Count a step; keep the network at the end of a cycle, and say whether."""
        self.steps += 1
        if self.steps % self.cycle:
            return False
        self.draws.append({k: v.detach().clone() for k, v in self.model.state_dict().items()})
        if len(self.draws) > self.most:
            self.draws = self.draws[1::2]
            self.cycle *= 2
        return True

    def spread(self, count: int) -> list[dict[str, Tensor]]:
        """At most `count` draws, evenly over the chain, the last among them."""
        if count >= len(self.draws):
            return list(self.draws)
        places = torch.linspace(len(self.draws) - 1, 0, count).round().long().flip(0)
        return [self.draws[int(place)] for place in places]

    def state_dict(self) -> dict[str, object]:
        """What `load_state_dict` continues from."""
        return {"steps": self.steps, "cycle": self.cycle, "draws": list(self.draws)}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Continue a chain."""
        self.steps, self.cycle = state["steps"], state["cycle"]  # type: ignore[assignment]
        self.draws = list(state["draws"])  # type: ignore[call-overload]
