"""A neural surrogate of a simulator of many steps: one network a step, fed with the step before."""

from __future__ import annotations

import os
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from vicinal.gradients.joint_fit import Task, fit_together
from vicinal.gradients.networks import Networks
from vicinal.gradients.standardisation import Units
from vicinal.gradients.surrogate import GradientSurrogate, Samples
from vicinal.gradients.surrogate_arguments import as_device, check_rows
from vicinal.gradients.surrogate_files import as_networks, read_surrogate, write_surrogate
from vicinal.gradients.total_derivatives import by_step, derivatives_and_directions
from vicinal.gradients.training_samples import training_samples

FloatArray = npt.NDArray[np.float64]
Derivative = Literal["total", "partial"]


class SequentialSurrogate(BaseEstimator):
    """A network for each step t of a simulator, of theta and the output y_(t-1) of the step before.

    The derivatives fitted are total ones: with the simulator's own dy_(t-1)/dtheta,

        dy_t/dtheta  ~  d yhat/d theta + d yhat/d y_(t-1) . dy_(t-1)/dtheta

    McDonagh and Chen, section 3; the chain rule is this project's reading of their eq. 8, which
    does not say what a derivative is for t > 1. All steps' networks are trained as one program.
    The first has no step before it: its second kind of input is a column of zeros, which changes
    nothing in it.

    step : how each step's network looks and is trained; its `random_state` and `members` are the
        surrogate's (of each step's own seed), its `output_weights` and `partial_weights` count in
        every step. None: `GradientSurrogate()`.
    derivative : `total`, or `partial`, which fits d yhat/d theta alone to the total derivative, as
        a naive reader would: for t > 1 only a network that does not listen to y_(t-1) can do both
        that and the values. Here to show what it costs.

    Attributes after `fit`: `networks_` (member by member, step by step), `units_`, `steps_`,
    `history_` (see `fit`), `with_gradients_`, `n_features_in_`.

    >>> import numpy as np
    >>> theta = np.linspace(0.1, 1, 20)[:, None]
    >>> y = np.hstack([theta, theta**2])
    >>> dy = np.stack([np.ones_like(theta), 2 * theta], axis=1)
    >>> surrogate = SequentialSurrogate(step=GradientSurrogate(hidden=(8,), epochs=100))
    >>> surrogate.fit(theta, y, dy).predict(theta).shape
    (20, 2)
    """

    def __init__(
        self, *, step: GradientSurrogate | None = None, derivative: Derivative = "total"
    ) -> None:
        self.step = step
        self.derivative = derivative

    def fit(
        self,
        theta: npt.ArrayLike,
        y: npt.ArrayLike,
        dy: npt.ArrayLike | None = None,
        *,
        sample_weights: npt.ArrayLike | None = None,
        validation: Samples | None = None,
    ) -> Self:
        """Fit to parameters theta (N, p) and the T steps' outputs y (N, T).

        dy : total derivatives of y by theta, (N, T, p). NaN says that one is not known: it counts
            nothing, nor does the next step's, whose chain lacks a link. None: values alone.
        sample_weights : (N,), at least 0, relative to their mean.
        validation : theta and y of other samples. `history_["validation"]` (members, T, epochs) is
            the RMSE on them, each step given the true output before it, in units of y; with the
            step's `keep_best`, `history_["best_epoch"]` (members, T) is the epoch kept, from 0.

        Raises ValueError for arrays that do not fit together or are not finite (the row is named)
        and for parameters out of range, and ArithmeticError where training diverges.
        """
        arguments = {"sample_weights": sample_weights, "validation": validation}
        fit_together([self], [{"theta": theta, "y": y, "dy": dy, **arguments}])
        return self

    def prepare(
        self,
        theta: npt.ArrayLike,
        y: npt.ArrayLike,
        dy: npt.ArrayLike | None = None,
        *,
        sample_weights: npt.ArrayLike | None = None,
        validation: Samples | None = None,
    ) -> Task:
        """What `fit` has to have trained; for `fit_together`."""
        if self.derivative not in get_args(Derivative):
            raise ValueError(
                f"derivative is {self.derivative!r}; allowed are {', '.join(get_args(Derivative))}"
            )
        self.step_ = self.step if self.step is not None else GradientSurrogate()
        x, outputs = self._samples(theta, y, reset=True)
        self.steps_, p = outputs.shape[1], x.shape[1]
        inputs, values = by_step(x, outputs)
        if self.step_.standardise:
            self.units_ = Units.of(inputs, values, positive=self.step_.output == "softplus")
        else:
            self.units_ = Units.plain(self.steps_, p + 1, 1)
        members = self.step_.members
        derivatives: dict[str, Any] = {}
        if dy is not None:
            slopes = self._gradients(dy, (len(x), self.steps_, p))
            goal, tangents = derivatives_and_directions(slopes, total=self.derivative == "total")
            derivatives["partials"] = _tile(self.units_.partials(goal), members)
            derivatives["tangents"] = _tile(self.units_.tangents(tangents), members)
            derivatives["partial_weights"] = self.step_.weights_of_partials()
        self.with_gradients_ = dy is not None and self.step_.alpha != 1
        given = training_samples(
            *self._standard(inputs, values),
            **derivatives,
            sample_weights=sample_weights,
            used_inputs=_tile(np.arange(self.steps_) > 0, members) + p,
        )
        watched = None
        if validation is not None:
            watched = self._standard(*by_step(*self._samples(*validation)))
        return self.step_.task(given, watched, members * self.steps_, values_only=dy is None)

    def adopt(self, networks: Networks, history: dict[str, FloatArray]) -> None:
        """Take the trained networks; for `fit_together`."""
        self.networks_ = networks
        shape = (self.step_.members, self.steps_)
        self.history_ = {
            name: curve.reshape(*shape, *curve.shape[1:]) for name, curve in history.items()
        }
        if "validation" in history:
            self.history_["validation"] = (
                self.history_["validation"][..., 0] * self.units_.output_unit
            )

    def predict(
        self, theta: npt.ArrayLike, *, before: npt.ArrayLike | None = None, each: bool = False
    ) -> FloatArray:
        """Outputs (N, T) at theta (N, p): the mean of the members.

        before : the true outputs (N, T), of which each step is given the one before it ("teacher
            forcing"). None: each member is given its own output.
        each : the outputs of each member, with a leading axis of members.
        """
        x, given = self._asked(theta, before)
        values = self._roll_out(x, given, None, gradients=False)[0]
        return values if each else values.mean(axis=0)

    def predict_gradient(
        self,
        theta: npt.ArrayLike,
        *,
        before: npt.ArrayLike | None = None,
        gradient_before: npt.ArrayLike | None = None,
        each: bool = False,
    ) -> FloatArray:
        """Total derivatives (N, T, p) of `predict` by theta (N, p), through all steps.

        before, gradient_before : true outputs (N, T) and their total derivatives (N, T, p), of
            which each step is given those before it. None, both: the surrogate's own.
        """
        if (before is None) != (gradient_before is None):
            raise ValueError("before and gradient_before go together: give both or none")
        x, given = self._asked(theta, before)
        slopes = None
        if gradient_before is not None:
            slopes = self._gradients(gradient_before, (len(x), self.steps_, x.shape[1]))
        gradient = self._roll_out(x, given, slopes, gradients=True)[1]
        return gradient if each else gradient.mean(axis=0)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted surrogate as `.safetensors`; `history_` is not kept."""
        check_is_fitted(self, "networks_")
        description = {
            "kind": "SequentialSurrogate",
            "derivative": self.derivative,
            "step": self.step_.get_params(),
            "with_gradients": self.with_gradients_,
        }
        write_surrogate(path, self.networks_, self.units_, description)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: str | None = None) -> Self:
        """The surrogate that `save` wrote, on its own device or another.

        Raises ValueError for a damaged file, another kind of file, and a device that is not there.
        """
        tensors, units, described = read_surrogate(path, "SequentialSurrogate")
        step = GradientSurrogate.from_parameters(described["step"], device=device)
        surrogate = cls(step=step, derivative=described["derivative"])
        surrogate.step_, surrogate.units_ = step, units
        surrogate.steps_, inputs = units.input_origin.shape
        surrogate.n_features_in_ = inputs - 1
        surrogate.with_gradients_ = described["with_gradients"]
        surrogate.adopt(as_networks(tensors, step.output, as_device(step.device)), {})
        return surrogate

    def _roll_out(
        self,
        theta: FloatArray,
        before: FloatArray | None,
        gradient_before: FloatArray | None,
        *,
        gradients: bool,
    ) -> tuple[FloatArray, FloatArray]:
        """Outputs (members, N, T) and, if asked for, total derivatives (members, N, T, p)."""
        members = len(self.networks_.weights[0]) // self.steps_
        size, p = theta.shape
        values = np.zeros((members, size, self.steps_))
        slopes = np.zeros((members, size, self.steps_, p * gradients))
        for t in range(self.steps_):
            last = np.zeros((members, size))
            if t:
                last = (
                    values[:, :, t - 1]
                    if before is None
                    else np.tile(before[:, t - 1], (members, 1))
                )
            x = np.concatenate([np.tile(theta, (members, 1, 1)), last[..., None]], axis=2)
            units, networks = self.units_.pick(t), self.networks_.pick(slice(t, None, self.steps_))
            inputs = torch.tensor(units.inputs(x))
            found = networks.predict(inputs).double().cpu().numpy()
            values[:, :, t] = units.own_values(found)[..., 0]
            if gradients:
                found = networks.predict_gradient(inputs).double().cpu().numpy()
                by_input = units.own_partials(found)[:, :, 0]
                slopes[:, :, t] = by_input[..., :p]
                if t:
                    chain = slopes if gradient_before is None else gradient_before[None]
                    slopes[:, :, t] += by_input[..., p:] * chain[:, :, t - 1]
        return values, slopes

    def _asked(
        self, theta: npt.ArrayLike, before: npt.ArrayLike | None
    ) -> tuple[FloatArray, FloatArray | None]:
        """Checked arguments of a prediction."""
        check_is_fitted(self, "networks_")
        if before is not None:
            return self._samples(theta, before)
        theta = validate_data(self, theta, dtype=np.float64, ensure_all_finite=False, reset=False)
        return check_rows("theta", theta), None

    def _samples(
        self, theta: npt.ArrayLike, y: npt.ArrayLike, *, reset: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """Checked theta (N, p) and outputs (N, T)."""
        theta = validate_data(self, theta, dtype=np.float64, ensure_all_finite=False, reset=reset)
        x, outputs = check_rows("theta", theta), np.asarray(y, dtype=np.float64)
        steps = outputs.shape[1:] if reset else (self.steps_,)
        if outputs.ndim != 2 or outputs.shape != (len(x), *steps) or not outputs.size:
            needed = "T" if reset else self.steps_
            raise ValueError(f"y has shape {outputs.shape}; needed is ({len(x)}, {needed})")
        return x, check_rows("y", outputs)

    @staticmethod
    def _gradients(dy: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
        """Checked total derivatives (N, T, p)."""
        slopes = np.asarray(dy, dtype=np.float64)
        if slopes.shape != shape:
            raise ValueError(f"dy has shape {slopes.shape}; needed is {shape}")
        return check_rows("dy", slopes, allow_nan=True)

    def _standard(self, inputs: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Inputs (T, N, p + 1) and values (T, N, 1) in standard units, for each member."""
        members = self.step_.members
        x, y = self.units_.inputs(inputs), self.units_.values(values)
        return _tile(x, members), _tile(y, members)


def _tile(array: npt.NDArray[Any], members: int) -> npt.NDArray[Any]:
    """The array repeated along its first axis."""
    return np.tile(array, (members, *[1] * (array.ndim - 1)))
