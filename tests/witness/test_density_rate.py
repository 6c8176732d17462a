"""Known densities are what they say; errors of estimates against the kernel itself; slopes."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from vicinal.witness.density_rate import density_error, density_errors
from vicinal.witness.kernel import hermite_kernel
from vicinal.witness.known_densities import DENSITIES, known_density
from vicinal.witness.theorem_rate import (
    fitted_slope,
    theorem_bound,
    theorem_exponent,
    theorem_n,
)


def test_densities_on_the_line_are_those_of_their_draws():
    for name in ("two_normals_1d", "tent_1d"):
        density = known_density(name)

        def value(x, density=density):
            return float(density.value(np.array([[x]]))[0])

        mass, _ = integrate.quad(value, -8, 8, points=[-2, 0, 2])
        assert mass == pytest.approx(1, abs=1e-7)
        sample = density.draw(4000, np.random.default_rng(0))[:, 0]
        edges = np.linspace(-3, 3, 25)
        inside = [integrate.quad(value, low, high)[0] for low, high in pairwise(edges)]
        counts = np.histogram(sample, edges)[0]
        outside = len(sample) - counts.sum()
        expected = 4000 * np.array([*inside, 1 - sum(inside)])
        kept = expected > 1
        statistic = ((np.array([*counts, outside]) - expected)[kept] ** 2 / expected[kept]).sum()
        assert stats.chi2.sf(statistic, kept.sum() - 1) > 0.001


def test_the_density_in_the_plane():
    density = known_density("two_normals_2d")
    assert density.grid.shape == (31**2, 2)
    points = np.array([[1.2, 0.0], [0.0, 0.5], [-2.0, 1.0]])
    normals = [stats.multivariate_normal([s * 1.2, 0], 0.36 * np.eye(2)) for s in (-1, 1)]
    expected = sum(normal.pdf(points) for normal in normals) / 2
    np.testing.assert_allclose(density.value(points), expected, rtol=1e-12)
    sample = density.draw(20_000, np.random.default_rng(0))
    np.testing.assert_allclose(np.square(sample).mean(0), [1.44 + 0.36, 0.36], rtol=0.03)


def test_unknown_densities_are_named():
    with pytest.raises(ValueError, match="'square' is not known; known are two_normals_1d, "):
        known_density("square")


@pytest.mark.parametrize("name", list(DENSITIES))
@pytest.mark.filterwarnings("ignore:.*lie farther than")
def test_the_error_is_that_of_the_mean_of_kernels(name):
    density = known_density(name)
    sample = density.draw(60, np.random.default_rng(0))
    for n in (1, 3):
        estimate = hermite_kernel(density.grid, sample, n).mean(1)
        expected = np.abs(estimate - density.value(density.grid)).max()
        assert density_error(density, sample, n) == pytest.approx(expected, rel=1e-9)


def test_n_and_the_bound_of_the_theorem():
    # N / log N = 1000 at N = 9118: to the power of 1/6 that is 3.162, and of 1/8, 2.371.
    count = 9118
    assert np.log(count) * 1000 == pytest.approx(count, rel=1e-4)
    assert [theorem_n(count, 1, 2, f) for f in (0.01, 1, 2)] == [1, 3, 6]
    assert theorem_n(count, 2, 2, 4) == round(4 * 2.3714)
    assert theorem_exponent(1, 2) == pytest.approx(1 / 3)
    assert theorem_exponent(2, 2) == 0.25
    assert theorem_bound([count], 1, 2)[0] == pytest.approx(0.1, rel=1e-4)


def test_slopes_of_power_laws():
    sizes = np.array([100, 400, 900])
    assert fitted_slope(sizes, 3 / np.sqrt(sizes)) == pytest.approx(-0.5)
    with pytest.raises(ValueError, match="at least two sizes"):
        fitted_slope([4, 4], [1, 2])


def test_errors_by_size_and_n():
    density = known_density("two_normals_1d")
    own = {"smoothness": 2, "factor": 2, "repetitions": 3}
    lines = list(density_errors(density, [32, 2048], [2, 4], rng=np.random.default_rng(0), **own))
    assert len(lines) == 3 * 2 * 3
    by_key = {(x["repetition"], x["samples"], x["choice"], x["n"]): x["error"] for x in lines}
    assert {n for _, size, choice, n in by_key if (size, choice) == (2048, "theorem")} == {5}
    for repetition in range(3):
        assert by_key[repetition, 2048, "fixed", 4] < 0.5 * by_key[repetition, 32, "fixed", 4]
        # n = 2 is too coarse for two peaks: samples do not help.
        assert by_key[repetition, 2048, "fixed", 2] > 0.08
    further = density_errors(density, [32, 2048], [2], rng=np.random.default_rng(0), **own)
    assert all(by_key[tuple(x[k] for k in ("repetition", "samples", "choice", "n"))] == x["error"]
               for x in further)  # fmt: skip


def test_a_tent_s_own_smoothness_chooses_n():
    lines = density_errors(
        known_density("tent_1d"), [128, 256], [], smoothness=9, factor=2, repetitions=1,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert [line["n"] for line in lines] == [theorem_n(size, 1, 1, 2) for size in (128, 256)]
