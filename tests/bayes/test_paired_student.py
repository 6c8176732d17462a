"""Student's t for few pairs."""

import numpy as np
import pytest
from scipy import stats

from vicinal.statistics import mean_of_chosen, paired_student


def test_it_is_the_paired_t_test_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.normal(1, 1, 5), rng.normal(0, 1, 5)
    found, expected = paired_student(first, second), stats.ttest_rel(first, second)
    low, high = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.mean, found.n) == (pytest.approx((first - second).mean()), 5)


def test_its_interval_holds_the_mean_of_five_normal_differences_as_often_as_it_says():
    rng = np.random.default_rng(1)
    zeros = np.zeros(5)
    found = [paired_student(rng.normal(0.3, 1, 5), zeros) for _ in range(2000)]
    held = np.mean([one.low <= 0.3 <= one.high for one in found])
    assert held == pytest.approx(0.95, abs=0.015)


def test_one_pair_and_pairs_without_spread_are_no_evidence():
    one = paired_student([2.0], [1.0])
    assert (one.mean, one.n) == (1.0, 1)
    assert np.isnan([one.low, one.high, one.p_value]).all()
    equal = paired_student([0.1 + 0.2, 1.3], [0.0, 1.0])  # 0.3 twice, but for rounding
    assert equal.mean == pytest.approx(0.3)
    assert np.isnan(equal.p_value)
    with pytest.raises(ValueError, match="needed are two equal"):
        paired_student([1.0], [1.0, 2.0])


def test_means_of_none_are_not_numbers():
    values = np.array([1.0, 2.0, 6.0])
    assert mean_of_chosen(values, [True, False, True]) == 3.5
    assert np.isnan(mean_of_chosen(values, np.zeros(3, dtype=bool)))
