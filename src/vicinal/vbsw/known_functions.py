"""The functions that training points are drawn for, by name: the paper's, and a user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vicinal.models.user_module import call_factory
from vicinal.vbsw.benchmark_functions import (
    BatemanConstants,
    bateman,
    bateman_chain,
    hyperbolic_tangent,
    runge,
    solve_bateman,
)
from vicinal.vbsw.taylor_measure import Function, evaluate_function

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class KnownFunction:
    """A function with its derivatives, and its values at test points.

    differentiable : of one point (d,), as `taylor_measure` takes it; gives training labels too.
    values : points (N, d) -> (N, outputs), by other means where there are better ones.
    """

    differentiable: Function
    values: Callable[[FloatArray], FloatArray]


def known_function(name: str, **constants: Any) -> KnownFunction:
    """The function of this name with these constants.

    name : `runge`, `tanh` (shift, coefficient), `bateman` (v, sigma_a, sigma_r; closed form),
        `bateman_chain` (v, sigma_a, sigma_r, steps; its test labels come from an adaptive ODE
        solver) or `module` (module = `package.module:factory`, where `factory()` returns a torch
        function of one point).

    Raises ValueError for other names, and where a user's factory cannot be called or returns
    something that is not a function.
    """
    if name not in _FUNCTIONS:
        raise ValueError(f"function {name!r} is not known; known are {', '.join(_FUNCTIONS)}")
    return _FUNCTIONS[name](**constants)


def _evaluated(f: Function) -> KnownFunction:
    return KnownFunction(f, lambda points: evaluate_function(f, points))


def _chain(
    sigma_a: npt.ArrayLike, sigma_r: npt.ArrayLike, v: float = 1.0, steps: int = 100
) -> KnownFunction:
    return KnownFunction(
        bateman_chain(sigma_a, sigma_r, v=v, steps=steps),
        lambda points: solve_bateman(points, sigma_a, sigma_r, v=v),
    )


def _own(module: str) -> KnownFunction:
    f = call_factory(module)
    if not callable(f):
        raise ValueError(
            f"module {module!r}: {module.partition(':')[2]}() returns {type(f).__name__}; a "
            "function of one point (d,) is needed"
        )
    return _evaluated(f)


_FUNCTIONS: Mapping[str, Callable[..., KnownFunction]] = {
    "runge": lambda **constants: _evaluated(runge(**constants)),
    "tanh": lambda **constants: _evaluated(hyperbolic_tangent(**constants)),
    "bateman": lambda **constants: _evaluated(bateman(BatemanConstants(**constants))),
    "bateman_chain": _chain,
    "module": _own,
}
