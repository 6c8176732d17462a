"""Surrogates: units and the chain rule, what gradients are worth, files, errors."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.standardisation import Units
from vicinal.gradients.surrogate import GradientSurrogate

SMALL = {"hidden": (12, 12), "epochs": 40, "dtype": "float64"}


def wave(theta):
    """A smooth function of two parameters in awkward units, and its gradient."""
    a, b = theta[:, 0] / 5, theta[:, 1] * 20
    y = 300 + 40 * np.sin(a) * np.cos(b)
    dy = np.stack([8 * np.cos(a) * np.cos(b), -800 * np.sin(a) * np.sin(b)], axis=1)
    return y, dy


def draw(size, seed=0):
    rng = np.random.default_rng(seed)
    theta = rng.uniform([0, 0], [15, 0.15], size=(size, 2))
    return theta, *wave(theta)


def rmse(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


@pytest.mark.parametrize("output", ["linear", "softplus"])
@pytest.mark.parametrize("standardise", [True, False])
def test_gradient_is_that_of_predict_by_finite_differences(output, standardise):
    theta, y, dy = draw(60)
    both, slopes = np.stack([y, 2 + y / 7], axis=1), np.stack([dy, dy / 7], axis=1)
    surrogate = GradientSurrogate(output=output, standardise=standardise, members=2, **SMALL)
    surrogate.fit(theta, both, slopes)
    step = np.array([1e-4, 1e-6])
    found = surrogate.predict_gradient(theta)
    assert found.shape == (60, 2, 2)
    for k in range(2):
        shift = np.eye(2)[k] * step
        change = surrogate.predict(theta + shift) - surrogate.predict(theta - shift)
        np.testing.assert_allclose(found[:, :, k], change / (2 * step[k]), rtol=1e-4, atol=1e-4)


def test_units_carry_derivatives_by_the_chain_rule():
    theta, y, dy = draw(200)
    units = Units.of(theta[None], y[None, :, None], positive=False)
    x, scaled = units.inputs(theta[None]), units.values(y[None, :, None])
    np.testing.assert_allclose(x.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(axis=1), 1)
    np.testing.assert_allclose((scaled.mean(), scaled.std()), (0, 1), atol=1e-12)
    standard = units.partials(dy[None, :, None])
    for k in range(2):
        near = x.copy()
        near[..., k] += 1e-6
        own = near * units.input_unit[:, None] + units.input_origin[:, None]
        change = units.values(wave(own[0])[0][None, :, None]) - scaled
        np.testing.assert_allclose(standard[..., k], change / 1e-6, atol=1e-4)
    np.testing.assert_allclose(units.own_partials(standard)[0, :, 0], dy)
    np.testing.assert_allclose(units.own_values(scaled)[0, :, 0], y)
    constant = Units.of(np.full((1, 5, 1), 0.1), np.ones((1, 5, 1)), positive=True)
    assert (constant.input_unit == 1).all()
    assert (constant.output_origin == 0).all()


def test_fit_does_not_depend_on_the_units_of_its_data():
    theta, y, dy = draw(40)
    plain = GradientSurrogate(**SMALL).fit(theta, y, dy)
    units = np.array([1024.0, 1 / 64])  # powers of two: not even rounding differs
    other = GradientSurrogate(**SMALL).fit(theta * units, y * 8, dy * 8 / units)
    np.testing.assert_allclose(other.predict(theta * units), plain.predict(theta) * 8, rtol=1e-9)


def test_gradients_make_a_much_better_surrogate_of_few_samples():
    test, y_test, dy_test = draw(500, seed=99)
    ratios = []
    for seed in range(3):
        theta, y, dy = draw(50, seed)
        pair = [
            GradientSurrogate(hidden=(24, 24, 24), alpha=alpha, random_state=seed)
            for alpha in (0.5, 1.0)
        ]
        fit_together(pair, [{"theta": theta, "y": y, "dy": dy}] * 2)
        errors = [rmse(model.predict(test), y_test) for model in pair]
        slopes = [rmse(model.predict_gradient(test)[:, 0], dy_test[:, 0]) for model in pair]
        ratios.append((errors[1] / errors[0], slopes[1] / slopes[0]))
        assert errors[0] < 0.1 * y_test.std()
    assert np.min(ratios) > 1.5  # found: 2.1 to 4.9
    assert np.mean(ratios) > 2


def test_fitted_together_equals_fitted_alone():
    theta, y, dy = draw(45)
    others = draw(45, seed=3)
    models = [
        GradientSurrogate(members=2, **SMALL),
        GradientSurrogate(alpha=1.0, **SMALL),
        GradientSurrogate(alpha=0.3, random_state=5, partial_weights=[1, 3], **SMALL),
        GradientSurrogate(random_state=6, **SMALL),
    ]
    data = [(theta, y, dy), (theta, y, dy), others, (theta, y, None)]
    alone = [clone(model).fit(*given) for model, given in zip(models, data, strict=True)]
    names = ("theta", "y", "dy")
    fit_together(models, [dict(zip(names, given, strict=True)) for given in data])
    for first, second in zip(models, alone, strict=True):
        np.testing.assert_allclose(first.predict(theta), second.predict(theta), rtol=1e-9)
    assert [model.with_gradients_ for model in models] == [True, False, True, False]


def test_pairs_share_initial_parameters_and_batches():
    theta, y, dy = draw(45)
    settings = {**SMALL, "epochs": 1, "learning_rate": 1e-12}
    first, second = (
        GradientSurrogate(alpha=alpha, members=2, **settings).fit(theta, y, dy)
        for alpha in (0.5, 1.0)
    )
    np.testing.assert_allclose(first.predict(theta), second.predict(theta), rtol=1e-9)
    one, two = first.predict(theta, each=True)
    assert not np.allclose(one, two, rtol=1e-3)
    np.testing.assert_allclose(first.predict(theta), (one + two) / 2)


def test_without_derivatives_alpha_is_of_no_account():
    theta, y, dy = draw(40)
    first, second = GradientSurrogate(**SMALL), GradientSurrogate(alpha=1, **SMALL)
    np.testing.assert_array_equal(
        first.fit(theta, y).predict(theta), second.fit(theta, y, dy).predict(theta)
    )


def test_an_input_without_known_derivatives_is_only_an_input():
    """An input beside the parameters: its partial derivatives are NaN."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(200, 2))
    y, dy = np.sin(3 * x[:, 0]) * x[:, 1], np.full((200, 2), np.nan)
    dy[:, 0] = 3 * np.cos(3 * x[:, 0]) * x[:, 1]
    surrogate = GradientSurrogate(hidden=(24, 24), epochs=150).fit(x, y, dy)
    assert rmse(surrogate.predict_gradient(x)[:, 1], np.sin(3 * x[:, 0])) < 0.2
    assert rmse(surrogate.predict(x), y) < 0.05 * y.std()


def test_validation_is_recorded_in_units_of_y_and_the_best_epoch_kept():
    theta, y, dy = draw(30)
    other = draw(50, seed=1)[:2]
    surrogate = GradientSurrogate(members=2, **SMALL).fit(theta, y, dy, validation=other)
    curve = surrogate.history_["validation"]
    assert curve.shape == (2, 40)
    errors = [rmse(one, other[1]) for one in surrogate.predict(other[0], each=True)]
    np.testing.assert_allclose(curve[:, -1], errors)
    kept = clone(surrogate).set_params(keep_best=True, learning_rate=0.3)
    kept.fit(theta, y, dy, validation=other)
    errors = [rmse(one, other[1]) for one in kept.predict(other[0], each=True)]
    np.testing.assert_allclose(kept.history_["validation"].min(axis=1), errors)
    assert kept.history_["best_epoch"].shape == (2,)
    with pytest.raises(ValueError, match="keep_best needs samples"):
        kept.fit(theta, y, dy)


def test_files_give_the_same_surrogate_and_the_same_bytes(tmp_path):
    theta, y, dy = draw(40)
    surrogate = GradientSurrogate(
        hidden=[8, 8], epochs=2, members=2, partial_weights=np.array([1.0, 2.0])
    ).fit(theta, y, dy)
    surrogate.save(tmp_path / "one" / "first.safetensors")
    loaded = GradientSurrogate.load(tmp_path / "one" / "first.safetensors")
    loaded.save(tmp_path / "second.safetensors")
    clone(surrogate).fit(theta, y, dy).save(tmp_path / "third.safetensors")
    first = (tmp_path / "one" / "first.safetensors").read_bytes()
    assert first == (tmp_path / "second.safetensors").read_bytes()
    assert first == (tmp_path / "third.safetensors").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one",
        "second.safetensors",
        "third.safetensors",
    ]
    np.testing.assert_array_equal(loaded.predict(theta), surrogate.predict(theta))
    np.testing.assert_array_equal(loaded.predict_gradient(theta), surrogate.predict_gradient(theta))
    assert loaded.hidden == (8, 8)
    assert loaded.n_features_in_ == 2
    assert len(load_file(tmp_path / "second.safetensors")) == 6 + 4


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "file.safetensors"
    path.write_bytes(b"not one")
    with pytest.raises(ValueError, match="cannot be read as a surrogate"):
        GradientSurrogate.load(path)
    save_file({"a": np.zeros(2)}, path)
    with pytest.raises(ValueError, match="holds no surrogate"):
        GradientSurrogate.load(path)
    GradientSurrogate(hidden=(2,), epochs=1).fit(*draw(5)).save(path)
    with pytest.raises(ValueError, match="needed is SequentialSurrogate"):
        SequentialSurrogate.load(path)
    with pytest.raises(FileNotFoundError):
        GradientSurrogate.load(tmp_path / "none.safetensors")


def test_data_that_do_not_fit_are_refused():
    theta, y, dy = draw(20)
    surrogate = GradientSurrogate(hidden=(4,), epochs=1)
    with pytest.raises(ValueError, match=r"dy has shape \(19, 2\); needed is \(20, 2\)"):
        surrogate.fit(theta, y, dy[1:])
    with pytest.raises(ValueError, match=r"dy has shape \(20, 2\); needed is \(20, 3, 2\)"):
        surrogate.fit(theta, np.stack([y] * 3, axis=1), dy)
    with pytest.raises(ValueError, match=r"validation samples have shapes \(20, 2\) and \(19, 1\)"):
        surrogate.fit(theta, y, dy, validation=(theta, y[1:]))
    with pytest.raises(ValueError, match="validation theta holds NaN or infinity, first in row 0"):
        surrogate.fit(theta, y, dy, validation=(theta * np.nan, y))
    for name, broken in (("theta", theta), ("y", y), ("dy", dy)):
        given = {"theta": theta, "y": y, "dy": dy, name: broken.copy()}
        given[name][7] = np.inf
        with pytest.raises(ValueError, match=f"{name} holds .*infinity, first in row 7; allowed"):
            surrogate.fit(**given)
    surrogate.fit(theta, y, dy)
    with pytest.raises(ValueError, match="theta holds NaN or infinity, first in row 3"):
        surrogate.predict(np.where(np.arange(20)[:, None] == 3, np.nan, theta))


def test_parameters_out_of_range_are_refused():
    data = draw(20)
    for wrong, message in (
        ({"alpha": 0}, "allowed is 0 < alpha <= 1"),
        ({"members": 0}, "members is 0"),
        ({"random_state": -1}, "at least 0"),
        ({"dtype": "float16"}, "allowed are float32, float64"),
        ({"output": "relu"}, "allowed are linear, softplus"),
        ({"device": "tpu"}, "device is 'tpu'; this torch has: auto, cpu"),
    ):
        with pytest.raises(ValueError, match=message):
            GradientSurrogate(hidden=(4,), epochs=1, **wrong).fit(*data)
    given = dict(zip(("theta", "y", "dy"), data, strict=True))
    with pytest.raises(ValueError, match="surrogate 1 cannot be trained together"):
        fit_together([GradientSurrogate(hidden=(4,)), GradientSurrogate(hidden=(5,))], [given] * 2)
    with pytest.raises(ValueError, match="1 surrogates and 0 sets of arguments"):
        fit_together([GradientSurrogate()], [])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="device is 'cuda'; this torch has: auto, cpu"):
        GradientSurrogate(device="cuda").fit(*draw(5))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_finds_the_same_within_rounding():
    theta, y, dy = draw(40)
    cpu, gpu = (
        GradientSurrogate(device=device, **SMALL).fit(theta, y, dy) for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(gpu.predict(theta), cpu.predict(theta), rtol=1e-6)


@parametrize_with_checks([GradientSurrogate(hidden=(16,), epochs=60)])
def test_follows_scikit_learns_conventions(estimator, check):
    check(estimator)
