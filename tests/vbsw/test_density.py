"""The density of eq. 5 against a density that is known."""

import numpy as np
import pytest
from scipy import stats

from vicinal import LocalVarianceWeighter, relative_density
from vicinal.vbsw.local_variance import local_variance, rescale_weights


@pytest.mark.parametrize("density", ["knn", "gmm"])
def test_follows_a_normal_density(density):
    samples = np.random.default_rng(0).normal(size=(4000, 2))
    found = np.log(relative_density(samples, density, k=60, components=2, clip=0.0))
    known = stats.multivariate_normal(np.zeros(2)).logpdf(samples)
    assert np.corrcoef(found, known)[0, 1] > 0.95
    centre = np.linalg.norm(samples, axis=1) < 2
    slope = np.polyfit(known[centre], found[centre], 1)[0]
    assert slope == pytest.approx(1, abs=0.15)


def test_has_geometric_mean_one_and_is_one_where_none_is_asked_for():
    samples = np.random.default_rng(1).normal(size=(200, 5))
    assert np.log(relative_density(samples, "knn")).mean() == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(relative_density(samples, "none"), np.ones(200))


def test_clipping_bounds_what_many_dimensions_make_extreme():
    samples = np.random.default_rng(2).normal(size=(400, 60))
    samples[:40] *= 5
    wild = relative_density(samples, "knn", clip=0.0)
    tame = relative_density(samples, "knn", clip=0.2)
    assert np.log10(wild.max() / wild.min()) > 30
    assert (np.unique(tame).size) < np.unique(wild).size
    low, high = np.quantile(np.log(wild), [0.2, 0.8], method="nearest")
    assert np.log(tame.max() / tame.min()) == pytest.approx(high - low)


def test_duplicates_are_dense_not_infinite():
    samples = np.vstack([np.zeros((30, 3)), np.random.default_rng(3).normal(size=(100, 3))])
    found = relative_density(samples, "knn", k=10, clip=0.0)
    assert np.isfinite(found).all()
    assert found[:30].min() >= found[30:].max()


def test_weights_are_divided_by_the_density():
    rng = np.random.default_rng(4)
    samples, labels = rng.normal(size=(300, 2)), rng.integers(0, 2, 300)
    weighter = LocalVarianceWeighter(k=9, m=7, density="knn", density_clip=0.1, normalise=False)
    expected = local_variance(samples, labels, 9) / relative_density(samples, "knn", k=9, clip=0.1)
    np.testing.assert_allclose(
        weighter.fit(samples, labels).weights_, rescale_weights(expected, 7), rtol=1e-12
    )


def test_bad_arguments_say_what_is_allowed():
    samples = np.zeros((10, 2))
    with pytest.raises(ValueError, match="allowed are none, knn, gmm"):
        relative_density(samples, "kde")
    with pytest.raises(ValueError, match="allowed is 0 to below"):
        relative_density(samples, "knn", clip=0.5)
    with pytest.raises(ValueError, match="k = 20 neighbours of 10"):
        relative_density(samples, "knn")
    with pytest.raises(ValueError, match="11 components of 10"):
        relative_density(samples, "gmm", components=11)
