"""Active Bias: training samples count by how much the network has wavered on them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class ActiveBias:
    """Each sample's history of p(correct class) in a training, and the weights made of it.

    samples : N of the training set.
    device : where the history lies: 24 bytes a sample, whatever the number of epochs.

    The probabilities are those of the training passes themselves, taken when a sample is trained
    on (its image shifted and mirrored as drawn, batch normalisation and dropout as in training),
    so that they cost no further pass. Raises ValueError for N below 1.

    Chang, Learned-Miller, McCallum, "Active Bias: Training More Accurate Neural Networks by
    Emphasizing High Variance Samples", 2017, SGD weighted by prediction variance (SGD-WPV).
    """

    def __init__(self, samples: int, *, device: torch.device | str = "cpu") -> None:
        if samples < 1:
            raise ValueError(f"{samples} samples; at least 1 is needed")
        self.count = torch.zeros(samples, dtype=torch.int64, device=device)
        self.mean = torch.zeros(samples, dtype=torch.float64, device=device)
        self.squares = torch.zeros(samples, dtype=torch.float64, device=device)

    def record(self, rows: Tensor, probabilities: Tensor) -> None:
        """Add one probability of the correct class to the histories of a batch.

        rows : (B,) integers, which samples; all different, on the history's device.
        probabilities : (B,) in [0, 1], of any float type; updated in float64 by Welford's method.
        Raises ValueError for shapes that differ.
        """
        if rows.shape != probabilities.shape or rows.ndim != 1:
            raise ValueError(
                f"rows {tuple(rows.shape)} and probabilities {tuple(probabilities.shape)} must "
                "both be (B,)"
            )
        observed = probabilities.detach().to(torch.float64)
        count, mean = self.count[rows] + 1, self.mean[rows]
        deviation = observed - mean
        mean = mean + deviation / count
        self.count[rows] = count
        self.mean[rows] = mean
        self.squares[rows] += deviation * (observed - mean)

    def weights(self) -> Tensor:
        """Weights (N,) float64 of mean 1, none below 1/2.

        w = sqrt(var + var^2 / (|H| - 1)) + eps, divided by its mean, where var is the unbiased
        variance of a sample's history H and eps the mean of the root over all samples. All ones
        until every sample has |H| >= 2, and where no probability has changed.
        """
        if int(self.count.min()) < 2:
            return torch.ones_like(self.mean)
        variance = self.squares / (self.count - 1)
        spread = torch.sqrt(variance + variance**2 / (self.count - 1))
        smoothed = spread + spread.mean()
        if not bool(smoothed.any()):
            return torch.ones_like(self.mean)
        return smoothed / smoothed.mean()

    def state_dict(self) -> dict[str, Tensor]:
        """The history: `count` (N,) int64, `mean` and `squares` (N,) float64."""
        return {"count": self.count, "mean": self.mean, "squares": self.squares}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a history; it is copied to this one's device.

        Raises ValueError for a history of another number of samples.
        """
        for name, own in self.state_dict().items():
            if state[name].shape != own.shape:
                raise ValueError(
                    f"the state's {name} is of {len(state[name])} samples; this training has "
                    f"{len(own)}"
                )
        for name, own in self.state_dict().items():
            own.copy_(state[name])


def correct_probabilities(outputs: Tensor, labels: Tensor) -> Tensor:
    """Soft-max probability (B,) float64, detached, of each sample's class.

    outputs : (B, c) logits of any float type.        labels : (B,) int64 classes.
    """
    probabilities = outputs.detach().to(torch.float64).softmax(dim=1)
    return probabilities.gather(1, labels[:, None])[:, 0]
