"""How surrogate networks are trained, and what is recorded meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import numpy.typing as npt

from vicinal.gradients.double_backpropagation import Output

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SurrogateSettings:
    """Shape of the networks and how they are trained; the paper's choices by default.

    hidden : widths of the tanh layers, at least one.
    output : `linear`, or `softplus` for outputs above 0.
    learning_rate, decay : Adam's rate in epoch e, counted from 0, is learning_rate / (1 + decay e):
        from 0.01 to 0.0005 over 300 epochs.
    batch_size : samples a step; None takes all of them. The paper does not say: Keras' default.
    epsilon : Adam's, Keras' default, for the paper used Keras.
    polish : steps of Levenberg-Marquardt after the epochs, see `polish_networks`. The paper: none.

    Raises ValueError for values out of range.
    """

    hidden: Sequence[int] = (64, 64, 64, 64)
    output: Output = "linear"
    learning_rate: float = 0.01
    decay: float = 0.0633
    batch_size: int | None = 32
    epochs: int = 300
    epsilon: float = 1e-7
    polish: int = 0

    def __post_init__(self) -> None:
        if self.output not in get_args(Output):
            raise ValueError(
                f"output is {self.output!r}; allowed are {', '.join(get_args(Output))}"
            )
        if not len(self.hidden) or min(self.hidden) < 1:
            raise ValueError(
                f"hidden is {self.hidden!r}; needed are widths of at least 1, one or more"
            )
        if self.learning_rate <= 0 or self.epsilon <= 0 or self.decay < 0:
            raise ValueError("learning_rate and epsilon must be above 0, decay at least 0")
        if self.epochs < 1 or (self.batch_size is not None and self.batch_size < 1):
            raise ValueError("epochs and batch_size must be at least 1")
        if self.polish < 0:
            raise ValueError(f"polish is {self.polish}; allowed are 0, 1, ...")

    def rate(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0."""
        return self.learning_rate / (1 + self.decay * epoch)


@dataclass(frozen=True)
class Monitor:
    """What is recorded after each epoch.

    samples : by name, inputs (N, q) or (B, N, q) and values (N, c) or (B, N, c): the RMSE of each
        network and output on them.
    updates : also the mean absolute change of a network's parameters in the epoch (figure 1).
    keep_best : name among `samples`: each network ends with the parameters of the epoch in which
        its mean squared error on them was least. None keeps the last epoch's.

    Raises ValueError for an unknown name in keep_best.
    """

    samples: Mapping[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)
    updates: bool = False
    keep_best: str | None = None

    def __post_init__(self) -> None:
        if self.keep_best is not None and self.keep_best not in self.samples:
            raise ValueError(
                f"keep_best is {self.keep_best!r}; allowed are None and the monitored samples: "
                f"{', '.join(self.samples) or 'there are none'}"
            )

    def of(self, networks: npt.NDArray[np.int64]) -> Monitor:
        """The monitor of some of the networks."""

        def own(array: FloatArray) -> FloatArray:
            return array[networks] if np.ndim(array) == 3 else array

        samples = {name: (own(x), own(y)) for name, (x, y) in self.samples.items()}
        return Monitor(samples, self.updates, self.keep_best)
