"""What a simulator is: a differentiable function of parameters in a box, run many at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vicinal.vectorised_errors import vectorised_errors

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Simulator:
    """A differentiable process: parameters (and covariates) in, T outputs out.

    function : takes one row of inputs, a float64 tensor (inputs,), and returns (T,) of float64, in
        torch operations with forward derivatives and without Python branches on values
        (`torch.where` instead), for it is evaluated on many rows at once by `torch.func.vmap`.
    lower, upper : the box of the inputs, from which they are drawn uniformly.
    steps : T, outputs of one run; output t = 1, ..., T is column t - 1.
    covariates : how many inputs, the last ones, are data beside the parameters: no derivative is
        taken by them.
    noise : standard deviation of the Gaussian noise in observed values.
    positive : whether all outputs are at least 0, so that a model of them may be kept there.
    inputs : names of the inputs; theta_1, theta_2, ... where left empty.

    Raises ValueError for a box, steps, covariates, noise or names that make no sense.
    """

    name: str
    function: Callable[[Tensor], Tensor]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    steps: int
    covariates: int = 0
    noise: float = 0.0
    positive: bool = False
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        box = np.array([*self.lower, *self.upper], dtype=np.float64)
        size = len(self.lower)
        if len(self.upper) != size or not size or not np.isfinite(box).all():
            self._refuse(f"lower = {self.lower} and upper = {self.upper}: finite, one an input")
        if any(high < low for low, high in zip(self.lower, self.upper, strict=True)):
            self._refuse(f"lower = {self.lower} exceeds upper = {self.upper}")
        if not 0 <= self.covariates < size:
            self._refuse(f"{self.covariates} covariates of {size} inputs; at least one is left")
        if self.steps < 1:
            self._refuse(f"steps = {self.steps}; allowed are 1, 2, ...")
        if not (math.isfinite(self.noise) and self.noise >= 0):
            self._refuse(f"noise = {self.noise}; a standard deviation of at least 0 is needed")
        names = self.inputs or tuple(f"theta_{i}" for i in range(1, size + 1))
        if len(names) != size:
            self._refuse(f"{len(names)} names for {size} inputs")
        object.__setattr__(self, "inputs", names)

    @property
    def parameters(self) -> int:
        """Number p of parameters, the first inputs."""
        return len(self.lower) - self.covariates

    def places(self, names: Sequence[str]) -> list[int]:
        """Where these inputs stand. Raises ValueError for a name that there is none of."""
        unknown = [name for name in names if name not in self.inputs]
        if unknown:
            self._refuse(f"there is no input {unknown[0]!r}; inputs are {', '.join(self.inputs)}")
        return [self.inputs.index(name) for name in names]

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Inputs (n, p + covariates), uniform in the box."""
        return rng.uniform(self.lower, self.upper, size=(n, len(self.lower)))

    def simulate(
        self, inputs: npt.ArrayLike, *, block_rows: int = 2**14
    ) -> tuple[FloatArray, FloatArray]:
        """Noise-free outputs and their derivatives by the parameters.

        inputs : (N, p + covariates) within the box, its edges included.
        block_rows : rows that are evaluated at once.

        Returns values (N, T) and derivatives (N, T, p), both float64. The derivatives are total:
        where an output follows from an earlier one, they include what passes through it.

        Raises ValueError for inputs of another shape, not finite or outside the box (row and input
        are named), for a function that cannot be evaluated so, and for the first value or
        derivative that is not finite (row and t are named).
        """
        rows = self._check_inputs(inputs)
        values = np.empty((len(rows), self.steps))
        derivatives = np.empty((len(rows), self.steps, self.parameters))
        self._check_function(rows[:1])
        for start in range(0, len(rows), block_rows):
            block = slice(start, start + block_rows)
            slope, value = _differentiate(self, torch.from_numpy(rows[block]))
            values[block], derivatives[block] = value.numpy(), slope.numpy()
        self._refuse_infinite(np.isfinite(values), rows, "value")
        self._refuse_infinite(np.isfinite(derivatives).all(axis=2), rows, "derivative")
        return values, derivatives

    def observe(self, values: npt.ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Values with Gaussian noise of standard deviation `noise`; derivatives have none."""
        exact = np.asarray(values, dtype=np.float64)
        return exact + rng.normal(scale=self.noise, size=exact.shape)

    def _check_inputs(self, inputs: npt.ArrayLike) -> FloatArray:
        rows = np.array(np.asarray(inputs), dtype=np.float64, order="C")
        size = len(self.lower)
        if rows.ndim != 2 or rows.shape[1] != size or not len(rows):
            self._refuse(
                f"inputs have shape {rows.shape}; needed are (N, {size}) with N >= 1 and columns "
                + ", ".join(self.inputs)
            )
        finite = np.isfinite(rows)
        outside = ~(finite & (rows >= self.lower) & (rows <= self.upper))
        if outside.any():
            row, column = (int(i) for i in np.argwhere(outside)[0])
            self._refuse(
                f"row {row}: {self.inputs[column]} = {rows[row, column]:.6g}; allowed is "
                f"{self.lower[column]:g} to {self.upper[column]:g}"
            )
        return rows

    def _check_function(self, row: FloatArray) -> None:
        """Evaluate one row plainly: errors of the function itself surface here, unwrapped."""
        value: Any = self.function(torch.from_numpy(row[0].copy()))
        if not isinstance(value, Tensor):
            self._refuse(f"the function returned {type(value).__name__}, not a torch tensor")
        if value.shape != (self.steps,) or value.dtype != torch.float64:
            self._refuse(
                f"the function returned {value.dtype} of shape {tuple(value.shape)}; needed is "
                f"torch.float64 of shape ({self.steps},)"
            )

    def _refuse_infinite(self, finite: npt.ArrayLike, rows: FloatArray, what: str) -> None:
        if not np.all(finite):
            row, column = (int(i) for i in np.argwhere(np.logical_not(finite))[0])
            place = zip(self.inputs, rows[row], strict=True)
            self._refuse(
                f"the {what} at row {row}, t = {column + 1} is not finite; there, "
                + ", ".join(f"{name} = {x:.6g}" for name, x in place)
            )

    def _refuse(self, problem: str) -> None:
        raise ValueError(f"simulator {self.name}: {problem}")


def _differentiate(simulator: Simulator, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Derivatives (N, T, p) and values (N, T) at rows (N, inputs)."""

    def value_twice(parameters: Tensor, covariates: Tensor) -> tuple[Tensor, Tensor]:
        value = simulator.function(torch.cat([parameters, covariates]))
        return value, value

    # Not jacrev: backwards, one infinite derivative would spoil those of all steps of its row.
    both = torch.func.vmap(torch.func.jacfwd(value_twice, has_aux=True))
    sizes = [simulator.parameters, simulator.covariates]
    problem = "the function cannot be differentiated on many rows at once"
    with vectorised_errors(f"simulator {simulator.name}: {problem}"):
        slope, value = both(*rows.split(sizes, dim=1))
    return slope.detach(), value.detach()
