"""Intervals of many sets of observations, and what may be exchanged."""

import numpy as np
import pytest
import torch

from vicinal.gradients.interval_coverage import interval_coverage
from vicinal.gradients.likelihood import simulator_outputs
from vicinal.gradients.maximum_likelihood import Search
from vicinal.gradients.parameter_recovery import check_interchangeable
from vicinal.gradients.simulation import Simulator
from vicinal.gradients.simulators import make_simulator

LINEAR = Simulator("linear", lambda x: x[[0, 0]], lower=(-5.0,), upper=(5.0,), steps=2)


def coverage(outputs, sets, truth=1.0):
    return interval_coverage(
        LINEAR,
        [truth],
        outputs,
        observations=4,
        sets=sets,
        variance=0.25,
        replicates=39,
        grid=5,
        level=0.95,
        rng=np.random.default_rng(3),
        search=Search(starts=1),
    )


def test_a_mean_is_covered_as_often_as_is_due():
    found = coverage(simulator_outputs(LINEAR), 40)
    held = [any(a <= 1 <= b for a, b in one.pieces(0)) for one in found]
    # Of 40 sets at 95 %: fewer than 33 have a probability of 0.0007, from the binomial.
    assert 33 <= sum(held) <= 40
    # The mean of 8 values of variance 0.25 has a standard error of 0.177.
    assert np.std([one.theta[0] for one in found]) == pytest.approx(0.177, rel=0.35)


def test_sets_are_the_same_for_all_outputs_and_whatever_follows():
    first = coverage(simulator_outputs(LINEAR), 3)
    more = coverage(simulator_outputs(LINEAR), 4)

    def shifted(theta):
        values, slopes = LINEAR.simulate(theta)
        return values + 1, slopes

    other = coverage(shifted, 3)
    for a, b, c in zip(first, more, other, strict=False):
        np.testing.assert_allclose(a.theta, b.theta)
        np.testing.assert_allclose(a.theta - 1, c.theta, atol=1e-5)
    assert len({float(one.theta[0]) for one in more}) == 4


def test_what_is_not_interchangeable_is_refused():
    check_interchangeable(make_simulator("cosine"), [0, 1])
    check_interchangeable(make_simulator("garch"), [])
    with pytest.raises(ValueError, match="alpha and beta are not interchangeable"):
        check_interchangeable(make_simulator("garch"), [2, 3])

    def total(x):
        return (x[0] + x[1])[None]

    boxed = Simulator("sum", total, lower=(0.0, 0.0), upper=(1.0, 2.0), steps=1)
    with pytest.raises(ValueError, match="theta_1 and theta_2 are not interchangeable"):
        check_interchangeable(boxed, [0, 1])
    assert torch.is_tensor(total(torch.zeros(2)))
