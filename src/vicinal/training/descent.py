"""An optimiser's step on all parameters of many networks, which lie in one buffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from vicinal.training.heads import HeadSettings


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

    def is_finite(self) -> bool:
        """Whether every parameter is a number."""
        return bool(torch.isfinite(self.flat.sum()))
