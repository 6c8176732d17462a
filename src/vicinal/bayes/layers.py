"""Linear and convolution layers whose parameters are independent Gaussians.

A layer's parameter w has q(w) = N(mean, sigma^2), sigma = log(1 + exp(rho)), and the prior
N(prior_mean, prior_sigma^2). Two estimators of the expected loss (one draw each):

reparametrised : w = mean + sigma z, one z for the whole batch (Blundell et al. 2015).
flipout : sample n of the batch has the perturbation (sigma z) * r_n s_n^T, with signs r_n of the
    outputs and s_n of the inputs that are independent from sample to sample (Wen et al. 2018).
    Each sample's parameters have the same distribution as before, but they are uncorrelated
    between samples, so that a batch's mean gradient varies less. In a convolution the signs belong
    to channels, for weights are shared between positions.

In evaluation mode a layer takes its means. Posterior predictives draw parameters for whole data
sets, see `vicinal.bayes.posterior`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

Estimator = Literal["flipout", "reparametrised"]
PriorMean = Literal["zero", "initial"]
Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d


def check_estimator(estimator: str) -> None:
    """Raise ValueError for an unknown estimator, naming the known ones."""
    if estimator not in get_args(Estimator):
        raise ValueError(
            f"estimator is {estimator!r}; allowed are {', '.join(get_args(Estimator))}"
        )


def rho_of(sigma: Tensor) -> Tensor:
    """The rho of which log(1 + exp(rho)) is sigma > 0."""
    return sigma + torch.log(-torch.expm1(-sigma))


class MeanFieldLayer(nn.Module, ABC):
    """A layer with a weight and perhaps a bias, each with mean and rho of its own shape.

    plain : the layer that this one takes the place of; its parameters are the initial means.
    generator : of the draws, on the parameters' device; None takes torch's own.
    """

    weight_mean: nn.Parameter
    weight_rho: nn.Parameter
    bias_mean: nn.Parameter | None
    bias_rho: nn.Parameter | None

    def __init__(
        self,
        plain: nn.Module,
        *,
        prior_sigma: float,
        prior_mean: PriorMean,
        initial_sigma: float,
        estimator: Estimator,
    ) -> None:
        super().__init__()
        check_estimator(estimator)
        self.estimator, self.prior_sigma = estimator, prior_sigma
        self.prior_is_zero = prior_mean == "zero"
        self.generator: torch.Generator | None = None
        for name in ("weight", "bias"):
            value = getattr(plain, name)
            if value is None:
                self.register_parameter(f"{name}_mean", None)
                self.register_parameter(f"{name}_rho", None)
                continue
            mean = value.detach().clone()
            rho = rho_of(torch.full_like(mean, initial_sigma))
            self.register_parameter(f"{name}_mean", nn.Parameter(mean))
            self.register_parameter(f"{name}_rho", nn.Parameter(rho))
            if not self.prior_is_zero:
                self.register_buffer(f"{name}_prior_mean", mean.clone())

    @property
    def random(self) -> list[tuple[str, nn.Parameter, nn.Parameter]]:
        """Name, mean and rho of each parameter that is random."""
        named = [("weight", self.weight_mean, self.weight_rho)]
        if self.bias_mean is not None and self.bias_rho is not None:
            named.append(("bias", self.bias_mean, self.bias_rho))
        return named

    def prior_mean(self, name: str) -> Tensor | None:
        """The prior's mean of a parameter; None for zero."""
        return None if self.prior_is_zero else getattr(self, f"{name}_prior_mean")

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs with drawn parameters in training, with their means in evaluation."""
        if not self.training:
            return self.affine(inputs, self.weight_mean, self.bias_mean)
        weight = self._noise(self.weight_rho)
        bias = None if self.bias_rho is None else self._noise(self.bias_rho)
        if self.estimator == "flipout":
            return self._flipout(inputs, weight, bias)
        weight = self.weight_mean + weight
        if bias is not None and self.bias_mean is not None:
            bias = self.bias_mean + bias
        return self.affine(inputs, weight, bias)

    @abstractmethod
    def affine(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """What the plain layer makes of inputs, weight and bias."""

    @abstractmethod
    def sign_shapes(self, inputs: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Shapes of the signs of inputs and outputs, one a sample and channel."""

    @abstractmethod
    def plain(self) -> nn.Module:
        """The plain layer with the means as its parameters."""

    def _noise(self, rho: Tensor) -> Tensor:
        """sigma z with z standard normal."""
        z = torch.empty_like(rho).normal_(generator=self.generator)
        return functional.softplus(rho) * z

    def _flipout(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        mean = self.affine(inputs, self.weight_mean, self.bias_mean)
        of_inputs, of_outputs = (self._signs(shape, mean) for shape in self.sign_shapes(inputs))
        return mean + of_outputs * self.affine(inputs * of_inputs, weight, bias)

    def _signs(self, shape: tuple[int, ...], like: Tensor) -> Tensor:
        bits = torch.empty(shape, dtype=like.dtype, device=like.device)
        return bits.bernoulli_(0.5, generator=self.generator).mul_(2).sub_(1)

    def __getstate__(self) -> dict[str, Any]:
        # Generators can neither be copied nor pickled; a copy draws from torch's own.
        return {**self.__dict__, "generator": None}


class MeanFieldLinear(MeanFieldLayer):
    """`nn.Linear` with Gaussian parameters: (..., inputs) to (..., outputs)."""

    def affine(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The plain layer's outputs."""
        return functional.linear(inputs, weight, bias)

    def sign_shapes(self, inputs: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A sign a sample and unit; axes between (as of a sequence) share the sample's."""
        outputs, units = self.weight_mean.shape
        between = (1,) * (inputs.ndim - 2)
        batch = inputs.shape[:1] if inputs.ndim > 1 else ()
        return (*batch, *between, units), (*batch, *between, outputs)

    def plain(self) -> nn.Linear:
        """The plain layer with the means as its parameters."""
        outputs, inputs = self.weight_mean.shape
        mean = self.weight_mean
        layer = nn.utils.skip_init(
            nn.Linear, inputs, outputs, self.bias_mean is not None,
            device=mean.device, dtype=mean.dtype,
        )  # fmt: skip
        return _with_means(layer, self)


class MeanFieldConvolution(MeanFieldLayer):
    """`nn.Conv1d`, `nn.Conv2d` or `nn.Conv3d` with Gaussian parameters, stride, groups and all."""

    def __init__(self, plain: Convolution, **options: Any) -> None:
        super().__init__(plain, **options)
        # A convolution of its own class pads and strides as the plain one does; its parameters
        # are given to it at each call.
        self.kind: Any = type(plain)
        self.arguments: dict[str, Any] = {
            "in_channels": plain.in_channels,
            "out_channels": plain.out_channels,
            "kernel_size": plain.kernel_size,
            "stride": plain.stride,
            "padding": plain.padding,
            "dilation": plain.dilation,
            "groups": plain.groups,
            "bias": plain.bias is not None,
            "padding_mode": plain.padding_mode,
        }
        self._shell = (self.kind(**self.arguments, device="meta"),)

    def affine(self, inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The plain layer's outputs."""
        return self._shell[0]._conv_forward(inputs, weight, bias)

    def sign_shapes(self, inputs: Tensor) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """A sign a sample and channel, the same at all positions."""
        positions = (1,) * (self.weight_mean.ndim - 2)
        batch = inputs.shape[: -len(positions) - 1]
        channels = self.arguments["in_channels"], self.arguments["out_channels"]
        return (*batch, channels[0], *positions), (*batch, channels[1], *positions)

    def plain(self) -> nn.Module:
        """The plain layer with the means as its parameters."""
        mean = self.weight_mean
        layer = nn.utils.skip_init(
            self.kind, **self.arguments, device=mean.device, dtype=mean.dtype
        )
        return _with_means(layer, self)


def _with_means(layer: Any, source: MeanFieldLayer) -> Any:
    with torch.no_grad():
        for name, mean, _ in source.random:
            getattr(layer, name).copy_(mean)
    return layer.train(source.training)
