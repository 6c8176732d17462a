"""Many small networks, on shared or own features, trained at once as one batched tensor program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.training.programs import choose_program

Loss = Literal["cross_entropy", "binary_cross_entropy", "squared_error"]
Optimizer = Literal["adam", "sgd"]
Activation = Literal["relu", "tanh"]


@dataclass(frozen=True)
class HeadSettings:
    """How heads are built and trained; the paper's table 8 gives its choices.

    loss : `cross_entropy` (soft-max over the classes), `binary_cross_entropy` (two classes, one
        sigmoid output) or `squared_error` (linear outputs for values; one sigmoid output for two
        classes).
    hidden : widths of hidden layers; none makes a linear head.
    batch_size : samples a step; None takes all of them.
    epsilon : Adam's, Keras' default, for the paper used Keras.

    Raises ValueError for values out of range.
    """

    loss: Loss = "cross_entropy"
    hidden: Sequence[int] = ()
    activation: Activation = "relu"
    optimizer: Optimizer = "adam"
    learning_rate: float = 1e-3
    batch_size: int | None = 25
    epochs: int = 25
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        for name, allowed in (("loss", Loss), ("optimizer", Optimizer), ("activation", Activation)):
            if getattr(self, name) not in get_args(allowed):
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}; allowed are {', '.join(get_args(allowed))}"
                )
        if self.learning_rate <= 0 or self.epsilon <= 0:
            raise ValueError("learning_rate and epsilon must be above 0")
        if self.epochs < 1 or min(self.hidden, default=1) < 1 or (self.batch_size or 1) < 1:
            raise ValueError("epochs, hidden widths and batch_size must be at least 1")


@dataclass
class Heads:
    """Trained heads: S seeds x M weightings of one shape.

    weights : one tensor (S, M, inputs, outputs) a layer;  biases : (S, M, 1, outputs) a layer.
    """

    weights: list[Tensor]
    biases: list[Tensor]
    activation: Activation = "relu"
    sigmoid: bool = False
    block_bytes: int = field(default=2**27, repr=False)

    def probabilities(self, features: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Probabilities (S, M, N) of class 1 of two classes.

        Raises ValueError for heads of more classes or of values.
        """
        outputs = self.predict(features)
        if self.sigmoid:
            return outputs[..., 0]
        if outputs.shape[-1] != 2:
            raise ValueError(f"heads have {outputs.shape[-1]} outputs; two classes are needed")
        probabilities: npt.NDArray[np.float32] = 1 / (1 + np.exp(outputs[..., 0] - outputs[..., 1]))
        return probabilities

    def parameters(self) -> dict[str, Tensor]:
        """All parameters by name, to be saved."""
        named = {}
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            named[f"{layer}.weight"], named[f"{layer}.bias"] = weight, bias
        return named

    @classmethod
    def from_parameters(
        cls, parameters: Mapping[str, Tensor], *, activation: Activation, sigmoid: bool
    ) -> Heads:
        """The heads whose `parameters()` these are."""
        layers = range(len(parameters) // 2)
        weights = [parameters[f"{layer}.weight"] for layer in layers]
        biases = [parameters[f"{layer}.bias"] for layer in layers]
        return cls(weights, biases, activation, sigmoid)

    def pick(self, seed: int, member: int) -> Heads:
        """One head, as Heads with leading axes (1, 1)."""
        return Heads(
            [weight[seed : seed + 1, member : member + 1] for weight in self.weights],
            [bias[seed : seed + 1, member : member + 1] for bias in self.biases],
            self.activation,
            self.sigmoid,
        )

    @torch.no_grad()
    def predict(self, features: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Outputs (S, M, N, c): soft-max logits, sigmoid probabilities (c = 1) or values."""
        inputs = torch.as_tensor(np.asarray(features)).to(self.weights[0])
        seeds, members = self.weights[0].shape[:2]
        width = max(weight.shape[-1] for weight in self.weights)
        rows = max(1, self.block_bytes // (seeds * members * width * inputs.element_size()))
        outputs = []
        for block in inputs.split(rows):
            hidden = block
            for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                hidden = hidden @ weight + bias
                if layer < len(self.weights) - 1:
                    hidden = torch.relu(hidden) if self.activation == "relu" else hidden.tanh()
            outputs.append(hidden.sigmoid() if self.sigmoid else hidden)
        return torch.cat(outputs, dim=2).cpu().numpy()


class HeadTraining:
    """What `train_heads` describes, epoch by epoch; it can be stopped, and continued bit by bit.

    Arguments and errors are those of `train_heads`; what it raises in training is raised by `run`.
    """

    def __init__(
        self,
        features: npt.ArrayLike,
        targets: npt.ArrayLike,
        sample_weights: npt.ArrayLike,
        seeds: Sequence[int],
        settings: HeadSettings,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        inputs, goals, weights = _check(features, targets, sample_weights, seeds, settings)
        sigmoid = settings.loss == "squared_error" and np.asarray(targets).dtype.kind in "iub"
        self.settings, self.epoch = settings, 0
        self.sigmoid = sigmoid or settings.loss == "binary_cross_entropy"
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.program, self._train_epoch = choose_program(
            inputs,
            goals,
            weights,
            self.generators,
            settings,
            sigmoid=sigmoid,
            device=device,
            dtype=dtype,
        )

    def run(self) -> Iterator[int]:
        """Train the epochs that are left, and give the number of each finished one, from 1."""
        while self.epoch < self.settings.epochs:
            with torch.no_grad():
                self._train_epoch()
            self.epoch += 1
            if not self.program.is_finite():
                raise ArithmeticError(
                    f"training heads: parameters are not finite after epoch {self.epoch}; "
                    f"a learning rate below {self.settings.learning_rate} may help"
                )
            yield self.epoch

    def state_dict(self) -> dict[str, Any]:
        """All that the epochs to come depend on, but the arguments."""
        generators = [generator.get_state() for generator in self.generators]
        return {"epoch": self.epoch, "generators": generators, **self.program.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` of a training with the same arguments gave."""
        self.epoch = state["epoch"]
        for generator, kept in zip(self.generators, state["generators"], strict=True):
            generator.set_state(kept)
        self.program.load_state_dict(state)

    def heads(self) -> Heads:
        """The heads as they are now."""
        weights, biases = self.program.parameters(len(self.generators))
        return Heads(weights, biases, self.settings.activation, self.sigmoid)


def train_heads(
    features: npt.ArrayLike,
    targets: npt.ArrayLike,
    sample_weights: npt.ArrayLike,
    seeds: Sequence[int],
    settings: HeadSettings,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    on_epoch: Callable[[int], None] | None = None,
) -> Heads:
    """Train one head for every seed and every weighting of the samples, all in one program.

    features : (N, d) floats, or (S, N, d): samples of their own for each seed.
    targets : (N,) classes from 0, or (N,) or (N, c) values; with the leading axis S where the
        features have it.
    sample_weights : (S, M, N) or (M, N), at least 0: M weightings for each of the S seeds. They
        multiply the losses of a mean over the batch, and are first divided by their mean over
        the samples (section 4.2), so that no weighting changes the learning rate.
    seeds : S seeds. A seed fixes a head's initial parameters (Glorot uniform, zero biases, as in
        Keras) and its order of batches; the M weightings share both, so that they are paired.
    on_epoch : called with the number of each finished epoch (for a progress bar).

    Returns Heads whose parameters have leading axes (S, M).

    The gradient is written out in closed form, layer by layer, and all parameters lie in one
    buffer, so that a step costs a dozen tensor operations whatever the number of heads. Linear
    heads that learn values from all samples at once learn them from the samples' moments instead,
    where these are small (`LeastSquaresProgram`). Equal to training the heads one after another,
    within rounding.

    Raises ValueError for arrays that do not fit together, weights that are negative, not finite or
    all 0, and ArithmeticError where a parameter stops being finite (the epoch is named).

    Novello et al., algorithm 1, line 6.
    """
    training = HeadTraining(
        features, targets, sample_weights, seeds, settings, device=device, dtype=dtype
    )
    for epoch in training.run():
        if on_epoch is not None:
            on_epoch(epoch)
    return training.heads()


def _check(
    features: npt.ArrayLike,
    targets: npt.ArrayLike,
    sample_weights: npt.ArrayLike,
    seeds: Sequence[int],
    settings: HeadSettings,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Features (1 or S, N, d), targets (1 or S, N, c: classes as columns), weights (1 or S, M, N).

    Weights have mean 1 over the samples; an axis of 1 is shared by all seeds.
    """
    inputs = np.asarray(features)
    raw = np.asarray(targets)
    weights = np.asarray(sample_weights, dtype=np.float64)
    axes = inputs.ndim - 1  # 2 where each seed has samples of its own
    if axes not in (1, 2) or raw.shape[:axes] != inputs.shape[:axes]:
        raise ValueError(f"features {inputs.shape} and targets {raw.shape} do not fit together")
    if axes == 2 and len(inputs) != len(seeds):
        raise ValueError(
            f"features {inputs.shape} hold samples for {len(inputs)} seeds, not for {len(seeds)}"
        )
    size = inputs.shape[-2]
    if (
        weights.ndim not in (2, 3)
        or weights.shape[-1] != size
        or (weights.ndim == 3 and len(weights) != len(seeds))
    ):
        raise ValueError(
            f"sample_weights have shape {np.shape(sample_weights)}; needed are (seeds, weightings, "
            f"samples) = ({len(seeds)}, M, {size}) or (M, {size})"
        )
    weights = weights if weights.ndim == 3 else weights[None]
    total = weights.sum(axis=2, keepdims=True)
    if not (np.isfinite(weights).all() and (weights >= 0).all() and (total > 0).all()):
        raise ValueError("sample_weights must be finite, at least 0, and not all 0")
    goals = _encode_targets(raw.reshape(-1, *raw.shape[axes:]), settings.loss)
    inputs = inputs.reshape(-1, *inputs.shape[-2:])
    return inputs, goals.reshape(len(inputs), size, -1), weights * (size / total)


def _encode_targets(raw: npt.NDArray[np.generic], loss: Loss) -> npt.NDArray[np.float64]:
    classes = raw.dtype.kind in "iub"
    if loss == "cross_entropy":
        if not classes or raw.ndim != 1:
            raise ValueError("cross_entropy needs targets (N,) of integer classes")
        # At least two outputs: a single one is read as a probability, not as a logit.
        return np.eye(max(2, int(raw.max()) + 1))[raw.astype(np.int64)]
    if classes and not np.isin(raw, (0, 1)).all():
        raise ValueError(f"{loss} of classes needs exactly two of them, numbered 0 and 1")
    if loss == "binary_cross_entropy" and not classes:
        raise ValueError("binary_cross_entropy needs targets of classes 0 and 1")
    return raw.astype(np.float64).reshape(len(raw), -1)
