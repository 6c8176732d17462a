"""A lattice's cells: samples of their own, errors of surrogates trained alone, work counted."""

import numpy as np
import pytest

from vicinal.gradients.hyperparameter_lattice import (
    LatticeCell,
    draw_repetitions,
    train_lattice_cell,
    training_work,
)
from vicinal.gradients.sequential import SequentialSurrogate
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.surrogate import GradientSurrogate


def drawn(name="cosine", steps=None, repetitions=3, **constants):
    simulator = make_simulator(name, **constants)
    rng = np.random.default_rng(0)
    return draw_repetitions(
        simulator, repetitions=repetitions, size=8, validation=5, test=20, rng=rng, steps=steps
    )


def test_repetitions_share_no_samples():
    data = drawn(steps=2)
    own = [data.data.draw(number, 8).inputs for number in range(3)]
    seen = np.concatenate([*own, *(runs.inputs for runs in data.validation)])
    assert seen.shape == (3 * 13, 2)
    assert len(np.unique(seen, axis=0)) == 39
    np.testing.assert_array_equal(data.data.draw(1, 4).inputs, own[1][:4])
    assert data.validation[2].values.shape == (5, 2)
    assert data.data.test.values.shape == (20, 2)


def test_first_steps_are_those_of_all():
    whole, first = drawn(), drawn(steps=3)
    np.testing.assert_array_equal(first.data.pool.values, whole.data.pool.values[:, :3])
    np.testing.assert_array_equal(first.data.test.derivatives, whole.data.test.derivatives[:, :3])
    with pytest.raises(ValueError, match="steps = 11; simulator cosine has 1 to 10"):
        drawn(steps=11)


def test_validation_samples_are_noisy_and_test_samples_are_not():
    data = drawn("toy_quadratic", noise=0.5)
    truth = 2 * data.validation[0].inputs ** 2
    assert not np.allclose(data.validation[0].values, truth, atol=0.05)
    np.testing.assert_allclose(data.data.test.values, 2 * data.data.test.inputs**2)


@pytest.mark.parametrize("steps", [1, 2])
def test_errors_are_those_of_surrogates_trained_alone(steps):
    data = drawn(steps=steps)
    template = GradientSurrogate(epochs=3, dtype="float64")
    cell = LatticeCell(complexity=2, layers=2, learning_rate=0.02)
    found = train_lattice_cell(data, cell, 8, template, [4, 5, 6], width_factor=3)
    assert template.learning_rate == 0.01
    train = data.data.draw(1, 8)
    for method, alpha in enumerate((1.0, 0.5)):
        alone = GradientSurrogate(
            hidden=(6, 6), epochs=3, dtype="float64", learning_rate=0.02, alpha=alpha,
            random_state=5,
        )  # fmt: skip
        model = alone if steps == 1 else SequentialSurrogate(step=alone)
        model.fit(train.inputs, train.values, train.derivatives)
        for runs, errors in (
            (data.validation[1], found.validation),
            (data.data.test, found.test),
        ):
            error = np.sqrt(np.mean((model.predict(runs.inputs) - runs.values) ** 2))
            np.testing.assert_allclose(errors[method, 1], error, rtol=1e-9)
        # Products with every weight that the surrogate has; a first step's idle input counts.
        weights = sum(weight.numel() for weight in model.networks_.weights)
        assert found.work[method] == (3, 6)[method] * weights * 8 * 3


def test_work_by_hand():
    # 2 x 3 + 3 x 3 + 3 weights; two steps have one input more each.
    assert training_work(2, 1, (3, 3), 10, 7, with_gradients=False) == 3 * 18 * 10 * 7
    assert training_work(2, 2, (3, 3), 10, 7, with_gradients=True) == 6 * 2 * 21 * 10 * 7
