"""Table 5's question, on scores that can be checked by hand."""

import numpy as np
import pytest
from scipy import stats

from vicinal.statistics import group_difference
from vicinal.vbsw.comparison import Scores
from vicinal.vbsw.training_comparison import compare_trainings


def scores(network, vbsw, larger_is_better=True):
    test = {"vbsw": np.array(vbsw), "uniform": np.array(vbsw) - 1, "shuffled": np.array(vbsw)}
    return Scores(test, {}, np.array(network), larger_is_better)


VANILLA = scores([90.0, 91.0, 92.0], [[90.0, 92.0], [91.0, 93.0], [92.0, 94.0]])
AB = scores([93.0, 95.0], [[90.0, 90.0], [92.0, 94.0]])


def test_differences_are_of_networks_and_of_means_of_heads():
    found = compare_trainings(VANILLA, AB)
    assert found["ab_over_vanilla"].mean == 3
    assert found["ab_over_vanilla"].n == (2, 3)
    assert found["vbsw_over_ab"].mean == pytest.approx(92 - 94)
    assert found["ab_vbsw_over_vbsw"].mean == pytest.approx(91.5 - 92)
    assert found["ab_uniform_over_uniform"].mean == pytest.approx(91.5 - 92)


def test_of_errors_less_is_better():
    vanilla, ab = (scores(s.network, s.test["vbsw"], larger_is_better=False) for s in (VANILLA, AB))
    assert compare_trainings(vanilla, ab)["ab_over_vanilla"].mean == -3


def test_intervals_are_welchs():
    rng = np.random.default_rng(0)
    first, second = rng.normal(1, 2, 9), rng.normal(0, 1, 30)
    found = group_difference(first, second)
    half = (first.var(ddof=1) / 9 + second.var(ddof=1) / 30) ** 0.5
    assert found.p_value == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue)
    assert found.low < found.mean - 1.96 * half < found.mean + 1.96 * half < found.high
    assert np.isnan(group_difference([1.0], second).p_value)


def test_features_without_networks_are_refused():
    none = Scores(VANILLA.test, {}, None, larger_is_better=True)
    with pytest.raises(ValueError, match="come from none with a head"):
        compare_trainings(none, AB)
