"""Conventions of scikit-learn, cross-validation with gradients, and what is refused."""

import numpy as np
import pytest
from ridge_samples import sine, surface
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from vicinal.gradients.radial_basis import RadialBasis, place_centres, radial_basis, spacing
from vicinal.gradients.radial_ridge import RadialRidge
from vicinal.gradients.ridge import JointRidge, RidgeGradients

PAPER = {"centres": np.linspace(0, 2 * np.pi, 7), "radius": 1.0}


@pytest.mark.parametrize("printed", [False, True])
def test_the_basis_entry_by_entry(printed):
    """Eq. 16, and its derivative as it is and as eq. 18 prints it, with a radius that is not 1."""
    rng = np.random.default_rng(0)
    X, centres, r = rng.normal(size=(5, 2)), rng.normal(size=(3, 2)), 1.7
    basis = RadialBasis(centres, r, printed)
    heights, slopes = basis.features(X), basis.derivatives(X)
    for i, x in enumerate(X):
        for k, c in enumerate(centres):
            height = np.exp(-((x[0] - c[0]) ** 2 + (x[1] - c[1]) ** 2) / r**2)
            assert heights[i, k] == pytest.approx(height)
            for j in range(2):
                slope = -2 * (x[j] - c[j]) ** (2 if printed else 1) / r**2 * height
                assert slopes[i, j, k] == pytest.approx(slope)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("lambda1", [0.0, 1e-17])
def test_coefficients_made_of_rounding_errors_are_refused(seed, lambda1):
    """Five samples for eight coefficients: some factorisations succeed all the same."""
    with pytest.raises(ValueError, match="singular to rounding"):
        RadialRidge(lambda1, **PAPER).fit(*sine(5, seed=seed)[:2])


def test_centres_are_where_they_should_be():
    X = np.array([[3.0], [1.0], [2.2], [5.0]])
    np.testing.assert_allclose(place_centres(X, 5)[:, 0], [1, 2, 3, 4, 5])
    np.testing.assert_allclose(place_centres(X, 1), [[3]])
    np.testing.assert_allclose(place_centres(np.full((4, 1), 2.0), 5), [[2]])
    corners = np.array([[0.0, 0], [0, 1], [9, 9], [9, 8], [0, 0]])
    np.testing.assert_allclose(place_centres(corners, 7), np.unique(corners, axis=0))
    clusters = np.repeat([[0.0, 0], [50, 0], [0, 50]], 20, axis=0)
    clusters += np.random.default_rng(0).normal(size=(60, 2))
    means = place_centres(clusters, 3)
    order = np.lexsort(means.round(-1).T)
    expected = clusters.reshape(3, 20, 2).mean(axis=1)
    np.testing.assert_allclose(means[order], expected, rtol=1e-9)
    np.testing.assert_array_equal(means, place_centres(clusters, 3))
    assert spacing(np.array([[0.0, 0], [0, 3], [0, 3], [4, 3]])) == 4
    assert spacing(np.zeros((1, 2))) == 1
    assert radial_basis(X, 5, "spacing").radius == pytest.approx(1)


@pytest.mark.parametrize("kind", [RidgeGradients, JointRidge])
def test_cross_validation_splits_the_gradients_too(kind):
    X, y, dy = sine(40)
    search = GridSearchCV(kind(**PAPER), {"lambda1": [0.01, 0.1, 1]}, cv=3).fit(X, y, dy=dy)
    rows = np.arange(40)
    for i, lambda1 in enumerate([0.01, 0.1, 1]):
        for fold, part in enumerate(np.array_split(rows, 3)):
            rest = np.setdiff1d(rows, part)
            model = kind(lambda1, **PAPER).fit(X[rest], y[rest], dy[rest])
            score = search.cv_results_[f"split{fold}_test_score"][i]
            assert score == pytest.approx(model.score(X[part], y[part]))


def test_units_of_the_inputs_do_not_matter_with_the_default_radius():
    X, y, dy = sine(30)
    for kind, penalties in ((RadialRidge, {}), (RidgeGradients, {"lambda_gradient": 0.1 / 1e6})):
        model = kind().fit(X, y, dy)
        scaled = kind(**penalties).fit(1e3 * X, y, dy / 1e3)
        np.testing.assert_allclose(scaled.predict(1e3 * X), model.predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lambda1": -1.0}, "lambda1 is -1; allowed are finite numbers of at least 0"),
        ({"lambda2": np.inf}, "lambda2 is inf"),
        ({"lambda_gradient": np.nan}, "lambda_gradient is nan"),
        ({"intercept": "fixed"}, "intercept is 'fixed'; allowed are shrunk, free, none"),
        ({"centres": 0}, "centres = 0; allowed are 1, 2"),
        ({"centres": 2.5}, "centres = 2.5; allowed are 1, 2"),
        ({"centres": np.zeros((3, 2))}, r"shape \(3, 2\); samples of 1 coordinates need \(C, 1\)"),
        ({"centres": [0.0, np.nan]}, "centres hold NaN"),
        ({"radius": 0.0}, "radius is 0.0; allowed are 'spacing' and numbers above 0"),
        ({"radius": "wide"}, "radius is 'wide'"),
    ],
)
def test_bad_arguments_say_what_is_allowed(change, message):
    with pytest.raises(ValueError, match=message):
        RidgeGradients(**change).fit(*sine())


def test_gradients_that_do_not_fit_are_refused():
    X, y, dy = sine()
    with pytest.raises(ValueError, match=r"dy have shape \(12,\); needed is \(12, 1\)"):
        JointRidge().fit(X, y, dy[:, 0])
    with pytest.raises(ValueError, match=r"dy have shape \(11, 1\); needed is \(12, 1\)"):
        JointRidge().fit(X, y, dy[1:])
    dy[5] = np.inf
    with pytest.raises(ValueError, match="infinity, first in row 5"):
        RidgeGradients().fit(X, y, dy)
    X, y, dy = surface()
    with pytest.raises(ValueError, match=r"needed is \(30, 2, 3\)"):
        JointRidge().fit(X, y, dy[:, 0])
    dy[9, 1, 2] = np.nan
    with pytest.raises(ValueError, match="row 9: a partial derivative is NaN"):
        JointRidge().fit(X, y, dy)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_named(bad):
    X, y, dy = sine()
    wrong = X.copy()
    wrong[4] = bad
    with pytest.raises(ValueError, match="X holds NaN or infinity, first in row 4"):
        JointRidge().fit(wrong, y, dy)
    with pytest.raises(ValueError, match="first in row 4"):
        JointRidge().fit(X, y, dy).predict_gradient(wrong)
    y[7] = bad
    with pytest.raises(ValueError, match="y holds NaN or infinity, first in row 7"):
        JointRidge().fit(X, y, dy)


def test_a_grid_or_validation_set_that_does_not_fit_is_refused():
    X, y, dy = sine()
    with pytest.raises(ValueError, match="grid has alpha; allowed are lambda1, gradient_weight"):
        JointRidge().fit_validated(X, y, dy, validation=(X, y), grid={"alpha": [1]})
    with pytest.raises(ValueError, match="lambda1 is an empty grid"):
        JointRidge().fit_validated(X, y, dy, validation=(X, y), grid={"lambda1": []})
    with pytest.raises(ValueError, match="2 targets a row, training 1"):
        JointRidge().fit_validated(X, y, dy, validation=(X, np.column_stack([y, y])), grid={})


@parametrize_with_checks(
    [
        RadialRidge(),
        RidgeGradients(),
        JointRidge(intercept="free"),
    ]
)
def test_follows_scikit_learns_conventions(estimator, check):
    check(estimator)
