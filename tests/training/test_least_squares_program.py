"""Descent on second moments against descent through the samples, step by step and after many."""

import numpy as np
import pytest
import torch

from vicinal.training import programs
from vicinal.training.batched_program import BatchedProgram
from vicinal.training.heads import HeadSettings, train_heads
from vicinal.training.least_squares_program import LeastSquaresProgram, moments_pay

SIZE, WIDTH = 90, 5
SEEDS = [3, 4]


def settings(epochs, **changes):
    return HeadSettings(
        **{"loss": "squared_error", "learning_rate": 0.02, "batch_size": None, "epochs": epochs}
        | changes
    )


def problem(own_samples=False, own_weights=False, outputs=2, offset=0.0):
    rng = np.random.default_rng(0)
    seeds = (2,) if own_samples else ()
    features = rng.normal(size=(*seeds, SIZE, WIDTH)) + offset
    targets = rng.normal(size=(*seeds, SIZE, outputs)) + 2
    weights = rng.uniform(1, 30, size=(*((2,) if own_weights else ()), 3, SIZE))
    return features, targets, weights


def through_the_samples(*arguments, **keywords):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs, "moments_pay", lambda *sizes: False)
        return train_heads(*arguments, **keywords)


def one_by_one(features, targets, weight, seed, chosen):
    """A linear model in plain PyTorch, by autograd, from the same initial parameters."""
    generator = torch.Generator().manual_seed(seed)
    limit = (6 / (WIDTH + targets.shape[1])) ** 0.5
    start = torch.rand(WIDTH, targets.shape[1], generator=generator)
    model = torch.nn.Linear(WIDTH, targets.shape[1]).double()
    model.weight.data = ((start * 2 - 1) * limit).T.double()
    model.bias.data.zero_()
    if chosen.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), chosen.learning_rate, eps=chosen.epsilon)
    else:
        optimizer = torch.optim.SGD(model.parameters(), chosen.learning_rate)
    x, t, w = (torch.tensor(array) for array in (features, targets, weight / weight.mean()))
    for _ in range(chosen.epochs):
        optimizer.zero_grad()
        (((model(x) - t) ** 2).mean(dim=1) * w).mean().backward()
        optimizer.step()
    return model.weight.detach().T.numpy(), model.bias.detach().numpy()


@pytest.mark.parametrize("own_samples", [False, True])
@pytest.mark.parametrize("own_weights", [False, True])
@pytest.mark.parametrize(("outputs", "optimizer"), [(1, "adam"), (3, "adam"), (3, "sgd")])
def test_equals_autograd_one_model_at_a_time(own_samples, own_weights, outputs, optimizer):
    features, targets, weights = problem(own_samples, own_weights, outputs)
    chosen = settings(40, optimizer=optimizer)
    heads = train_heads(features, targets, weights, SEEDS, chosen, dtype=torch.float64)
    assert heads.weights[0].shape == (2, 3, WIDTH, outputs)
    for s, seed in enumerate(SEEDS):
        own = (features[s], targets[s]) if own_samples else (features, targets)
        for m in range(3):
            weight = weights[s, m] if own_weights else weights[m]
            slope, bias = one_by_one(*own, weight, seed, chosen)
            np.testing.assert_allclose(heads.weights[0][s, m], slope, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(heads.biases[0][s, m, 0], bias, rtol=1e-10, atol=1e-12)


@pytest.fixture(scope="module")
def long_trainings():
    """20 000 steps of Adam, still on their way: targets far from 0, correlated inputs in [0, 1]."""
    rng = np.random.default_rng(1)
    features = rng.uniform(size=(SIZE, 1)) * rng.uniform(0.5, 1, size=(SIZE, WIDTH))
    targets = 20 + 15 * features @ rng.normal(size=WIDTH) + rng.normal(size=SIZE)
    weights = rng.uniform(1, 8, size=(2, SIZE))
    chosen = settings(20_000, learning_rate=5e-4)
    return {
        (train, dtype): train(features, targets, weights, SEEDS, chosen, dtype=dtype)
        for train in (train_heads, through_the_samples)
        for dtype in (torch.float64, torch.float32)
    }


def furthest(heads, others):
    return max(
        (parameter.double() - others.parameters()[name].double()).abs().max().item()
        for name, parameter in heads.parameters().items()
    )


def test_float64_agrees_after_many_steps(long_trainings):
    exact = long_trainings[through_the_samples, torch.float64]
    assert exact.weights[0].abs().max() > 5  # far from where it began
    assert furthest(long_trainings[train_heads, torch.float64], exact) < 1e-11


def test_float32_is_closer_to_float64_than_float32_through_the_samples(long_trainings):
    exact = long_trainings[through_the_samples, torch.float64]
    moments = long_trainings[train_heads, torch.float32]
    samples = long_trainings[through_the_samples, torch.float32]
    assert moments.weights[0].dtype == moments.biases[0].dtype == torch.float32
    assert furthest(moments, exact) < 3e-6  # parameters up to 10, rounded to float32
    assert furthest(moments, exact) < furthest(samples, exact)
    assert furthest(moments, samples) < 5e-3


@pytest.mark.parametrize("offset", [1e2, 1e5])
def test_inputs_far_from_zero_lose_no_digits(offset):
    features, targets, weights = problem(offset=offset)
    arguments = (features, targets, weights, SEEDS, settings(200, learning_rate=0.01))
    moments = train_heads(*arguments, dtype=torch.float64).predict(features)
    samples = through_the_samples(*arguments, dtype=torch.float64).predict(features)
    np.testing.assert_allclose(moments, samples, rtol=0, atol=1e-14 * offset)


def test_reaches_weighted_least_squares():
    features, targets, weights = problem(own_weights=True)
    chosen = settings(3000, optimizer="sgd", learning_rate=0.1)
    heads = train_heads(features, targets, weights, SEEDS, chosen, dtype=torch.float64)
    for (s, m), _ in np.ndenumerate(weights[..., 0]):
        root = np.sqrt(weights[s, m])[:, None]
        design = np.hstack([features, np.ones((SIZE, 1))])
        solution = np.linalg.lstsq(design * root, targets * root, rcond=None)[0]
        np.testing.assert_allclose(heads.weights[0][s, m], solution[:-1], atol=1e-9)
        np.testing.assert_allclose(heads.biases[0][s, m, 0], solution[-1], atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "size", "labels", "program"),
    [
        ({}, SIZE, float, LeastSquaresProgram),
        ({"batch_size": SIZE}, SIZE, float, LeastSquaresProgram),
        ({"batch_size": 10}, SIZE, float, BatchedProgram),
        ({"hidden": (3,)}, SIZE, float, BatchedProgram),
        ({"loss": "cross_entropy"}, SIZE, int, BatchedProgram),
        ({}, SIZE, int, BatchedProgram),  # squared error of classes has a sigmoid
        ({}, 4 * WIDTH, float, BatchedProgram),  # few samples
        ({"epochs": WIDTH}, SIZE, float, BatchedProgram),  # few epochs
    ],
)
def test_is_chosen_where_it_applies(changes, size, labels, program, monkeypatch):
    used = []
    for kind in (LeastSquaresProgram, BatchedProgram):
        begin = kind.__init__

        def record(self, *arguments, begin=begin, **keywords):
            used.append(type(self))
            begin(self, *arguments, **keywords)

        monkeypatch.setattr(kind, "__init__", record)
    features, _, _ = problem()
    targets = (np.arange(size) % 2).astype(labels)
    chosen = settings(**{"epochs": 20} | changes)
    train_heads(features[:size], targets, np.ones((1, size)), SEEDS, chosen)
    assert used == [program]


def test_moments_too_large_for_memory_are_not_summed():
    assert moments_pay(999, 1, 10_000, 30, 5000)
    assert not moments_pay(999, 1, 10_000, 300, 5000)


def test_divergence_names_the_epoch():
    features, targets, weights = problem()
    chosen = settings(500, optimizer="sgd", learning_rate=10.0)
    with pytest.raises(ArithmeticError, match="after epoch"):
        train_heads(features, targets, weights, SEEDS, chosen)


def test_parameters_beyond_the_asked_precision_are_not_finite():
    ones = torch.ones(1, SIZE, 1, dtype=torch.float64)
    program = LeastSquaresProgram(torch.ones(1, 1, 1, 1), settings(1), ones, ones, ones.mT)
    assert program.is_finite()
    program.flat[0] = 1e39  # finite in float64
    assert not program.is_finite()


def test_same_seeds_same_bytes():
    features, targets, weights = problem()
    first, second = (
        train_heads(features, targets, weights, SEEDS, settings(50)).predict(features)
        for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
