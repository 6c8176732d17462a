"""Ridge, ridge-gradients and the joint ridge on many draws of training samples at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from vicinal.gradients.radial_basis import RadialBasis
from vicinal.gradients.ridge_solutions import (
    Intercept,
    NormalEquations,
    gradient_equations,
    joint_ridge_path,
    ridge_gradients_path,
    ridge_path,
    split_constant,
    value_equations,
)
from vicinal.gradients.simulation import Simulator

FloatArray = npt.NDArray[np.float64]

# The penalties of each fit, in the order of its grid's axes.
FITS = {
    "ridge": ("lambda1",),
    "ridge_gradients": ("lambda1", "lambda2", "lambda_gradient"),
    "joint_ridge": ("lambda1", "gradient_weight"),
}


@dataclass(frozen=True)
class Samples:
    """D draws of N samples: X (D, N, d), values z (D, N, m), gradients dz (D, N, m, d)."""

    X: FloatArray
    z: FloatArray
    dz: FloatArray


@dataclass(frozen=True)
class PenaltyGrid:
    """Penalties to try, each in every combination with the others of a fit; see `FITS`."""

    lambda1: tuple[float, ...] = (0.1,)
    lambda2: tuple[float, ...] = (0.1,)
    lambda_gradient: tuple[float, ...] = (0.1,)
    gradient_weight: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        for field in fields(self):
            values = np.asarray(getattr(self, field.name), dtype=np.float64)
            if values.ndim != 1 or not len(values) or not np.all((values >= 0) & (values < np.inf)):
                raise ValueError(
                    f"{field.name} = {getattr(self, field.name)}; needed are one or more finite "
                    "numbers of at least 0"
                )


@dataclass(frozen=True)
class FitErrors:
    """Test errors of one fit, by draw, and the penalties that it chose.

    value_rmse : (D,) RMSE of values.     gradient_rmse : (D,) RMSE of all partial derivatives.
    alone_rmse : (D,) RMSE of partial derivatives by the fit to gradients alone (ridge-gradients'
        b_grad, eq. 18); None for the others.
    penalties : (D,) by name.
    """

    value_rmse: FloatArray
    gradient_rmse: FloatArray
    alone_rmse: FloatArray | None
    penalties: dict[str, FloatArray]


def draw_samples(
    simulator: Simulator,
    draws: int,
    n: int,
    rng: np.random.Generator,
    *,
    noisy: bool = True,
    gradient_noise: float = 0.0,
) -> Samples:
    """D = `draws` independent draws of N = n samples of a simulator without covariates.

    noisy : add the simulator's noise to the values.
    gradient_noise : standard deviation of the Gaussian noise that is added to the gradients.
    Raises ValueError for a simulator with covariates and a gradient_noise below 0.
    """
    if not 0 <= gradient_noise < np.inf:
        raise ValueError(f"gradient_noise = {gradient_noise}; allowed are numbers of at least 0")
    if simulator.covariates:
        raise ValueError(
            f"simulator {simulator.name} has {simulator.covariates} covariates, by which no "
            "derivative is known; only simulators without any can be compared on"
        )
    inputs = simulator.draw(draws * n, rng)
    values, gradients = simulator.simulate(inputs)
    values = simulator.observe(values, rng) if noisy else values
    gradients = gradients + rng.normal(scale=gradient_noise, size=gradients.shape)
    X, z, dz = (array.reshape(draws, n, *array.shape[1:]) for array in (inputs, values, gradients))
    return Samples(X, z, dz)


def compare_ridges(
    basis: RadialBasis,
    training: Samples,
    validation: Samples,
    test: Samples,
    grid: PenaltyGrid,
    *,
    intercept: Intercept = "shrunk",
) -> dict[str, FitErrors]:
    """Test errors of the fits of `FITS` on each draw, penalties chosen on validation values.

    training : D draws.     validation, test : D draws, or 1 that serves all.
    basis : the same for all fits and draws; with `as_printed` the formulas are the printed ones,
        also for the gradients predicted (eq. 18 and 19), and the joint ridge, which has no printed
        form, is left out.

    The chosen penalties are those of the least validation RMSE of values (the first, of equals).
    Raises ValueError for draws that do not fit together, and where no penalties of the grid
    determine the coefficients of some draw.
    """
    draws = len(training.X)
    for name, samples in (("validation", validation), ("test", test)):
        if len(samples.X) not in (1, draws):
            raise ValueError(f"{len(samples.X)} {name} draws for {draws} of training; 1 or as many")
    values = value_equations(basis, training.X, training.z, intercept)
    gradients = gradient_equations(basis, training.X, training.dz, intercept)
    found = {}
    for fit, path in _paths(basis, values, gradients, grid).items():
        index, bells, constant = _best(basis, path, values, validation)
        lengths = [len(getattr(grid, name)) for name in FITS[fit]]
        chosen = dict(zip(FITS[fit], np.unravel_index(index, lengths), strict=True))
        alone_rmse = None
        if fit == "ridge_gradients":
            alone = ridge_path(gradients, grid.lambda_gradient)
            b = alone[np.arange(draws), chosen["lambda_gradient"]]
            alone_rmse = _gradient_rmse(basis, *split_constant(b, gradients, _size(basis)), test)
        found[fit] = FitErrors(
            _value_rmse(basis, bells, constant, test),
            _gradient_rmse(basis, bells, constant, test),
            alone_rmse,
            {name: np.asarray(getattr(grid, name))[at] for name, at in chosen.items()},
        )
    return found


def _paths(
    basis: RadialBasis, values: NormalEquations, gradients: NormalEquations, grid: PenaltyGrid
) -> dict[str, FloatArray]:
    """Coefficients (D, G1, ..., P, m) of each fit for all of its penalties."""
    paths = {
        "ridge": ridge_path(values, grid.lambda1),
        "ridge_gradients": ridge_gradients_path(
            values, gradients, grid.lambda1, grid.lambda2, grid.lambda_gradient
        ),
    }
    if not basis.as_printed:
        paths["joint_ridge"] = joint_ridge_path(
            values, gradients, grid.lambda1, grid.gradient_weight
        )
    return paths


def _best(
    basis: RadialBasis, path: FloatArray, values: NormalEquations, validation: Samples
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Flat indices (D,) into the grid, and the bells (D, C, m) and constants (D, m) there."""
    flat = path.reshape(len(path), -1, *path.shape[-2:])  # (D, G, P, m)
    bells, constant = split_constant(flat, values, _size(basis))
    features = basis.features(validation.X)
    best = np.empty(len(flat), dtype=np.int64)
    for draw in range(len(flat)):  # one at a time: all predictions would take much memory
        other = draw if len(features) > 1 else 0
        error = features[other] @ bells[draw] + constant[draw][:, None] - validation.z[other]
        rmse = np.sqrt(np.square(error).mean(axis=(-2, -1)))
        if np.isnan(rmse).all():
            raise ValueError(
                f"draw {draw}: its samples do not determine the coefficients with any penalties "
                "of the grid; lambda1 must be larger"
            )
        best[draw] = np.nanargmin(rmse)
    every = np.arange(len(flat))
    return best, bells[every, best], constant[every, best]


def _value_rmse(
    basis: RadialBasis, bells: FloatArray, constant: FloatArray, test: Samples
) -> FloatArray:
    error = basis.features(test.X) @ bells + constant[:, None] - test.z
    return np.asarray(np.sqrt(np.square(error).mean(axis=(1, 2))))


def _gradient_rmse(
    basis: RadialBasis, bells: FloatArray, constant: FloatArray, test: Samples
) -> FloatArray:
    slope = basis.derivatives(test.X) @ bells[:, None]  # (D, N, d, m)
    if basis.as_printed:
        slope = slope + constant[:, None, None]
    return np.asarray(np.sqrt(np.square(slope.mT - test.dz).mean(axis=(1, 2, 3))))


def _size(basis: RadialBasis) -> int:
    return len(basis.centres)
