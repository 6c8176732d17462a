"""What counts in a fit: checks of samples, and the share of each squared residual."""

import numpy as np
import pytest

from vicinal.gradients.training_samples import join_samples, training_samples

SIZE = 37


def problem(networks):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(networks, SIZE, 2))
    return x, np.sin(x[..., :1]), rng.normal(size=(networks, SIZE, 1, 2))


def test_shares_make_means_of_all_and_of_what_is_known():
    x, y, dy = problem(2)
    samples = training_samples(x, y, dy)
    assert (samples.value_share == 1).all()
    np.testing.assert_allclose(samples.partial_share, 0.5)
    dy[0, :30, 0, 1] = np.nan
    share = training_samples(x, y, dy).partial_share
    known = ~np.isnan(dy)
    np.testing.assert_allclose(share[0], known[0] * SIZE / (SIZE + 7))
    np.testing.assert_allclose(share[1], 0.5)


def test_joined_sets_keep_their_own():
    x, y, dy = problem(2)
    first = training_samples(x[0], y[0], dy[0], used_inputs=[2, 1])
    second = training_samples(x[1], y[1])
    third = training_samples(x[1], y[1], dy[1], tangents=np.full((SIZE, 2, 2), 3.0))
    joined = join_samples([first, second, third], [2, 1, 1])
    assert joined.inputs.shape == (4, SIZE, 2)
    np.testing.assert_array_equal(joined.inputs[[1, 2]], x)
    assert not joined.partial_share[2].any()
    np.testing.assert_array_equal(joined.tangents[1], np.broadcast_to(np.eye(2), (SIZE, 2, 2)))
    assert (joined.tangents[3] == 3).all()
    np.testing.assert_array_equal(joined.used_inputs, [2, 1, 2, 2])
    with pytest.raises(ValueError, match=r"inputs have shapes \(36, 2\) and \(37, 2\)"):
        join_samples([first, training_samples(x[0, 1:], y[0, 1:])], [2, 1])


def test_samples_that_do_not_fit_are_refused():
    x, y, dy = problem(2)
    with pytest.raises(ValueError, match=r"37 rows of inputs, 36 of values"):
        training_samples(x, y[:, :-1])
    with pytest.raises(ValueError, match=r"partials have shape \(2, 37, 1, 1\).*37, 1, 2"):
        training_samples(x, y, dy[..., :1])
    with pytest.raises(ValueError, match=r"tangents have shape \(1, 37, 1, 2\)"):
        training_samples(x, y, dy, tangents=np.ones((37, 1, 2)))
    with pytest.raises(ValueError, match=r"values have shape \(37,\); needed is \(N, c\)"):
        training_samples(x, y[0, :, 0])
    with pytest.raises(ValueError, match="allowed is 1 to 2"):
        training_samples(x, y, used_inputs=[0, 2])
    with pytest.raises(ValueError, match="partial_weights must be finite, at least 0"):
        training_samples(x, y, dy, partial_weights=[[0, 0]])
    with pytest.raises(ValueError, match=r"sample_weights have shape \(3,\); needed is \(37,\)"):
        training_samples(x, y, dy, sample_weights=[1, 2, 3])
    x[1, 7] = np.nan
    with pytest.raises(
        ValueError, match="inputs hold NaN or infinity, first in row 7 of network 1"
    ):
        training_samples(x, y)
    dy[0, 5] = np.inf
    with pytest.raises(ValueError, match="row 5 of network 0; allowed are finite numbers, and NaN"):
        training_samples(np.zeros_like(x), y, dy)
