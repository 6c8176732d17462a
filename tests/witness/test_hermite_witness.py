"""The witness function: what it is, by every path, and what it refuses."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone

from vicinal import HermiteWitness, hermite_kernel
from vicinal.witness.kernel_sums import Kernel, cheaper_path


def three_classes(q=2, seed=0):
    rng = np.random.default_rng(seed)
    sizes = (40, 30, 25)
    X = np.concatenate([rng.normal(k, 1, (size, q)) for k, size in enumerate(sizes)])
    return X, np.repeat(["a", "b", "c"], sizes), rng.normal(1, 1.5, (20, q))


def two_classes():
    X, y, Z = three_classes()
    return X[y != "c"], y[y != "c"], Z


def by_hand(kernel, y, classes):
    """Means over each class less means over the rest, (M, K)."""
    return np.stack(
        [kernel[:, y == k].mean(1) - kernel[:, y != k].mean(1) for k in classes], axis=1
    )


@pytest.mark.parametrize("path", ["features", "pairwise", "auto"])
@pytest.mark.parametrize("block_bytes", [2**16, 2**26])
def test_decision_is_the_difference_of_means(path, block_bytes):
    X, y, Z = three_classes()
    witness = HermiteWitness(4, 1.3, path=path, block_bytes=block_bytes).fit(X, y)
    center = X.mean(0)
    expected = by_hand(hermite_kernel(Z - center, X - center, 4, 1.3), y, "abc")
    np.testing.assert_allclose(witness.decision_function(Z), expected, rtol=0, atol=1e-13)
    assert (witness.predict(Z) == np.array(list("abc"))[expected.argmax(1)]).all()


def test_two_classes_have_one_column_positive_for_the_second():
    X, y, Z = two_classes()
    witness = HermiteWitness(4, 1.3, center="none").fit(X, y)
    expected = by_hand(hermite_kernel(Z, X, 4, 1.3), y, "ab")
    np.testing.assert_allclose(witness.decision_function(Z), expected[:, 1], atol=1e-13)
    tested = witness.test(Z)
    np.testing.assert_allclose(tested.statistic, expected[:, 1], atol=1e-13)
    assert (tested.predicted == np.where(expected[:, 1] > 0, "b", "a")).all()


def test_gaussian_kernel_through_the_same_code():
    X, y, Z = three_classes(q=5)
    witness = HermiteWitness(sigma=0.8, kernel="gaussian").fit(X, y)
    squared = ((Z[:, None] - X[None]) ** 2).sum(2)
    expected = by_hand(np.exp(-squared / (2 * 0.8**2)), y, "abc")
    np.testing.assert_allclose(witness.decision_function(Z), expected, rtol=0, atol=1e-14)


def test_real_values():
    X, _, Z = three_classes()
    y = np.random.default_rng(1).normal(5, 1, len(X))
    witness = HermiteWitness(4, 1.3).fit(X, y)
    kernel = hermite_kernel(Z - X.mean(0), X - X.mean(0), 4, 1.3)
    expected = kernel @ (y - y.mean()) / len(y)
    np.testing.assert_allclose(witness.decision_function(Z), expected, atol=1e-14)
    tested = witness.test(Z)
    np.testing.assert_array_equal(tested.predicted, np.where(expected > 0, 1, -1))
    # A constant on top of all values is none of X's doing.
    shifted = HermiteWitness(4, 1.3).fit(X, y + 100).test(Z)
    np.testing.assert_array_equal(shifted.p_values, tested.p_values)
    with pytest.raises(ValueError, match="predicts classes only"):
        witness.predict(Z)


def test_whole_numbers_are_classes_unless_they_are_said_to_be_values():
    X, _, Z = three_classes()
    ages = np.random.default_rng(1).integers(20, 24, len(X))
    as_values = HermiteWitness(4, 1.3, labels="values").fit(X, ages)
    halves = HermiteWitness(4, 1.3).fit(X, ages + 0.5)
    assert as_values.classes_ is None
    np.testing.assert_allclose(as_values.decision_function(Z), halves.decision_function(Z))
    assert len(HermiteWitness(4, 1.3).fit(X, ages.astype(float)).classes_) == 4


def test_tuning_in_many_dimensions():
    """In 900 the kernel underflows; divided by its value at the origin it tells sigmas apart."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 60)
    X = rng.normal(0, 1, (120, 900)) + y[:, None] / 5
    nearest = HermiteWitness(4, "median_nn").fit(X, y).sigma_
    assert HermiteWitness(4, "tuned", tuning_fraction=0.5).fit(X, y).sigma_ > 1.5 * nearest


def test_values_that_hang_on_x_are_found():
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (400, 1))
    y = np.sin(2 * X[:, 0]) + rng.normal(0, 0.3, 400)
    tested = HermiteWitness(4, 1.0, n_permutations=499).fit(X, y).test([[-0.8], [0.8], [0.0]])
    assert tested.significant.tolist() == [True, True, False]
    assert tested.predicted[:2].tolist() == [-1, 1]


@pytest.mark.parametrize(("center", "expected"), [("mean", 2.0), ("median", 1.0), ("none", 0.0)])
def test_centers(center, expected):
    X = np.array([[0.0], [1.0], [1.0], [1.5], [6.5]])
    witness = HermiteWitness(2, 1.0, center).fit(X, [0, 0, 1, 1, 1])
    assert witness.center_.tolist() == [expected]


def test_a_shift_of_everything_changes_nothing():
    X, y, Z = three_classes()
    plain, moved = (HermiteWitness(4, 1.0).fit(X + d, y).test(Z + d) for d in (0.0, 1000.0))
    np.testing.assert_allclose(moved.statistic, plain.statistic, atol=1e-10)
    np.testing.assert_array_equal(moved.p_values, plain.p_values)


def test_median_nearest_neighbour():
    X = np.array([[0.0], [1.0], [3.0], [10.0]])
    # Nearest others are 1, 1, 2 and 7 away.
    assert HermiteWitness(2).fit(X, [0, 1, 0, 1]).sigma_ == 1.5


def test_density_integrates_to_one_and_converges():
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1, (4000, 1)) * 2 + 5
    grid = np.linspace(-10, 20, 1201)[:, None]
    for kernel, sigma, tolerance in (("hermite", 2.0, 0.01), ("gaussian", 0.5, 0.02)):
        witness = HermiteWitness(4, sigma, kernel=kernel).fit(X, np.arange(4000) % 2)
        density = witness.density(grid)
        assert density.sum() * 30 / 1200 == pytest.approx(1, abs=1e-3)
        truth = np.exp(-((grid[:, 0] - 5) ** 2) / 8) / np.sqrt(8 * np.pi)
        assert np.abs(density - truth).max() < tolerance


def test_tuned_sigma_leaves_its_samples_out():
    X, y, Z = three_classes()
    X, y = np.tile(X, (4, 1)) + np.random.default_rng(0).normal(0, 0.5, (380, 2)), np.tile(y, 4)
    witness = HermiteWitness(4, "tuned", tuning_fraction=0.25).fit(X, y)
    assert len(witness._samples) == 285
    again = HermiteWitness(4, "tuned", tuning_fraction=0.25).fit(X, y)
    assert witness.sigma_ == again.sigma_
    np.testing.assert_array_equal(witness.test(Z).p_values, again.test(Z).p_values)


def test_tuning_finds_the_scale_of_the_difference():
    """Fine stripes are told apart by a small sigma, a shift of everything by a large one."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-10, 10, (2000, 1))
    stripes, shift = np.floor(X[:, 0]) % 2, rng.uniform(-10, 10, 2000) < X[:, 0]
    fine, coarse = (
        HermiteWitness(4, "tuned", kernel="gaussian").fit(X, labels.astype(int)).sigma_
        for labels in (stripes, shift)
    )
    assert fine < 0.6
    assert coarse > 2


def test_cheaper_path():
    hermite = Kernel("hermite", 8)
    assert cheaper_path(hermite, 2, 20_000, 20_000, 1801) == "features"
    assert cheaper_path(hermite, 8, 20_000, 20_000, 1801) == "pairwise"
    # Few samples: the rank, 2080, costs more than so few pairs.
    assert cheaper_path(hermite, 2, 100, 100, 201) == "pairwise"
    assert cheaper_path(Kernel("gaussian", 8), 1, 20_000, 20_000, 201) == "pairwise"


def test_far_points_are_never_significant():
    X, y, _ = three_classes()
    with pytest.warns(UserWarning, match="100% of the points lie farther"):
        tested = HermiteWitness(4, 1.0).fit(X, y).test([[1e3, 0], [-1e300, 1e300], [40, 40]])
    assert not (tested.significant | tested.significant_at_level | tested.discoveries).any()
    assert tested.p_values.tolist() == [1, 1, 1]
    assert np.isfinite(tested.class_statistics).all()


@pytest.mark.filterwarnings("ignore:.* of the points lie farther")
@pytest.mark.parametrize(
    ("kernel", "away"), [("hermite", 15.0), ("hermite", 22.0), ("gaussian", 15)]
)
def test_points_beyond_the_kernels_reach_are_never_significant(kernel, away):
    """Between reach and underflow F is a number still; n = 8 reaches 11.3."""
    directions = np.stack([np.cos(np.arange(8)), np.sin(np.arange(8))], axis=1)
    for draw in range(20):
        rng = np.random.default_rng([11, draw])
        X, y = rng.normal(0, 1, (100, 2)), np.repeat([0, 1], 50)
        witness = HermiteWitness(8, 1.0, kernel=kernel, n_permutations=39, random_state=draw)
        assert not witness.fit(X, y).test(X.mean(0) + away * directions).significant.any()


def test_samples_out_of_reach_are_told():
    X, y, _ = three_classes()
    with pytest.warns(
        UserWarning, match=r"of the samples lie farther than sqrt\(2\) n sigma = 0.14"
    ):
        HermiteWitness(1, 0.1).fit(X, y)


def test_a_point_at_the_origin_and_many_dimensions():
    X, y, Z = three_classes(q=300)
    witness = HermiteWitness(8, 12.0, center="none", n_permutations=19).fit(X, y)
    assert witness.log_factor_ != 0
    tested = witness.test(np.vstack([np.zeros(300), Z]))
    assert np.isfinite(tested.class_statistics).all()
    assert tested.significant.any()


def test_it_is_a_scikit_learn_estimator():
    witness = HermiteWitness(3, 2.0, level=0.1)
    assert clone(witness).get_params() == witness.get_params()
    X, y, Z = three_classes()
    torch.testing.assert_close(
        witness.fit(torch.as_tensor(X), y).decision_function(torch.as_tensor(Z)),
        clone(witness).fit(X, y).decision_function(Z),
    )


def test_no_points():
    X, y, _ = three_classes()
    witness = HermiteWitness(3, 1.0).fit(X, y)
    assert witness.decision_function(np.zeros((0, 2))).shape == (0, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert witness.test(np.zeros((0, 2))).statistic.shape == (0,)


X3, Y3, _ = three_classes()
NAN = X3.copy()
NAN[7, 1] = np.nan


@pytest.mark.parametrize(
    ("settings", "X", "y", "message"),
    [
        ({}, X3, np.zeros(95, int), "y has one class, 0; at least two are needed"),
        (
            {},
            X3[:3],
            ["a", "a", "b"],
            "class b has one sample; each class needs at least two",
        ),
        ({}, NAN, Y3, "X has NaN or infinities, first in row 7"),
        ({"sigma": 0}, X3, Y3, "sigma is 0; it must be a finite number above 0"),
        ({"sigma": -1.0}, X3, Y3, "sigma is -1.0"),
        ({"sigma": "best"}, X3, Y3, "sigma is 'best'; allowed are median_nn, tuned"),
        ({"n": 0}, X3, Y3, "n is 0; it must be an integer of at least 1"),
        ({}, X3[:, :0], Y3, r"X has shape \(95, 0\)"),
        ({}, X3, Y3[:-1], r"y has shape \(94,\); needed is one label a sample, \(95,\)"),
        ({}, X3, np.full(95, 0.5), "all values of y are 0.5"),
        (
            {},
            X3,
            np.where(np.arange(95) == 3, np.nan, 0.5),
            "y has NaN or infinities, first in row 3",
        ),
        ({}, np.zeros((6, 2)), [0, 1] * 3, "median distance to the nearest neighbour is 0"),
        ({"center": "mode"}, X3, Y3, "center is 'mode'; allowed are mean, median, none"),
        ({"center": [0.0]}, X3, Y3, r"center has shape \(1,\); needed are 2 numbers"),
        ({"kernel": "cauchy"}, X3, Y3, "kernel is 'cauchy'; allowed are hermite, gaussian"),
        ({"path": "fast"}, X3, Y3, "path is 'fast'; allowed are auto, features, pairwise"),
        ({"kernel": "gaussian", "path": "features"}, X3, Y3, "the Gaussian kernel has no features"),
        ({"n_permutations": 0}, X3, Y3, "n_permutations is 0; it must be an integer of at least 1"),
        ({"n_permutations": None}, X3, Y3, "n_permutations is None; it must be an integer"),
        ({"random_state": None}, X3, Y3, "random_state is None; it must be an integer"),
        ({"sigma": None}, X3, Y3, "sigma is None; it must be a finite number above 0"),
        ({"level": "low"}, X3, Y3, "level is 'low'; it must be a finite number"),
        ({"center": [np.nan, 0.0]}, X3, Y3, "its numbers must be finite"),
        ({"labels": "numbers"}, X3, Y3, "labels is 'numbers'; allowed are auto, classes, values"),
        ({"labels": "values"}, X3, Y3, "y has dtype <U1; values are numbers"),
        ({}, X3 + 1j, Y3, "X has dtype complex128; needed are real numbers"),
        ({}, X3[:3], ["a", None, "a"], "y has labels of types NoneType, str; one type is needed"),
        ({}, X3, np.arange(95), "labels='values' takes whole numbers as values"),
        ({"sigma": "tuned"}, X3[:5], np.arange(5) / 2.3, "5 samples are too few for sigma: tuned"),
        ({"path": "features"}, np.eye(6), [0, 1] * 3, "6 dimensions and n = 8 have"),
        ({"threshold_factor": 0}, X3, Y3, "threshold_factor is 0; it must be above 0"),
        ({"level": 1.0}, X3, Y3, "level is 1.0; it must be between 0 and 1"),
        ({"radius": -1}, X3, Y3, "radius is -1; it must be at least 0"),
        ({"sigma": "tuned"}, X3[:50], np.arange(50) < 47, "too few samples for sigma: tuned"),
    ],
)
def test_bad_input_is_named(settings, X, y, message):
    with pytest.raises(ValueError, match=message):
        HermiteWitness(**settings).fit(X, y).test(X)


def test_points_of_another_dimension():
    with pytest.raises(ValueError, match="Z has 3 columns; the samples have 2"):
        HermiteWitness(3, 1.0).fit(X3, Y3).test(np.zeros((1, 3)))
