"""Ridges on values and gradients against least squares on the written-out system."""

import numpy as np
import pytest
from ridge_samples import sine, surface
from sklearn.base import clone
from sklearn.linear_model import Ridge

from vicinal.gradients.radial_basis import RadialBasis
from vicinal.gradients.radial_ridge import RadialRidge
from vicinal.gradients.ridge import JointRidge, RidgeGradients

CENTRES = np.linspace(0, 2 * np.pi, 7)
PAPER = {"centres": CENTRES, "radius": 1.0}


def bells(x, printed=False):
    """Features and derivative features of the paper's basis, loop by loop, constant first."""
    phi, slopes = [], []
    for point in x:
        heights = [np.exp(-((point - c) ** 2)) for c in CENTRES]
        power = 2 if printed else 1
        phi.append([1.0, *heights])
        slope = [-2 * (point - c) ** power * h for c, h in zip(CENTRES, heights, strict=True)]
        slopes.append([1.0 if printed else 0.0, *slope])
    return np.array(phi), np.array(slopes)


def least_squares(*blocks):
    """Minimum of the sum of w |A b - t|^2 over blocks (A, t, w)."""
    system = np.concatenate([np.sqrt(w) * a for a, _, w in blocks])
    right = np.concatenate([np.sqrt(w) * t for _, t, w in blocks])
    return np.linalg.lstsq(system, right, rcond=None)[0]


def shrink(size, free=False):
    """The block's matrix of |b|^2; with free, the constant is left out."""
    return np.eye(size)[1:] if free else np.eye(size)


def coefficients(model):
    return np.concatenate([[model.intercept_], model.coef_])


@pytest.mark.parametrize("free", [False, True])
def test_ridge_is_the_least_squares_solution(free):
    X, y, _ = sine()
    phi, _ = bells(X[:, 0])
    penalty = shrink(8, free)
    expected = least_squares((phi, y, 1), (penalty, np.zeros(len(penalty)), 0.3))
    model = RadialRidge(0.3, intercept="free" if free else "shrunk", **PAPER).fit(X, y)
    np.testing.assert_allclose(coefficients(model), expected, rtol=1e-9, atol=1e-11)
    if free:
        peer = Ridge(0.3).fit(phi[:, 1:], y)
        np.testing.assert_allclose(model.predict(X), peer.predict(phi[:, 1:]), rtol=1e-9)


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("printed", [False, True])
def test_ridge_gradients_is_the_least_squares_solution(printed, free):
    """In two steps, as eq. 15 says; printed or corrected, the intercept in the penalties or not."""
    X, y, dy = sine()
    phi, slopes = bells(X[:, 0], printed)
    penalty = shrink(8, free)
    nought = np.zeros(len(penalty))
    drawn_to = least_squares((slopes, dy[:, 0], 1), (penalty, nought, 0.2))
    expected = least_squares((phi, y, 1), (penalty, nought, 0.3), (penalty, penalty @ drawn_to, 2))
    intercept = "free" if free else "shrunk"
    model = RidgeGradients(0.3, 2.0, 0.2, intercept=intercept, as_printed=printed, **PAPER)
    model.fit(X, y, dy)
    np.testing.assert_allclose(coefficients(model), expected, rtol=1e-9, atol=1e-11)
    alone = np.concatenate([[model.gradient_intercept_], model.gradient_coef_])
    np.testing.assert_allclose(alone, drawn_to, rtol=1e-9, atol=1e-11)
    # Figure 6: the gradients as eq. 18 and 19 predict them.
    points = np.linspace(0, 6, 50)
    _, slopes = bells(points, printed)
    slopes[:, 0] = float(printed)
    np.testing.assert_allclose(
        model.predict_gradient_alone(points[:, None])[:, 0], slopes @ drawn_to, atol=1e-9
    )
    np.testing.assert_allclose(
        model.predict_gradient(points[:, None])[:, 0], slopes @ expected, atol=1e-9
    )


@pytest.mark.parametrize("free", [False, True])
def test_the_joint_ridge_is_the_least_squares_solution(free):
    X, y, dy = sine()
    phi, slopes = bells(X[:, 0])
    penalty = shrink(8, free)
    expected = least_squares(
        (phi, y, 1), (slopes, dy[:, 0], 0.7), (penalty, np.zeros(len(penalty)), 0.3)
    )
    model = JointRidge(0.3, 0.7, intercept="free" if free else "shrunk", **PAPER).fit(X, y, dy)
    np.testing.assert_allclose(coefficients(model), expected, rtol=1e-9, atol=1e-11)


def test_no_intercept():
    X, y, dy = sine()
    phi, slopes = (design[:, 1:] for design in bells(X[:, 0]))
    nought = np.zeros(7)
    model = JointRidge(0.3, 0.7, intercept="none", **PAPER).fit(X, y, dy)
    expected = least_squares((phi, y, 1), (slopes, dy[:, 0], 0.7), (np.eye(7), nought, 0.3))
    np.testing.assert_allclose(model.coef_, expected, rtol=1e-9, atol=1e-11)
    assert model.intercept_ == 0
    model = RidgeGradients(0.3, intercept="none", as_printed=True, **PAPER).fit(X, y, dy)
    assert model.intercept_ == model.gradient_intercept_ == 0


MODELS = [
    RadialRidge(0.01, centres=6, radius=1.5),
    RidgeGradients(0.01, 0.1, 0.01, centres=6, radius=1.5),
    RidgeGradients(0.01, 0.1, 0.01, centres=6, radius=1.5, intercept="free"),
    JointRidge(0.01, 0.5, centres=6, radius=1.5),
]


@pytest.mark.parametrize("model", MODELS)
def test_gradients_are_those_of_the_predictions(model):
    X, y, dy = surface()
    model = clone(model).fit(X, y, dy)
    gradient = model.predict_gradient(X)
    assert gradient.shape == (30, 2, 3)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-5
        slope = (model.predict(X + step) - model.predict(X - step)) / 2e-5
        np.testing.assert_allclose(gradient[:, :, axis], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_outputs_are_fitted_each_for_itself(model):
    X, y, dy = surface()
    both = clone(model).fit(X, y, dy)
    for output in range(2):
        one = clone(model).fit(X, y[:, output], dy[:, output])
        np.testing.assert_allclose(both.predict(X)[:, output], one.predict(X), rtol=1e-9)
        np.testing.assert_allclose(
            both.predict_gradient(X)[:, output], one.predict_gradient(X), rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(both.coef_[output], one.coef_, rtol=1e-9)


def test_limits():
    X, y, dy = sine()
    ridge = RadialRidge(0.3, **PAPER).fit(X, y)
    weak = RidgeGradients(0.3, 1e-12, 0.2, **PAPER).fit(X, y, dy)
    np.testing.assert_allclose(coefficients(weak), coefficients(ridge), rtol=1e-9)
    strong = RidgeGradients(0.3, 1e12, 0.2, **PAPER).fit(X, y, dy)
    np.testing.assert_allclose(strong.coef_, strong.gradient_coef_, rtol=1e-9)
    assert strong.intercept_ == pytest.approx(0, abs=1e-9)
    unweighted = JointRidge(0.3, 0.0, **PAPER).fit(X, y, dy)
    np.testing.assert_allclose(coefficients(unweighted), coefficients(ridge), rtol=1e-12)
    # Gradients that are certain determine all but the constant.
    certain = JointRidge(1e-9, 1e9, **PAPER).fit(X, y, dy)
    alone = RidgeGradients(0.3, 0.1, 1e-18, **PAPER).fit(X, y, dy)
    np.testing.assert_allclose(certain.coef_, alone.gradient_coef_, rtol=1e-4)


@pytest.mark.parametrize("kind", [RidgeGradients, JointRidge])
@pytest.mark.parametrize("absent", ["none", "unknown"])
def test_without_gradients_they_are_ridge(kind, absent):
    X, y, dy = sine()
    ridge = RadialRidge(0.3, **PAPER).fit(X, y)
    model = kind(0.3, **PAPER).fit(X, y, None if absent == "none" else np.full_like(dy, np.nan))
    np.testing.assert_array_equal(coefficients(model), coefficients(ridge))
    grid = {"lambda1": [0.1, 0.3]}
    other = sine(seed=1)[:2]
    chosen = clone(model).fit_validated(X, y, validation=other, grid=grid)
    expected = clone(ridge).fit_validated(X, y, validation=other, grid=grid)
    np.testing.assert_array_equal(coefficients(chosen), coefficients(expected))


def test_no_fit_to_gradients_without_gradients():
    model = RidgeGradients(**PAPER).fit(*sine()[:2])
    assert model.gradient_coef_ is None
    with pytest.raises(ValueError, match="had no gradients"):
        model.predict_gradient_alone([[1.0]])


def test_unknown_partial_derivatives_are_left_out():
    X, y, dy = surface()
    y, dy = y[:, 0], dy[:, 0].copy()
    dy[3:20, 1] = np.nan
    dy[7] = np.nan
    model = JointRidge(0.1, 0.5, centres=6, radius=1.5).fit(X, y, dy)
    phi = np.column_stack([np.ones(30), model.basis_.features(X)])
    slopes = model.basis_.derivatives(X)
    rows = [
        ([0, *slopes[i, j]], dy[i, j]) for i in range(30) for j in range(3) if np.isfinite(dy[i, j])
    ]
    assert len(rows) == 90 - 17 - 2
    design, targets = (np.array(column) for column in zip(*rows, strict=True))
    expected = least_squares((phi, y, 1), (design, targets, 0.5), (np.eye(7), np.zeros(7), 0.1))
    np.testing.assert_allclose(coefficients(model), expected, rtol=1e-8, atol=1e-10)


def test_gradients_determine_more_coefficients_than_there_are_samples():
    """A function in the span of 13 coefficients from 5 samples in two dimensions: 15 equations."""
    rng = np.random.default_rng(4)
    basis = RadialBasis(rng.uniform(0, 4, size=(12, 2)), 1.2)
    true = rng.normal(size=12)
    X, points = rng.uniform(0, 4, size=(5, 2)), rng.uniform(0, 4, size=(300, 2))
    y, dy = basis.features(X) @ true + 0.5, basis.derivatives(X) @ true
    truth, slope = basis.features(points) @ true + 0.5, basis.derivatives(points) @ true
    settings = {"centres": basis.centres, "radius": 1.2}
    joint = JointRidge(1e-13, 1.0, **settings).fit(X, y, dy)
    np.testing.assert_allclose(joint.predict(points), truth, atol=1e-4)
    np.testing.assert_allclose(joint.predict_gradient(points), slope, atol=1e-4)
    two_steps = RidgeGradients(1e-9, 1e-3, 1e-9, **settings).fit(X, y, dy)
    ridge = RadialRidge(1e-9, **settings).fit(X, y)
    for model in (ridge, two_steps):
        assert np.sqrt(np.mean((model.predict(points) - truth) ** 2)) > 0.03
    with pytest.raises(ValueError, match="do not determine the coefficients of 12 basis functions"):
        RadialRidge(0.0, **settings).fit(X, y)


@pytest.mark.parametrize("intercept", ["shrunk", "free"])
@pytest.mark.parametrize(
    ("kind", "grid"),
    [
        (RadialRidge, {"lambda1": [0.0, 1e-3, 0.1, 10]}),
        (RidgeGradients, {"lambda1": [1e-3, 1], "lambda2": [0.1, 1, 9], "lambda_gradient": [1, 2]}),
        (RidgeGradients, {"lambda2": [0.1, 1, 9]}),
        (JointRidge, {"lambda1": [1e-3, 0.1, 1], "gradient_weight": [0, 0.3]}),
    ],
)
def test_the_grid_equals_fits_one_at_a_time(kind, grid, intercept):
    X, y, dy = surface(20)
    other, truth, _ = surface(100, seed=1)
    centres = np.random.default_rng(2).uniform(-1, 1, size=(6, 3))
    model = kind(centres=centres, radius=1.5, intercept=intercept)
    chosen = clone(model).fit_validated(X, y, dy, validation=(other, truth), grid=grid)
    full = {name: grid.get(name, [0.1]) for name in chosen.penalties_}
    assert chosen.validation_rmse_.shape == tuple(len(values) for values in full.values())
    least = np.inf
    for index, rmse in np.ndenumerate(chosen.validation_rmse_):
        penalties = {name: full[name][i] for name, i in zip(full, index, strict=True)}
        single = clone(model).set_params(**penalties).fit(X, y, dy)
        expected = np.sqrt(np.mean((single.predict(other) - truth) ** 2))
        assert rmse == pytest.approx(expected, rel=1e-9)
        if expected < least:
            least, best = expected, single
    assert chosen.penalties_ == best.penalties_
    np.testing.assert_allclose(chosen.predict(other), best.predict(other), rtol=1e-9)
    assert chosen.get_params().keys() == model.get_params().keys()
    assert all(chosen.get_params()[name] == model.get_params()[name] for name in full)


def test_undetermined_penalties_are_passed_over():
    X, y, _ = sine(5)
    model = RadialRidge(**PAPER)
    model.fit_validated(X, y, validation=sine(50)[:2], grid={"lambda1": [0.0, 0.1]})
    assert np.isnan(model.validation_rmse_[0])
    assert model.penalties_ == {"lambda1": 0.1}
    with pytest.raises(ValueError, match="with lambda1 = 0 these samples do not determine"):
        model.fit_validated(X, y, validation=sine(50)[:2], grid={"lambda1": [0.0]})
