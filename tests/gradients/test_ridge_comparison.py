"""Fits of all draws at once against the estimators, one draw at a time."""

import numpy as np
import pytest

from vicinal.gradients.radial_basis import RadialBasis
from vicinal.gradients.radial_ridge import RadialRidge
from vicinal.gradients.ridge import JointRidge, RidgeGradients
from vicinal.gradients.ridge_comparison import (
    PenaltyGrid,
    Samples,
    compare_ridges,
    draw_samples,
)
from vicinal.gradients.simulators import cosine, eight_parameters, sine

GRID = PenaltyGrid(
    lambda1=(0.01, 0.1, 1), lambda2=(0.01, 1), lambda_gradient=(0.03, 0.1), gradient_weight=(0.1, 1)
)
SINE = RadialBasis(np.linspace(0, 2 * np.pi, 7)[:, None], 1.0)
COSINE = RadialBasis(np.random.default_rng(7).uniform(0, 15, (9, 2)), 5.0)


def rmse(error):
    return np.sqrt(np.mean(np.square(error)))


@pytest.mark.parametrize("printed", [False, True])
@pytest.mark.parametrize("intercept", ["shrunk", "free", "none"])
@pytest.mark.parametrize(("simulator", "basis"), [(sine(), SINE), (cosine(steps=2), COSINE)])
def test_every_draw_equals_the_estimators(simulator, basis, intercept, printed):
    rng = np.random.default_rng(0)
    training = draw_samples(simulator, 3, 12, rng)
    validation = draw_samples(simulator, 3, 30, rng)
    test = draw_samples(simulator, 1, 80, rng, noisy=False)
    basis = RadialBasis(basis.centres, basis.radius, printed)
    found = compare_ridges(basis, training, validation, test, GRID, intercept=intercept)
    settings = {"centres": basis.centres, "radius": basis.radius, "intercept": intercept}
    models = {
        "ridge": RadialRidge(as_printed=printed, **settings),
        "ridge_gradients": RidgeGradients(as_printed=printed, **settings),
        "joint_ridge": JointRidge(**settings),
    }
    if printed:
        del models["joint_ridge"]
    assert found.keys() == models.keys()
    for draw in range(3):
        X, z, dz = training.X[draw], training.z[draw], training.dz[draw]
        for name, model in models.items():
            errors = found[name]
            grid = {penalty: getattr(GRID, penalty) for penalty in errors.penalties}
            other = validation.X[draw], validation.z[draw]
            model.fit_validated(X, z, dz, validation=other, grid=grid)
            assert model.penalties_ == {k: v[draw] for k, v in errors.penalties.items()}
            value = rmse(model.predict(test.X[0]) - test.z[0])
            assert errors.value_rmse[draw] == pytest.approx(value, rel=1e-9)
            gradient = rmse(model.predict_gradient(test.X[0]) - test.dz[0])
            assert errors.gradient_rmse[draw] == pytest.approx(gradient, rel=1e-9)
        alone = rmse(models["ridge_gradients"].predict_gradient_alone(test.X[0]) - test.dz[0])
        assert found["ridge_gradients"].alone_rmse[draw] == pytest.approx(alone, rel=1e-9)
    assert found["ridge"].alone_rmse is None


def test_gradients_help_where_samples_are_few():
    """The paper's figures 5 to 7: with exact gradients, noisy values are predicted better."""
    rng = np.random.default_rng(1)
    training, validation = (draw_samples(sine(), 100, 12, rng) for _ in range(2))
    test = draw_samples(sine(), 1, 500, rng, noisy=False)
    found = compare_ridges(SINE, training, validation, test, PenaltyGrid())
    ridge = found["ridge"].value_rmse.mean()
    assert 0.3 < ridge < 0.4
    assert found["ridge_gradients"].value_rmse.mean() < 0.92 * ridge
    assert found["joint_ridge"].value_rmse.mean() < 0.75 * ridge
    alone = found["ridge_gradients"].alone_rmse.mean()
    assert alone < 0.5 * found["ridge"].gradient_rmse.mean()


def test_drawn_samples_are_independent_and_as_noisy_as_told():
    rng = np.random.default_rng(2)
    drawn = draw_samples(sine(0.3), 40, 50, rng)
    assert drawn.X.shape == (40, 50, 1)
    assert drawn.z.shape == (40, 50, 1)
    assert drawn.dz.shape == (40, 50, 1, 1)
    assert len(np.unique(drawn.X)) == 2000
    assert (drawn.z - np.sin(drawn.X)).std() == pytest.approx(0.3, rel=0.1)
    np.testing.assert_allclose(drawn.dz[..., 0], np.cos(drawn.X))
    rough = draw_samples(sine(0.3), 40, 50, rng, gradient_noise=0.2)
    assert (rough.dz[..., 0] - np.cos(rough.X)).std() == pytest.approx(0.2, rel=0.1)
    clean = draw_samples(sine(0.3), 2, 5, rng, noisy=False)
    np.testing.assert_allclose(clean.z, np.sin(clean.X))


def test_what_does_not_fit_is_refused():
    rng = np.random.default_rng(3)
    with pytest.raises(ValueError, match="eight_parameters has 3 covariates"):
        draw_samples(eight_parameters(), 2, 5, rng)
    with pytest.raises(ValueError, match="gradient_noise = -1"):
        draw_samples(sine(), 2, 5, rng, gradient_noise=-1.0)
    training, other = draw_samples(sine(), 4, 5, rng), draw_samples(sine(), 2, 5, rng)
    with pytest.raises(ValueError, match="2 validation draws for 4 of training; 1 or as many"):
        compare_ridges(SINE, training, other, training, GRID)
    with pytest.raises(ValueError, match="2 test draws"):
        compare_ridges(SINE, training, training, other, GRID)
    with pytest.raises(ValueError, match=r"lambda2 = \(-1.0,\); needed are one or more"):
        PenaltyGrid(lambda2=(-1.0,))
    with pytest.raises(ValueError, match="gradient_weight = "):
        PenaltyGrid(gradient_weight=())
    few = Samples(training.X[:, :3], training.z[:, :3], training.dz[:, :3])
    with pytest.raises(ValueError, match="draw 0: its samples do not determine"):
        compare_ridges(SINE, few, few, few, PenaltyGrid(lambda1=(0.0,)))
