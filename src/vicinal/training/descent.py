"""An optimiser's step on all parameters of many networks, which lie in one buffer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vicinal.training.heads import HeadSettings

_BUFFERS = ("flat", "first_moment", "second_moment")


class Descent:
    """Parameters in the buffer `flat`, their gradient in `gradient`, and the step along it."""

    def __init__(self, flat: Tensor, settings: HeadSettings) -> None:
        self.settings, self.flat = settings, flat
        self.gradient = torch.zeros_like(flat)
        self.first_moment = torch.zeros_like(flat)
        self.second_moment = torch.zeros_like(flat)
        self.steps = 0

    def descend(self) -> None:
        """One step of stochastic gradient descent, or of Adam with Keras' defaults."""
        self.steps += 1
        rate, g = self.settings.learning_rate, self.gradient
        if self.settings.optimizer == "sgd":
            self.flat.sub_(g, alpha=rate)
            return
        self.first_moment.lerp_(g, 1 - 0.9)
        self.second_moment.mul_(0.999).addcmul_(g, g, value=1 - 0.999)
        correction = (1 - 0.999**self.steps) ** 0.5
        scale = self.second_moment.sqrt().add_(self.settings.epsilon * correction)
        rate *= correction / (1 - 0.9**self.steps)
        self.flat.addcdiv_(self.first_moment, scale, value=-rate)

    def state_dict(self) -> dict[str, Any]:
        """Parameters, moments and steps, to be continued from."""
        kept = {name: getattr(self, name).cpu().clone() for name in _BUFFERS}
        return {**kept, "steps": self.steps}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` of the same program gave."""
        for name in _BUFFERS:
            getattr(self, name).copy_(state[name])  # others look at these buffers
        self.steps = state["steps"]

    def is_finite(self) -> bool:
        """Whether every parameter is a number."""
        return bool(torch.isfinite(self.flat.sum()))
