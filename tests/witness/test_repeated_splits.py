"""Means and differences over repetitions that overlap: closed forms, and coverage by simulation."""

import numpy as np
import pytest
from scipy import stats

from vicinal.repeated_splits import split_difference, split_mean
from vicinal.statistics import mean_interval, paired_student


def test_without_overlap_it_is_students():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 7))
    pairs = (
        (split_difference(first, second, 0), paired_student(first, second)),
        (split_mean(first, 0), mean_interval(first)),
    )
    for found, expected in pairs:
        assert vars(found) == pytest.approx(vars(expected), rel=1e-9)


def test_overlap_widens_by_its_factor():
    values = np.array([1.0, 2, 4, 9])
    plain, wide = split_mean(values, 0), split_mean(values, 0.5)
    assert (wide.mean, wide.n) == (4, 4)
    assert wide.half_width / plain.half_width == pytest.approx((1 / 4 + 0.5) ** 0.5 * 2)
    found = split_difference(values, np.zeros(4), 1)
    t = 4 / (values.std(ddof=1) * (1 / 4 + 1) ** 0.5)
    assert found.p_value == pytest.approx(2 * stats.t.sf(t, 3))
    assert (found.high - found.low) / 2 == pytest.approx(split_mean(values, 1).half_width)


def test_more_splits_of_the_same_samples_do_not_help():
    """Means of halves of 20 samples: the plain interval misses the true mean, the wide one not."""
    rng = np.random.default_rng(1)
    missed = np.zeros(2)
    for _ in range(300):
        samples = rng.normal(size=20)
        halves = [rng.permutation(samples)[:10].mean() for _ in range(40)]
        for place, ratio in enumerate((0, 1)):
            found = split_mean(halves, ratio)
            missed[place] += abs(found.mean) > found.half_width
    assert missed[0] / 300 > 0.5
    assert 0.02 < missed[1] / 300 < 0.09


def test_one_repetition_and_no_difference():
    one = split_difference([2.0], [1.0], 1)
    assert (one.mean, one.n) == (1, 1)
    assert np.isnan([one.low, one.high, one.p_value]).all()
    same = split_difference([0.1 + 0.2, 1.0], [0.3, 1.0], 0)
    assert (same.mean, same.low, same.high) == (0, 0, 0)
    assert np.isnan(same.p_value)
    for bad in ([], [[1.0]]):
        with pytest.raises(ValueError, match="needed are"):
            split_mean(bad, 0)
    with pytest.raises(ValueError, match="ratio -1"):
        split_mean([1.0], -1)
    with pytest.raises(ValueError, match="needed are two equal"):
        split_difference([1.0], [1.0, 2], 0)
