"""The ridges of section 5 in their variants: corrected or printed formulas, penalties of two kinds.

The function is the sine on [0, 2 pi]; samples for training and validation have noise, test samples
have none: the paper's test outputs have a standard deviation of 0.69, that of a sine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vicinal.gradients.radial_basis import RadialBasis
from vicinal.gradients.radial_ridge import RadialRidge
from vicinal.gradients.ridge import JointRidge, RidgeGradients
from vicinal.gradients.ridge_comparison import (
    FitErrors,
    PenaltyGrid,
    Samples,
    compare_ridges,
    draw_samples,
)
from vicinal.gradients.ridge_solutions import Intercept
from vicinal.gradients.simulators import sine

FloatArray = npt.NDArray[np.float64]

FORMULAS = ("corrected", "printed")
PENALTIES = ("fixed", "tuned")


@dataclass(frozen=True)
class RidgeStudy:
    """What all draws have in common.

    noise, gradient_noise : standard deviations of the noise in values and gradients.
    centres, radius : evenly spaced over the interval, its ends included; r of the bells.
    validation, test : samples that penalties are chosen on, by draw, and that errors are
        measured at, the same for all draws.
    fixed, tuned : penalties: one of each, and those to choose from.
    """

    noise: float = 0.47
    gradient_noise: float = 0.0
    centres: int = 7
    radius: float = 1.0
    intercept: Intercept = "shrunk"
    validation: int = 100
    test: int = 1000
    fixed: PenaltyGrid = field(default_factory=PenaltyGrid)
    tuned: PenaltyGrid = field(default_factory=PenaltyGrid)

    def basis(self, formulas: str) -> RadialBasis:
        """The basis functions, their derivatives corrected or as printed (`FORMULAS`)."""
        low, high = sine().lower[0], sine().upper[0]
        centres = np.linspace(low, high, self.centres)[:, None]
        return RadialBasis(centres, self.radius, as_printed=formulas == "printed")


@dataclass(frozen=True)
class StudyDraws:
    """D draws of training and validation samples, and the test samples of all of them."""

    training: Samples
    validation: Samples
    test: Samples


def draw_study(study: RidgeStudy, draws: int, n: int, rng: np.random.Generator) -> StudyDraws:
    """D = `draws` independent draws of N = n training samples, with the others that they need."""
    simulator = sine(study.noise)
    training = draw_samples(simulator, draws, n, rng, gradient_noise=study.gradient_noise)
    validation = draw_samples(simulator, draws, study.validation, rng)
    return StudyDraws(
        training, validation, draw_samples(simulator, 1, study.test, rng, noisy=False)
    )


def compare_variants(
    study: RidgeStudy, drawn: StudyDraws
) -> dict[tuple[str, str], dict[str, FitErrors]]:
    """Errors of all fits on each draw, by (formulas, penalties) of `FORMULAS` and `PENALTIES`.

    All variants see the same samples, so that their errors are paired.
    """
    grids = {"fixed": study.fixed, "tuned": study.tuned}
    return {
        (formulas, penalties): compare_ridges(
            study.basis(formulas),
            drawn.training,
            drawn.validation,
            drawn.test,
            grids[penalties],
            intercept=study.intercept,
        )
        for formulas in FORMULAS
        for penalties in PENALTIES
    }


def median_draw(errors: FloatArray) -> int:
    """The draw with the median (the lower one of two) of errors (D,)."""
    return int(np.argsort(errors, kind="stable")[(len(errors) - 1) // 2])


def fitted_curves(study: RidgeStudy, samples: Samples, draw: int) -> dict[str, FloatArray]:
    """Values and gradients of the fits to one draw, with the study's fixed penalties.

    Returns the grid `x` (G,), the sine there as `value true` and `gradient true`, the `bells`
    (C, G), the samples as `samples x`, `samples value` and `samples gradient` (N,), and for each of
    `FORMULAS` `value <formulas> <fit>` and `gradient <formulas> <fit>` (G,): fits are `ridge`,
    `ridge_gradients`, `joint_ridge` (corrected only), and, of gradients, `gradient_fit`, by
    ridge-gradients' fit to the gradients alone (eq. 18).
    """
    simulator = sine()
    x = np.linspace(simulator.lower, simulator.upper, 400)
    values, gradients = simulator.simulate(x)
    X, z, dz = samples.X[draw], samples.z[draw, :, 0], samples.dz[draw, :, 0]
    curves = {
        "x": x[:, 0],
        "value true": values[:, 0],
        "gradient true": gradients[:, 0, 0],
        "bells": study.basis("corrected").features(x).T,
        "samples x": X[:, 0],
        "samples value": z,
        "samples gradient": dz[:, 0],
    }
    for formulas in FORMULAS:
        for name, model in _models(study, formulas).items():
            model.fit(X, z, dz)
            curves[f"value {formulas} {name}"] = model.predict(x)
            curves[f"gradient {formulas} {name}"] = model.predict_gradient(x)[:, 0]
            if isinstance(model, RidgeGradients):
                alone = model.predict_gradient_alone(x)[:, 0]
                curves[f"gradient {formulas} gradient_fit"] = alone
    return curves


def _models(study: RidgeStudy, formulas: str) -> dict[str, RadialRidge]:
    """Estimators with the fixed penalties; the joint ridge has no printed form."""
    basis, fixed = study.basis(formulas), study.fixed
    shape: dict[str, Any] = {
        "centres": basis.centres,
        "radius": basis.radius,
        "intercept": study.intercept,
    }
    printed = formulas == "printed"
    (l1,), (l2,), (l_gradient,) = fixed.lambda1, fixed.lambda2, fixed.lambda_gradient
    models: dict[str, RadialRidge] = {
        "ridge": RadialRidge(l1, as_printed=printed, **shape),
        "ridge_gradients": RidgeGradients(l1, l2, l_gradient, as_printed=printed, **shape),
    }
    if not printed:
        models["joint_ridge"] = JointRidge(l1, fixed.gradient_weight[0], **shape)
    return models
