"""The circle and the ellipse: their densities against closed forms, and what rates count."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from vicinal.witness.toy import (
    ToySetting,
    density_difference,
    draw_ring,
    draw_sets,
    ellipse_density,
    largest_difference,
)
from vicinal.witness.toy_rates import (
    Method,
    Procedure,
    Regions,
    compare_methods,
    null_p_values,
    picture,
    rates_of,
)

SETTING = ToySetting(0.4, 0.1, 300, 0.5, 1.5)
BOTH = {"hermite": Method("hermite", 3, 0.5), "gaussian": Method("gaussian", 3, 0.2)}
PROCEDURE, REGIONS = Procedure(19, 1.0, 0.05), Regions(0.25, 0.02)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.7, 3.0])
def test_a_circle_s_density_is_rice_s(noise):
    radii = np.array([0.0, 0.3, 0.95, 1.0, 1.2, 2.0])
    points = radii[:, None] * [np.cos(0.7), np.sin(0.7)]
    # exp(-(r^2 + 1) / 2 s^2) I_0(r / s^2) / (2 pi s^2), with I_0 scaled by its exponential.
    expected = np.exp(-((radii - 1) ** 2) / (2 * noise**2)) * special.ive(0, radii / noise**2)
    found = ellipse_density(points, (1.0, 1.0), noise)
    np.testing.assert_allclose(found, expected / (2 * np.pi * noise**2), rtol=1e-11, atol=1e-300)


def test_an_ellipse_s_density_is_the_mean_over_its_angle():
    points = np.array([[1.2, 0.0], [0.1, 0.83], [-0.7, 0.6], [0.0, 0.0], [1.4, 0.3]])

    def at(point, t):
        square = (point[0] - 1.2 * np.cos(t)) ** 2 + (point[1] - 0.8 * np.sin(t)) ** 2
        return np.exp(-square / (2 * 0.1**2)) / (2 * np.pi * 0.1**2)

    expected = [
        integrate.quad(
            lambda t, p=point: at(p, t) / (2 * np.pi), 0, 2 * np.pi, epsabs=1e-13, limit=400
        )[0]
        for point in points
    ]
    found = ellipse_density(points, SETTING.half_axes, 0.1)
    assert SETTING.half_axes == pytest.approx((1.2, 0.8))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


def test_densities_integrate_to_one():
    axis = np.linspace(-2.6, 2.6, 209)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    mass = ellipse_density(grid, (1.3, 0.7), 0.15).sum() * (axis[1] - axis[0]) ** 2
    assert mass == pytest.approx(1, abs=1e-10)
    assert density_difference(SETTING, grid).sum() == pytest.approx(0, abs=1e-6)


def test_the_largest_difference_is_that_of_a_finer_grid():
    axis = np.linspace(-1.5, 1.5, 401)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    grid = grid[np.abs(np.linalg.norm(grid, axis=1) - 1) <= 0.5]
    expected = np.abs(density_difference(SETTING, grid)).max()
    assert largest_difference(SETTING) == pytest.approx(expected, rel=2e-3)
    same = ToySetting(0.0, 0.1, 300, 0.5, 1.5)
    assert largest_difference(same) == 0
    assert not density_difference(same, grid).any()


def test_samples_have_the_moments_of_their_curves():
    points, labels = draw_sets(ToySetting(0.4, 0.1, 40_000, 0.5, 1.5), np.random.default_rng(0))
    assert points.shape == (80_000, 2)
    for label, axes in ((0, (1.0, 1.0)), (1, (1.2, 0.8))):
        own = points[labels == label]
        assert len(own) == 40_000
        expected = np.square(axes) / 2 + 0.1**2
        np.testing.assert_allclose(np.square(own).mean(0), expected, rtol=0.02)
        np.testing.assert_allclose(own.mean(0), 0, atol=0.02)


def test_the_ring_is_filled_evenly():
    points = draw_ring(SETTING, 5000, np.random.default_rng(0))
    squares = np.square(points).sum(1)
    assert stats.kstest((squares - 0.25) / 2, "uniform").pvalue > 0.01
    angles = np.arctan2(points[:, 1], points[:, 0])
    assert stats.kstest(angles / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01


def test_rates_count_what_they_say():
    truth = np.array([1.0, 1.0, -0.5, 0.3, 0.1, 0.02, 0.0, -0.01])
    statistic = np.array([2.0, -2.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0])
    significant = np.array([True, True, True, False, True, True, False, False])
    # Different: the first four, two of them found with the right sign, one with the wrong one.
    # Equal: the last three, one of them significant. The fifth is neither.
    rates = rates_of(statistic, significant, truth, 1.0, REGIONS)
    assert rates.detection == 2 / 4
    assert rates.false_positives == pytest.approx(1 / 3)
    # Of the seven points with a difference the second alone is significant with the wrong sign.
    assert rates.wrong_sign == 1 / 7
    # The wrong sign counts where densities hardly differ, too.
    turned = rates_of(-statistic, significant, truth, 1.0, REGIONS)
    assert turned.wrong_sign == 4 / 7
    assert rates.false_discoveries == 2 / 4
    none = rates_of(statistic, np.zeros(8, bool), truth, 1.0, REGIONS)
    assert set(vars(none).values()) == {0}
    same = rates_of(statistic, significant, np.zeros(8), 0.0, REGIONS)
    assert np.isnan([same.detection, same.wrong_sign]).all()
    assert (same.false_positives, same.false_discoveries) == (5 / 8, 1)


def compared(methods, draws, difference=0.4):
    setting = ToySetting(difference, 0.1, 60, 0.5, 1.5)
    rng = np.random.default_rng(3)
    own = {"draws": draws, "points": 40, "rng": rng}
    return list(compare_methods(setting, methods, PROCEDURE, REGIONS, **own))


def test_a_draw_does_not_depend_on_how_many_there_are_nor_on_other_methods():
    both = compared(BOTH, 3)
    assert len(both) == 3 * 2 * 2
    assert both[:8] == compared(BOTH, 2)
    alone = compared({"gaussian": BOTH["gaussian"]}, 3)
    assert [line for line in both if line["method"] == "gaussian"] == alone


def test_sets_far_apart_are_told_apart_and_equal_ones_are_not():
    setting = ToySetting(1.0, 0.1, 400, 0.3, 1.7)
    methods = {"hermite": Method("hermite", 5, 0.4)}
    lines = compare_methods(
        setting, methods, PROCEDURE, REGIONS, draws=2, points=100, rng=np.random.default_rng(0)
    )
    assert min(line["detection"] for line in lines) > 0.85
    same = compared(BOTH, 4, difference=0.0)
    assert all(np.isnan(line["detection"]) for line in same)
    assert np.mean([line["false_positives"] for line in same]) < 0.25


def test_a_picture_shows_the_right_colours():
    found = picture(
        ToySetting(1.0, 0.1, 400, 0.3, 1.7),
        {"hermite": Method("hermite", 5, 0.4)},
        PROCEDURE,
        points=2000,
        rng=np.random.default_rng(0),
    )
    x, y = np.abs(found["points"]).T
    signs = found["hermite"]
    # The ellipse alone reaches (1.5, 0), the circle alone (0, 1).
    assert signs[np.hypot(x - 1.5, y) < 0.12].min() == 1
    assert signs[np.hypot(x, y - 1) < 0.1].max() == -1
    assert (signs == 0).any()


def test_p_values_are_uniform_where_both_sets_are_the_same():
    setting = ToySetting(0.7, 0.1, 15, 0.5, 1.5)
    rng = np.random.default_rng(1)
    own = {"draws": 300, "points": [[1, 0], [0, -1]], "rng": rng}
    found = null_p_values(setting, BOTH, PROCEDURE, **own)
    for values in found.values():
        assert values.shape == (300, 2)
        # With 19 permutations each of the multiples of 1/20 has the same probability.
        np.testing.assert_allclose(values * 20, np.round(values * 20), atol=1e-9)
        for column in values.T:
            hits = int((column <= 0.05 + 1e-9).sum())
            assert stats.binomtest(hits, 300, 0.05).pvalue > 0.001
            counts = np.bincount(np.round(column * 20).astype(int), minlength=21)[1:]
            assert stats.chisquare(counts).pvalue > 0.001
