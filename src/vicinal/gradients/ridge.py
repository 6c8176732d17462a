"""Two ridge regressions that use gradients: ridge-gradients, and the joint ridge."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from vicinal.gradients.radial_ridge import Equations, Penalties, RadialRidge
from vicinal.gradients.ridge_solutions import (
    Intercept,
    joint_ridge_path,
    ridge_gradients_path,
    ridge_path,
    split_constant,
)

FloatArray = npt.NDArray[np.float64]


class RidgeGradients(RadialRidge):
    """Ridge regression drawn towards coefficients that fit the gradients.

        min |z - Phi b|^2 + l1 |b|^2 + l2 |b - b_grad|^2,
        b_grad = argmin |dz/dx - dPhi/dx b|^2 + l_grad |b|^2

    McDonagh and Chen, eq. 15, 20 and 28. Of their derivative features, eq. 18, two slips are
    corrected: -2 (x - c) / r^2 stands for -2 (x - c)^2 / r^2, and the constant has the derivative
    0 (so that l2, as l1, pulls it to 0 where the intercept is `shrunk`).

    lambda1, lambda2, lambda_gradient : l1, l2 and l_grad, each at least 0, on sums of squares.
    as_printed : both slips are kept: in the fit to the gradients, which then has a constant of its
        own (treated as `intercept` says), and in the gradients that are predicted.
    centres, radius, intercept, random_state : see `RadialRidge`.

    Fitted without gradients (dy None, or no partial derivative known), there is no b_grad and no
    third term: the fit is ridge regression with l1. (l2 |b|^2 would be left if the fit to nothing,
    b_grad = 0, were taken at its word.) Lacking partial derivatives are left out of b_grad.

    Attributes after `fit`: those of `RadialRidge`, and b_grad as `gradient_coef_` (C,) or (m, C)
    and `gradient_intercept_` (0 unless `as_printed`); None without gradients.

    >>> import numpy as np
    >>> X = np.linspace(0, 2 * np.pi, 12)[:, None]
    >>> y, dy = np.sin(X[:, 0]), np.cos(X)
    >>> RidgeGradients(0.01, 0.1, 0.01).fit(X, y, dy).predict(X).shape
    (12,)
    """

    _PENALTIES: ClassVar[tuple[str, ...]] = ("lambda1", "lambda2", "lambda_gradient")

    def __init__(
        self,
        lambda1: float = 0.1,
        lambda2: float = 0.1,
        lambda_gradient: float = 0.1,
        *,
        centres: int | npt.ArrayLike = 7,
        radius: float | Literal["spacing"] = "spacing",
        intercept: Intercept = "shrunk",
        as_printed: bool = False,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            lambda1,
            centres=centres,
            radius=radius,
            intercept=intercept,
            as_printed=as_printed,
            random_state=random_state,
        )
        self.lambda2 = lambda2
        self.lambda_gradient = lambda_gradient

    def predict_gradient_alone(self, X: npt.ArrayLike) -> FloatArray:
        """Derivatives at X (N, d) by the fit to the gradients alone, b_grad (eq. 18).

        Returns (N, d), or (N, m, d) where y was (N, m).
        Raises ValueError after a fit without gradients.
        """
        points = self._points(X)
        if self.gradient_coef_ is None:
            raise ValueError("the fit had no gradients (dy): there is no fit to gradients alone")
        return self._gradient(points, self.gradient_coef_, self.gradient_intercept_)

    def _path(self, equations: Equations, grid: Penalties) -> FloatArray:
        values, gradients = equations
        if gradients is None:
            ridge = ridge_path(values, grid["lambda1"])
            rest = [len(grid["lambda2"]), len(grid["lambda_gradient"])]
            shape = (len(ridge), *rest, *ridge.shape[1:])
            return np.broadcast_to(ridge[:, None, None], shape)
        return ridge_gradients_path(values, gradients, **grid)

    def _keep(
        self, equations: Equations, grid: Penalties, path: FloatArray, index: tuple[int, ...]
    ) -> Self:
        super()._keep(equations, grid, path, index)
        self.gradient_coef_: FloatArray | None = None
        self.gradient_intercept_: Any = None
        if equations[1] is not None:
            found = ridge_path(equations[1], self.penalties_["lambda_gradient"])[0]
            learned = split_constant(found, equations[1], len(self.basis_.centres))
            self.gradient_coef_, self.gradient_intercept_ = self._learned(*learned)
        return self


class JointRidge(RadialRidge):
    """Ridge regression on values and gradients at once, one set of coefficients for both.

        min |z - Phi b|^2 + g |dz/dx - dPhi/dx b|^2 + l1 |b|^2
        b = (Phi'Phi + g dPhi'dPhi + l1 I)^-1 (Phi'z + g dPhi'dz)

    Not in the paper: what its ridge-gradients approximates in two steps. Each partial derivative is
    one more equation, so that functions of more coefficients than samples can be determined.

    lambda1 : l1, at least 0.
    gradient_weight : g, at least 0: the ratio of the noise variance of values to that of gradients,
        where both are known; 0 is ridge regression. In squared units of X.
    centres, radius, intercept, random_state : see `RadialRidge`.

    Fitted without gradients (dy None), the second sum is empty: the fit is ridge regression.
    Partial derivatives that are not known (NaN) are left out of it.

    >>> import numpy as np
    >>> X = np.linspace(0, 2 * np.pi, 5)[:, None]
    >>> joint = JointRidge(1e-6).fit(X, np.sin(X[:, 0]), np.cos(X))
    >>> between = np.linspace(0, 2 * np.pi, 100)[:, None]
    >>> round(joint.score(between, np.sin(between[:, 0])), 2)
    0.98
    """

    _PENALTIES: ClassVar[tuple[str, ...]] = ("lambda1", "gradient_weight")

    def __init__(
        self,
        lambda1: float = 0.1,
        gradient_weight: float = 1.0,
        *,
        centres: int | npt.ArrayLike = 7,
        radius: float | Literal["spacing"] = "spacing",
        intercept: Intercept = "shrunk",
        random_state: int = 0,
    ) -> None:
        super().__init__(
            lambda1, centres=centres, radius=radius, intercept=intercept, random_state=random_state
        )
        self.gradient_weight = gradient_weight

    def _path(self, equations: Equations, grid: Penalties) -> FloatArray:
        values, gradients = equations
        if gradients is None:
            ridge = ridge_path(values, grid["lambda1"])
            shape = (len(ridge), len(grid["gradient_weight"]), *ridge.shape[1:])
            return np.broadcast_to(ridge[:, None], shape)
        return joint_ridge_path(values, gradients, **grid)
