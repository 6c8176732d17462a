"""A neural surrogate of a simulator, trained on its values and its derivatives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from vicinal.gradients.double_backpropagation import Output
from vicinal.gradients.joint_fit import Task, fit_together
from vicinal.gradients.networks import Networks
from vicinal.gradients.standardisation import Units
from vicinal.gradients.surrogate_arguments import as_device, check_partials, check_rows
from vicinal.gradients.surrogate_files import as_networks, read_surrogate, write_surrogate
from vicinal.gradients.training_samples import TrainingSamples, training_samples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

FloatArray = npt.NDArray[np.float64]
Samples = tuple[npt.ArrayLike, npt.ArrayLike]


class GradientSurrogate(RegressorMixin, BaseEstimator):
    """Networks of tanh layers, fitted to a function's values and to its derivatives.

        min alpha MSE(y, yhat) + (1 - alpha) MSE(dy/dtheta, dyhat/dtheta)

    McDonagh and Chen, eq. 8 and section 3, whose choices are the defaults but for `hidden` (theirs
    is 4 layers of 4 eta nodes) and `standardise` (they name none).

    hidden : widths of the hidden layers.    output : `linear`, or `softplus` for values above 0.
    alpha : weight of the values, above 0 and at most 1: 0.5 is the paper's, 1 trains without
        gradients. Surrogates of one `random_state` share initial parameters and batches, so that
        those with and without gradients are pairs.
    epochs, batch_size, learning_rate, decay, epsilon : see `SurrogateSettings`.
    polish : steps of Levenberg-Marquardt after the epochs: 20 lower the error of a simulator
        without noise many times, where samples, outputs and derivatives are few (at most 6000
        residuals). Noise they would fit too.
    standardise : the objective is that of inputs and values of mean 0 and standard deviation 1
        (values of a `softplus` are not shifted); derivatives are carried along by the chain rule.
        False takes the units as they are.
    output_weights : (c,), partial_weights : (c, p) or (p,): what the squared residuals of values
        and of derivatives count, relative to their mean, on top of that. None: all alike.
    members : networks, of initial parameters and batches of their own, that are averaged.
    random_state : seed, an integer of at least 0.
    keep_best : each member keeps the parameters of its epoch of the least error on `validation`.
    device : `cpu`, `cuda` (or `cuda:1`, ...), or `auto`: CUDA where there is one.
    dtype : `float32` or `float64`.

    Attributes after `fit`: `networks_`, `units_`, `history_` (see `fit`), `with_gradients_`,
    `n_features_in_`.

    >>> import numpy as np
    >>> theta = np.linspace(-1, 1, 20)[:, None]
    >>> surrogate = GradientSurrogate(hidden=(8, 8), epochs=100)
    >>> surrogate.fit(theta, np.sin(3 * theta[:, 0]), 3 * np.cos(3 * theta)).predict(theta).shape
    (20,)
    >>> surrogate.predict_gradient(theta).shape
    (20, 1)
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (64, 64, 64, 64),
        output: Output = "linear",
        alpha: float = 0.5,
        epochs: int = 300,
        batch_size: int | None = 32,
        learning_rate: float = 0.01,
        decay: float = 0.0633,
        epsilon: float = 1e-7,
        polish: int = 0,
        standardise: bool = True,
        output_weights: npt.ArrayLike | None = None,
        partial_weights: npt.ArrayLike | None = None,
        members: int = 1,
        random_state: int = 0,
        keep_best: bool = False,
        device: str = "cpu",
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None:
        self.hidden = hidden
        self.output = output
        self.alpha = alpha
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.epsilon = epsilon
        self.polish = polish
        self.standardise = standardise
        self.output_weights = output_weights
        self.partial_weights = partial_weights
        self.members = members
        self.random_state = random_state
        self.keep_best = keep_best
        self.device = device
        self.dtype = dtype

    def fit(
        self,
        theta: npt.ArrayLike,
        y: npt.ArrayLike,
        dy: npt.ArrayLike | None = None,
        *,
        sample_weights: npt.ArrayLike | None = None,
        validation: Samples | None = None,
    ) -> Self:
        """Fit to parameters theta (N, p) and values y, (N,) or (N, c).

        dy : derivatives of y by theta, (N, p) or (N, c, p). NaN says that one is not known: it
            counts nothing. None trains on values alone, whatever alpha.
        sample_weights : (N,), at least 0, relative to their mean; they count in both terms.
        validation : theta and y of other samples. `history_["validation"]`, (members, epochs) or
            (members, epochs, c), is the RMSE on them after each epoch, in units of y; with
            `keep_best`, `history_["best_epoch"]` (members,) is the epoch that was kept, from 0.

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
        if np.asarray(y).dtype.kind == "f":
            check_rows("y", y)  # before scikit-learn does, which names no row
        theta, y = validate_data(
            self, theta, y, dtype=np.float64, ensure_all_finite=False, multi_output=True
        )
        self._one_output = np.ndim(y) == 1
        x, values = check_rows("theta", theta), check_rows("y", y)
        shape = (*values.shape, x.shape[1])
        partials = None if dy is None else check_partials(dy, shape)
        if self.standardise:
            self.units_ = Units.of(x[None], values[None], positive=self.output == "softplus")
        else:
            self.units_ = Units.plain(1, x.shape[1], values.shape[1])
        self.with_gradients_ = partials is not None and self.alpha != 1
        samples = training_samples(
            self.units_.inputs(x[None]),
            self.units_.values(values[None]),
            self.units_.partials(partials[None]) if partials is not None else None,
            sample_weights=sample_weights,
            output_weights=self.output_weights,
            partial_weights=self.weights_of_partials(),
        )
        return self.task(
            samples, self._validation(validation), self.members, values_only=partials is None
        )

    def task(
        self,
        samples: TrainingSamples,
        validation: tuple[FloatArray, FloatArray] | None,
        networks: int,
        *,
        values_only: bool,
    ) -> Task:
        """The training of so many networks on samples in standard units, as this surrogate says."""
        if self.members < 1 or self.random_state < 0:
            raise ValueError(
                f"members is {self.members} and random_state {self.random_state}; allowed are at "
                "least 1 and at least 0"
            )
        if self.keep_best and validation is None:
            raise ValueError("keep_best needs samples in fit(..., validation=(theta, y))")
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f"dtype is {self.dtype!r}; allowed are float32, float64")
        watched = {} if validation is None else {"validation": validation}
        return Task(
            samples,
            np.random.SeedSequence(self.random_state).generate_state(networks).tolist(),
            1.0 if values_only else self.alpha,
            self.settings(),
            Monitor(watched, keep_best="validation" if self.keep_best else None),
            as_device(self.device),
            getattr(torch, self.dtype),
        )

    def weights_of_partials(self) -> npt.ArrayLike | None:
        """`partial_weights` as (c, p); for one output they may be given as (p,)."""
        if self.partial_weights is None:
            return None
        return np.atleast_2d(np.asarray(self.partial_weights, dtype=np.float64))

    def settings(self) -> SurrogateSettings:
        """Shape of the networks and their training."""
        return SurrogateSettings(
            tuple(self.hidden),
            self.output,
            self.learning_rate,
            self.decay,
            self.batch_size,
            self.epochs,
            self.epsilon,
            self.polish,
        )

    def adopt(self, networks: Networks, history: dict[str, FloatArray]) -> None:
        """Take the trained networks; for `fit_together`."""
        self.networks_, self.history_ = networks, dict(history)
        if "validation" in history:
            curve = history["validation"] * self.units_.output_unit[0]
            self.history_["validation"] = curve[..., 0] if self._one_output else curve

    def predict(self, theta: npt.ArrayLike, *, each: bool = False) -> FloatArray:
        """Values (N,), or (N, c) where y was (N, c), at theta (N, p): the members' mean.

        each : the values of each member, with a leading axis of members.
        """
        inputs = self._inputs(theta)
        found = self.networks_.predict(inputs)
        values = self.units_.own_values(found.double().cpu().numpy())
        values = values[..., 0] if self._one_output else values
        return values if each else values.mean(axis=0)

    def predict_gradient(self, theta: npt.ArrayLike, *, each: bool = False) -> FloatArray:
        """Exact derivatives of `predict` by theta (N, p): (N, p), or (N, c, p).

        each : the derivatives of each member, with a leading axis of members.
        """
        inputs = self._inputs(theta)
        found = self.networks_.predict_gradient(inputs)
        slopes = self.units_.own_partials(found.double().cpu().numpy())
        slopes = slopes[:, :, 0] if self._one_output else slopes
        return slopes if each else slopes.mean(axis=0)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted surrogate as `.safetensors`; `history_` is not kept."""
        check_is_fitted(self, "networks_")
        description = {
            "kind": "GradientSurrogate",
            "parameters": self.get_params(),
            "one_output": self._one_output,
            "with_gradients": self.with_gradients_,
        }
        write_surrogate(path, self.networks_, self.units_, description)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: str | None = None) -> Self:
        """The surrogate that `save` wrote, on its own device or another.

        Raises ValueError for a damaged file, another kind of file, and a device that is not there.
        """
        tensors, units, described = read_surrogate(path, "GradientSurrogate")
        surrogate = cls.from_parameters(described["parameters"], device=device)
        surrogate.units_, surrogate._one_output = units, described["one_output"]
        surrogate.with_gradients_ = described["with_gradients"]
        surrogate.n_features_in_ = units.input_origin.shape[1]
        networks = as_networks(tensors, surrogate.output, as_device(surrogate.device))
        surrogate.adopt(networks, {})
        return surrogate

    @classmethod
    def from_parameters(cls, parameters: dict[str, Any], *, device: str | None = None) -> Self:
        """An unfitted surrogate of these parameters, as they come out of JSON."""
        found = parameters | {"hidden": tuple(parameters["hidden"])}
        return cls(**found | ({} if device is None else {"device": device}))

    def _validation(self, given: Samples | None) -> tuple[FloatArray, FloatArray] | None:
        """Validation samples in standard units."""
        if given is None:
            return None
        x, y = (
            check_rows(f"validation {n}", a) for n, a in zip(("theta", "y"), given, strict=True)
        )
        outputs = self.units_.output_unit.shape[1]
        if len(x) != len(y) or x.shape[1] != self.n_features_in_ or y.shape[1] != outputs:
            raise ValueError(
                f"validation samples have shapes {x.shape} and {y.shape}; needed are "
                f"(N, {self.n_features_in_}) and (N, {outputs})"
            )
        return self.units_.inputs(x[None]), self.units_.values(y[None])

    def _inputs(self, theta: npt.ArrayLike) -> torch.Tensor:
        check_is_fitted(self, "networks_")
        theta = validate_data(self, theta, dtype=np.float64, ensure_all_finite=False, reset=False)
        return torch.tensor(self.units_.inputs(check_rows("theta", theta)[None]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
