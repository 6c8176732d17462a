"""Surrogates of many steps: total derivatives through a known recursion, roll-out, padding."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.total_derivatives import by_step, derivatives_and_directions

STEPS = 3


def one_step(theta, before):
    """The known recursion, y_t of theta (2,) and y_(t-1)."""
    return torch.sin(theta[0] + 0.5 * before) + 0.4 * theta[1] * (1 + before)


def recursion(theta):
    y = [one_step(theta, torch.zeros((), dtype=theta.dtype))]
    for _ in range(STEPS - 1):
        y.append(one_step(theta, y[-1]))
    return torch.stack(y)


def draw(size, seed=0):
    """theta (N, 2), y (N, T) and, by automatic differentiation, total derivatives (N, T, 2)."""
    rng = np.random.default_rng(seed)
    theta = torch.tensor(rng.uniform(-1, 1, size=(size, 2)))
    y = torch.vmap(recursion)(theta)
    dy = torch.vmap(torch.func.jacrev(recursion))(theta)
    return theta.numpy(), y.numpy(), dy.numpy()


def small(**changes):
    return GradientSurrogate(**{"hidden": (12, 12), "epochs": 20, "dtype": "float64", **changes})


def rmse(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


def test_directions_turn_partial_derivatives_into_total_ones():
    theta, y, dy = draw(30)
    goal, directions = derivatives_and_directions(dy, total=True)
    inputs, values = by_step(theta, y)
    np.testing.assert_array_equal(values[..., 0], y.T)

    def joined(x):
        return one_step(x[:2], x[2])

    for t in range(STEPS):
        partial = torch.vmap(torch.func.jacrev(joined))(torch.tensor(inputs[t])).numpy()
        total = (partial[:, None] @ directions[t])[:, 0]
        np.testing.assert_allclose(total, dy[:, t], rtol=1e-12)
        np.testing.assert_array_equal(goal[t, :, 0], dy[:, t])
    _, naive = derivatives_and_directions(dy, total=False)
    np.testing.assert_array_equal(naive, np.broadcast_to(np.eye(3, 2), naive.shape))


def test_a_missing_link_leaves_the_next_step_without_a_derivative():
    _, _, dy = draw(5)
    dy[3, 0, 1] = np.nan
    goal, directions = derivatives_and_directions(dy, total=True)
    assert np.isfinite(directions).all()
    assert np.argwhere(np.isnan(goal)).tolist() == [[0, 3, 0, 1], [1, 3, 0, 1]]
    goal, _ = derivatives_and_directions(dy, total=False)
    assert np.argwhere(np.isnan(goal)).tolist() == [[0, 3, 0, 1]]


@pytest.mark.parametrize("standardise", [True, False])
def test_gradient_is_that_of_the_roll_out_by_finite_differences(standardise):
    theta, y, dy = draw(40)
    model = SequentialSurrogate(step=small(standardise=standardise, members=2)).fit(theta, y, dy)
    found = model.predict_gradient(theta)
    assert found.shape == (40, STEPS, 2)
    for k in range(2):
        shift = 1e-6 * np.eye(2)[k]
        change = model.predict(theta + shift) - model.predict(theta - shift)
        np.testing.assert_allclose(found[..., k], change / 2e-6, rtol=1e-5, atol=1e-7)


def test_steps_are_networks_of_their_own_and_the_first_is_a_plain_surrogate():
    """The first step's column of zeros changes nothing: it is a surrogate of theta alone."""
    theta, y, dy = draw(40)
    model = SequentialSurrogate(step=small()).fit(theta, y, dy)
    alone = small().fit(theta, y[:, 0], dy[:, 0])
    np.testing.assert_allclose(model.predict(theta)[:, 0], alone.predict(theta), rtol=1e-9)
    gradient = model.predict_gradient(theta)[:, 0]
    np.testing.assert_allclose(gradient, alone.predict_gradient(theta), rtol=1e-9, atol=1e-12)
    assert not model.networks_.weights[0][0, 2].any()
    assert model.networks_.weights[0][1:, 2].all()


def test_learns_the_total_derivative_of_the_recursion():
    theta, y, dy = draw(150)
    test, y_test, dy_test = draw(300, seed=1)
    step = GradientSurrogate(hidden=(24, 24), epochs=150)
    models = {
        "total": SequentialSurrogate(step=step),
        "partial": SequentialSurrogate(step=step, derivative="partial"),
        "values": SequentialSurrogate(step=clone(step).set_params(alpha=1.0)),
    }
    fit_together(list(models.values()), [{"theta": theta, "y": y, "dy": dy}] * 3)
    errors = {name: rmse(m.predict_gradient(test), dy_test) for name, m in models.items()}
    assert errors["total"] < 0.2 * dy_test.std()
    assert errors["values"] > 1.5 * errors["total"]
    forced = models["total"].predict_gradient(test, before=y_test, gradient_before=dy_test)
    assert rmse(forced, dy_test) < 0.15 * dy_test.std()
    # Naively, a network has to get the whole derivative from theta alone: it unlearns the step
    # before, whatever that step says.
    slopes = {}
    for name, model in models.items():
        near = model.predict(test, before=y_test + 1e-3)[:, 1:]
        slopes[name] = np.abs(near - model.predict(test, before=y_test)[:, 1:]).mean() / 1e-3
    assert slopes["partial"] < 0.3 * slopes["total"]


def test_roll_out_and_teacher_forcing():
    theta, y, dy = draw(30)
    model = SequentialSurrogate(step=small(members=2)).fit(theta, y, dy)
    own, forced = model.predict(theta, each=True), model.predict(theta, before=y, each=True)
    assert own.shape == forced.shape == (2, 30, STEPS)
    np.testing.assert_array_equal(own[..., 0], forced[..., 0])
    assert not np.allclose(own[..., 1], forced[..., 1], rtol=1e-6)
    for member in range(2):  # a roll-out is what teacher forcing with itself gives
        again = model.predict(theta, before=own[member], each=True)[member]
        np.testing.assert_allclose(again, own[member], rtol=1e-12)
    np.testing.assert_allclose(model.predict(theta), own.mean(axis=0))
    assert model.predict_gradient(theta, each=True).shape == (2, 30, STEPS, 2)


def test_validation_is_each_steps_own_error():
    theta, y, dy = draw(30)
    other = draw(20, seed=4)[:2]
    model = SequentialSurrogate(step=small(members=2)).fit(theta, y, dy, validation=other)
    curve = model.history_["validation"]
    assert curve.shape == (2, STEPS, 20)
    forced = model.predict(other[0], before=other[1], each=True)
    np.testing.assert_allclose(curve[..., -1], np.sqrt(((forced - other[1]) ** 2).mean(axis=1)))
    model.step.keep_best = True
    model.fit(theta, y, dy, validation=other)
    assert model.history_["best_epoch"].shape == (2, STEPS)


def test_files_give_the_same_surrogate_and_the_same_bytes(tmp_path):
    theta, y, dy = draw(30)
    model = SequentialSurrogate(step=small(members=2, epochs=2), derivative="partial")
    model.fit(theta, y, dy).save(tmp_path / "first.safetensors")
    loaded = SequentialSurrogate.load(tmp_path / "first.safetensors")
    loaded.save(tmp_path / "second.safetensors")
    first, second = (tmp_path / f"{name}.safetensors" for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    np.testing.assert_array_equal(loaded.predict(theta), model.predict(theta))
    np.testing.assert_array_equal(loaded.predict_gradient(theta), model.predict_gradient(theta))
    assert loaded.derivative == "partial"
    assert loaded.steps_ == STEPS


def test_is_cloned_with_its_step():
    model = SequentialSurrogate(step=small(), derivative="partial")
    copy = clone(model).set_params(step__alpha=0.9)
    assert (copy.derivative, copy.step.alpha, model.step.alpha) == ("partial", 0.9, 0.5)
    assert clone(SequentialSurrogate()).step is None


def test_data_that_do_not_fit_are_refused():
    theta, y, dy = draw(10)
    model = SequentialSurrogate(step=small(epochs=1))
    with pytest.raises(ValueError, match=r"y has shape \(10,\); needed is \(10, T\)"):
        model.fit(theta, y[:, 0])
    with pytest.raises(ValueError, match=r"dy has shape \(10, 2, 2\); needed is \(10, 3, 2\)"):
        model.fit(theta, y, dy[:, 1:])
    with pytest.raises(ValueError, match="derivative is 'naive'; allowed are total, partial"):
        SequentialSurrogate(derivative="naive").fit(theta, y, dy)
    for name, array in (("theta", theta), ("y", y), ("dy", dy)):
        given = {"theta": theta, "y": y, "dy": dy, name: array.copy()}
        given[name][6] = np.inf
        with pytest.raises(ValueError, match=f"{name} holds .*infinity, first in row 6; allowed"):
            model.fit(**given)
    model.fit(theta, y, dy)
    with pytest.raises(ValueError, match=r"y has shape \(10, 2\); needed is \(10, 3\)"):
        model.predict(theta, before=y[:, 1:])
    with pytest.raises(ValueError, match="go together"):
        model.predict_gradient(theta, before=y)
