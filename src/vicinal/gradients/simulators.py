"""Simulators with known derivatives, on which learning from gradients is tried.

A simulator of one's own is a factory that returns a `Simulator`:

    def damped(rate: float = 0.1) -> Simulator:
        times = torch.arange(1, 11, dtype=torch.float64)

        def function(x: Tensor) -> Tensor:
            return x[0] * torch.exp(-rate * x[1] * times)

        return Simulator("damped", function, lower=(0, 0), upper=(1, 5), steps=10)

    SIMULATORS["damped"] = damped

or, without any registration, `make_simulator("module", module="my_file:damped")`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vicinal.gradients.simulation import Simulator
from vicinal.models.user_module import call_factory


def toy_quadratic(lower: float = -3.0, upper: float = 3.0, noise: float = 1.0) -> Simulator:
    """z = 2 x^2 + e with e ~ N(0, noise^2) (eq. 5). The paper gives no range of x: it is ours."""

    def function(x: Tensor) -> Tensor:
        return 2 * x.square()

    return Simulator("toy_quadratic", function, (lower,), (upper,), 1, noise=noise, inputs=("x",))


def cosine(phi: float = 0.1, alpha: float = 5.0, steps: int = 10, upper: float = 15.0) -> Simulator:
    """y_t = (cos[phi (theta_1 - t - alpha)] cos[phi (theta_2 - t - alpha)])^2 (eq. 7).

    Each theta lies between 0 and `upper`. Exchanging the two changes nothing: at theta_1 = theta_2
    the outputs tell only their sum.
    """
    times = torch.arange(1, steps + 1, dtype=torch.float64)

    def function(theta: Tensor) -> Tensor:
        first, second = (phi * (theta[:, None] - times - alpha)).cos().unbind()
        return (first * second).square()

    return Simulator("cosine", function, (0.0,) * 2, (upper,) * 2, steps, positive=True)


def garch(
    last_return: float = 1.0,
    last_variance: float = 1.0,
    steps: int = 5,
    *,
    u_known: bool = False,
) -> Simulator:
    """Forecasts of a GARCH(1,1) process's variance, h = 1, ..., steps ahead (eq. 12 and 13).

        s2_{t+1} = omega + alpha u_t^2 + beta s2_t,   s2_{t+h} = omega + (alpha + beta) s2_{t+h-1}

    The parameters mu, omega, alpha, beta lie between 0 and 1.

    last_return, last_variance : r_t and s2_t, the latter at least 0. The paper gives none.
    u_known : the paper calls u_t known at time t, which leaves mu without any effect. By default
        r_t is known instead, and u_t = r_t - mu; with u_known, `last_return` is u_t itself.

    Raises ValueError for a last_return that is not finite or a last_variance below 0.
    """
    if not math.isfinite(last_return):
        raise ValueError(f"garch: last_return = {last_return}; a finite number is needed")
    if not (math.isfinite(last_variance) and last_variance >= 0):
        raise ValueError(f"garch: last_variance = {last_variance}; at least 0 is needed")

    def function(theta: Tensor) -> Tensor:
        mu, omega, alpha, beta = theta.unbind()
        u = last_return if u_known else last_return - mu
        variance = omega + alpha * u**2 + beta * last_variance
        forecasts = [variance]
        for _ in range(steps - 1):
            variance = omega + (alpha + beta) * variance
            forecasts.append(variance)
        return torch.stack(forecasts)

    names = ("mu", "omega", "alpha", "beta")
    return Simulator("garch", function, (0.0,) * 4, (1.0,) * 4, steps, positive=True, inputs=names)


def eight_parameters(
    alpha: float = 0.1, eta: float = 0.2, *, constant_first: bool = False
) -> Simulator:
    """y = b1 x0 + b2 b3 exp[b4 (x1 - alpha)] + b5 b6 exp[b7 (x2 - eta)] + b8 (eq. 14).

    The parameters b1, ..., b8 lie between -0.5 and 0.5. The covariates x0, x1, x2, between 0 and 1,
    stand beside them in the inputs: without them y would be no function of the parameters.

    constant_first : x0 is 1, for the paper calls X "2 features and a constant"; it also draws X
        from U[0, 1], which is the default here for all three.
    """

    def function(row: Tensor) -> Tensor:
        b1, b2, b3, b4, b5, b6, b7, b8, x0, x1, x2 = row.unbind()
        first = b2 * (b3 * torch.exp(b4 * (x1 - alpha)))
        second = b5 * (b6 * torch.exp(b7 * (x2 - eta)))
        return (b1 * x0 + first + second + b8)[None]

    names = (*(f"beta_{i}" for i in range(1, 9)), "x_0", "x_1", "x_2")
    lower = (-0.5,) * 8 + (1.0 if constant_first else 0.0, 0.0, 0.0)
    upper = (0.5,) * 8 + (1.0,) * 3
    return Simulator("eight_parameters", function, lower, upper, 1, covariates=3, inputs=names)


def sine(noise: float = 0.47) -> Simulator:
    """z = sin x + e on [0, 2 pi] (section 5), e ~ N(0, noise^2).

    The paper mentions no noise. Without any, ridge regression reaches an RMSE of about 0.08 where
    the paper has 0.35: the default, which is ours, brings the published numbers within reach.
    """

    def function(x: Tensor) -> Tensor:
        return x.sin()

    return Simulator("sine", function, (0.0,), (2 * math.pi,), 1, noise=noise, inputs=("x",))


def _own(module: str) -> Simulator:
    """The simulator that a user's factory returns."""
    simulator = call_factory(module)
    if not isinstance(simulator, Simulator):
        raise ValueError(
            f"module {module!r}: {module.partition(':')[2]}() returns {type(simulator).__name__}; "
            "a vicinal Simulator is needed"
        )
    return simulator


SIMULATORS: dict[str, Callable[..., Simulator]] = {
    "toy_quadratic": toy_quadratic,
    "cosine": cosine,
    "garch": garch,
    "eight_parameters": eight_parameters,
    "sine": sine,
    "module": _own,
}


def make_simulator(name: str, **constants: Any) -> Simulator:
    """The registered simulator of that name, with constants of its own where given.

    `module` (module = "package.module:factory") is what that factory, called without arguments,
    returns; its code is run.

    Raises ValueError for an unknown name or constant, listing those that there are, and for a
    factory that cannot be imported or returns no `Simulator`.
    """
    if name not in SIMULATORS:
        raise ValueError(f"simulator {name!r}; known are {', '.join(SIMULATORS)}")
    signature = inspect.signature(SIMULATORS[name])
    try:
        signature.bind(**constants)
    except TypeError as error:
        raise ValueError(
            f"simulator {name}: {error}; its constants are {', '.join(signature.parameters)}"
        ) from error
    return SIMULATORS[name](**constants)
