"""Ridge regression on radial basis functions, on which the fits with gradients build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from vicinal.gradients.radial_basis import radial_basis
from vicinal.gradients.ridge_solutions import (
    Intercept,
    NormalEquations,
    gradient_equations,
    ridge_path,
    split_constant,
    value_equations,
)

FloatArray = npt.NDArray[np.float64]
Equations = tuple[NormalEquations, NormalEquations | None]
Penalties = dict[str, FloatArray]


class RadialRidge(RegressorMixin, BaseEstimator):
    """Ridge regression on radial basis functions: min |z - Phi b|^2 + l1 |b|^2 (eq. 16 and 17).

    lambda1 : l1, at least 0, on the *sum* of squared errors.
    centres : how many basis functions, or where: (C, d), for one coordinate also (C,). A number is
        evenly spaced over the samples' range in one dimension and placed by k-means in more.
    radius : r of exp(-|x - c|^2 / r^2), in units of X (the paper's is 1), or `spacing` for the
        distance between neighbouring centres.
    intercept : `shrunk` penalises the constant with the other coefficients, as printed, `free`
        leaves it out of the penalties, `none` has none.
    as_printed : `predict_gradient` gives eq. 19 to the letter, slips included: -2 (x - c)^2 / r^2
        for -2 (x - c) / r^2, and the constant, whose derivative is 0.
    random_state : seed of k-means.

    Attributes after `fit`: `coef_` (C,) or (m, C), `intercept_` float or (m,), `basis_`,
    `penalties_` (those of the fit, by name), `n_features_in_`.

    >>> import numpy as np
    >>> X = np.linspace(0, 2 * np.pi, 12)[:, None]
    >>> ridge = RadialRidge(lambda1=0.01).fit(X, np.sin(X[:, 0]))
    >>> round(ridge.score(X, np.sin(X[:, 0])), 2)
    1.0
    >>> ridge.predict_gradient(X).shape
    (12, 1)
    """

    _PENALTIES: ClassVar[tuple[str, ...]] = ("lambda1",)

    def __init__(
        self,
        lambda1: float = 0.1,
        *,
        centres: int | npt.ArrayLike = 7,
        radius: float | Literal["spacing"] = "spacing",
        intercept: Intercept = "shrunk",
        as_printed: bool = False,
        random_state: int = 0,
    ) -> None:
        self.lambda1 = lambda1
        self.centres = centres
        self.radius = radius
        self.intercept = intercept
        self.as_printed = as_printed
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, dy: npt.ArrayLike | None = None) -> Self:
        """Fit to samples X (N, d) and values y, (N,) or (N, m).

        dy : gradients of y by X, (N, d) or (N, m, d); NaN where a partial derivative is not known
            (for no output). Ridge regression has no use for it, and ignores it: one call serves
            all three regressors.

        Raises ValueError for arrays that do not fit together or are not finite (the row is named),
        for arguments out of range, and for penalties so small that the coefficients are not
        determined.
        """
        grid = self._grid({name: [getattr(self, name)] for name in self._PENALTIES})
        equations = self._equations(X, y, dy)
        path = self._path(equations, grid)
        return self._keep(equations, grid, path, (0,) * len(grid))

    def fit_validated(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        dy: npt.ArrayLike | None = None,
        *,
        validation: tuple[npt.ArrayLike, npt.ArrayLike],
        grid: Mapping[str, npt.ArrayLike],
    ) -> Self:
        """Fit with those penalties of a grid that predict other samples' values best.

        validation : samples (V, d) and values as y; no gradients are needed.
        grid : values to try, (G,) by penalty; a penalty that is not named keeps its value.

        All combinations are solved together, and that of the least RMSE (the first, of equals) is
        kept as `penalties_`; `validation_rmse_` (G1, G2, ...) holds all, in the constructor's
        order, NaN where the coefficients are not determined. Errors as for `fit`.
        """
        unknown = sorted(set(grid) - set(self._PENALTIES))
        if unknown:
            raise ValueError(
                f"grid has {', '.join(unknown)}; allowed are {', '.join(self._PENALTIES)}"
            )
        full = self._grid({name: grid.get(name, getattr(self, name)) for name in self._PENALTIES})
        equations = self._equations(X, y, dy)
        path = self._path(equations, full)
        self.validation_rmse_ = self._errors(equations[0], path, *validation)
        if np.isnan(self.validation_rmse_).all():
            self._refuse_undetermined(full)
        best = np.unravel_index(np.nanargmin(self.validation_rmse_), self.validation_rmse_.shape)
        return self._keep(equations, full, path, tuple(int(i) for i in best))

    def predict(self, X: npt.ArrayLike) -> FloatArray:
        """Values (N,), or (N, m) where y was (N, m), at samples X (N, d)."""
        points = self._points(X)
        return self.basis_.features(points) @ self.coef_.T + self.intercept_

    def predict_gradient(self, X: npt.ArrayLike) -> FloatArray:
        """Derivatives of `predict` by X (N, d): (N, d), or (N, m, d) where y was (N, m).

        With `as_printed`, eq. 19 instead, which is no derivative of anything.
        """
        return self._gradient(self._points(X), self.coef_, self.intercept_)

    def _path(self, equations: Equations, grid: Penalties) -> FloatArray:
        """Coefficients (G1, ..., P, m) for all combinations of the grid's penalties."""
        return ridge_path(equations[0], **grid)

    def _errors(
        self, values: NormalEquations, path: FloatArray, X: npt.ArrayLike, y: npt.ArrayLike
    ) -> FloatArray:
        """RMSE (G1, ...) of predictions at X by the path's coefficients."""
        points, targets = self._samples(X, y, reset=False)
        if targets.shape[1] != path.shape[-1]:
            raise ValueError(
                f"validation has {targets.shape[1]} targets a row, training {path.shape[-1]}"
            )
        bells, constant = split_constant(path, values, len(self.basis_.centres))
        squares = np.zeros(path.shape[:-2])
        rows = max(1, 2**22 // constant.size)
        for start in range(0, len(points), rows):
            block = slice(start, start + rows)
            predicted = self.basis_.features(points[block]) @ bells + constant[..., None, :]
            squares += np.square(predicted - targets[block]).sum(axis=(-2, -1))
        return np.asarray(np.sqrt(squares / targets.size))

    def _samples(
        self, X: npt.ArrayLike, y: npt.ArrayLike, *, reset: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Samples (N, d) and targets (N, m), checked; with `reset`, one output is noted as such."""
        _refuse_infinite("y", y)
        points, targets = validate_data(
            self,
            X,
            y,
            dtype=np.float64,
            ensure_all_finite=False,
            multi_output=True,
            y_numeric=True,
            reset=reset,
        )
        _refuse_infinite("X", points)
        targets = np.asarray(targets, dtype=np.float64)
        if reset:
            self._one_output = targets.ndim == 1
        return points, targets.reshape(len(targets), -1)

    def _equations(self, X: npt.ArrayLike, y: npt.ArrayLike, dy: npt.ArrayLike | None) -> Equations:
        if self.intercept not in get_args(Intercept):
            raise ValueError(
                f"intercept is {self.intercept!r}; allowed are {', '.join(get_args(Intercept))}"
            )
        points, targets = self._samples(X, y, reset=True)
        self.basis_ = radial_basis(
            points, self.centres, self.radius, as_printed=self.as_printed, seed=self.random_state
        )
        values = value_equations(self.basis_, points, targets, self.intercept)
        if dy is None:
            return values, None
        shape = points.shape if self._one_output else (*targets.shape, points.shape[1])
        slopes, known = check_gradients(dy, shape)
        if not known.any():
            return values, None
        return values, gradient_equations(self.basis_, points, slopes, self.intercept, known)

    def _grid(self, grid: Mapping[str, Any]) -> Penalties:
        arrays = {name: np.asarray(grid[name], dtype=np.float64).reshape(-1) for name in grid}
        for name, values in arrays.items():
            bad = ~(np.isfinite(values) & (values >= 0))
            if bad.any() or not len(values):
                which = f"{values[bad][0]:g}" if bad.any() else "an empty grid"
                raise ValueError(f"{name} is {which}; allowed are finite numbers of at least 0")
        return arrays

    def _keep(
        self, equations: Equations, grid: Penalties, path: FloatArray, index: tuple[int, ...]
    ) -> Self:
        if np.isnan(path[index]).any():
            self._refuse_undetermined(grid)
        bells, constant = split_constant(path[index], equations[0], len(self.basis_.centres))
        self.coef_, self.intercept_ = self._learned(bells, constant)
        self.penalties_ = {
            name: float(values[i]) for (name, values), i in zip(grid.items(), index, strict=True)
        }
        return self

    def _learned(self, bells: FloatArray, constant: FloatArray) -> tuple[FloatArray, Any]:
        """Coefficients (C,) and a float, or (m, C) and (m,)."""
        return (bells[:, 0], float(constant[0])) if self._one_output else (bells.T, constant)

    def _refuse_undetermined(self, grid: Penalties) -> None:
        tried = ", ".join(
            f"{name} {'=' if len(values) == 1 else 'up to'} {values.max():g}"
            for name, values in grid.items()
        )
        raise ValueError(
            f"with {tried} these samples do not determine the coefficients of "
            f"{len(self.basis_.centres)} basis functions (the matrix is singular to rounding): "
            "larger penalties, fewer centres or more samples are needed"
        )

    def _points(self, X: npt.ArrayLike) -> FloatArray:
        check_is_fitted(self)
        points: FloatArray = validate_data(
            self, X, dtype=np.float64, ensure_all_finite=False, reset=False
        )
        _refuse_infinite("X", points)
        return points

    def _gradient(self, points: FloatArray, coef: FloatArray, constant: Any) -> FloatArray:
        slope = self.basis_.derivatives(points) @ coef.T  # (N, d) or (N, d, m)
        slope = slope + constant if self.as_printed else slope
        return slope if self._one_output else slope.mT

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = True  # few bells in many dimensions fit little
        return tags


def _refuse_infinite(name: str, values: npt.ArrayLike) -> None:
    array = np.asarray(values)
    if array.dtype.kind == "f" and array.ndim:
        bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
        if bad.any():
            raise ValueError(f"{name} holds NaN or infinity, first in row {bad.argmax()}")


def check_gradients(
    dy: npt.ArrayLike, shape: tuple[int, ...]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Gradients (N, m, d), and which partial derivatives (N, d) are known (not NaN).

    Raises ValueError for another shape than `shape`, infinity, and a partial derivative that is
    known for some of the outputs only (the row is named).
    """
    slopes = np.asarray(dy, dtype=np.float64)
    if slopes.shape != shape:
        raise ValueError(f"gradients dy have shape {slopes.shape}; needed is {shape}")
    slopes = slopes.reshape(shape[0], -1, shape[-1])
    infinite = np.isinf(slopes).any(axis=(1, 2))
    if infinite.any():
        raise ValueError(f"gradients dy hold infinity, first in row {infinite.argmax()}")
    missing = np.isnan(slopes)
    partly = (missing.any(axis=1) != missing.all(axis=1)).any(axis=1)
    if partly.any():
        raise ValueError(
            f"gradients dy, row {partly.argmax()}: a partial derivative is NaN (not known) for "
            "some outputs only; it must be known for all of them or for none"
        )
    return slopes, np.asarray(~missing.any(axis=1))
