"""Batched heads against heads trained one after another by PyTorch's autograd and optimisers."""

import copy
import itertools

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.training import batched_program
from vicinal.training.heads import HeadSettings, HeadTraining, train_heads

SIZE, WIDTH = 83, 6


def reference_loss(settings, out, target, weight):
    if settings.loss == "cross_entropy":
        each = nn.functional.cross_entropy(out, target.argmax(1), reduction="none")
    elif settings.loss == "binary_cross_entropy":
        each = nn.functional.binary_cross_entropy_with_logits(out, target, reduction="none").mean(1)
    else:
        each = ((out - target) ** 2).mean(1)
    return (each * weight).mean()


def train_one_by_one(features, targets, weight, seed, settings, sigmoid=False):
    """One head in plain PyTorch, from the same initial parameters and batches."""
    generator = torch.Generator().manual_seed(seed)
    widths = [features.shape[1], *settings.hidden, targets.shape[1]]
    layers = []
    for rows, columns in itertools.pairwise(widths):
        layer = nn.Linear(rows, columns).double()
        limit = (6 / (rows + columns)) ** 0.5
        initial = (torch.rand(rows, columns, generator=generator) * 2 - 1) * limit
        layer.weight.data = initial.T.double()
        layer.bias.data.zero_()
        layers += [layer, nn.ReLU() if settings.activation == "relu" else nn.Tanh()]
    head = nn.Sequential(*layers[:-1], *([nn.Sigmoid()] if sigmoid else []))
    if settings.optimizer == "adam":
        optimizer = torch.optim.Adam(head.parameters(), settings.learning_rate, eps=1e-7)
    else:
        optimizer = torch.optim.SGD(head.parameters(), settings.learning_rate)
    x, t = torch.tensor(features), torch.tensor(targets)
    w = torch.tensor(weight / weight.mean())
    for _ in range(settings.epochs):
        if settings.batch_size is None:
            batches = [torch.arange(len(x))]
        else:
            batches = torch.randperm(len(x), generator=generator).split(settings.batch_size)
        for batch in batches:
            optimizer.zero_grad()
            reference_loss(settings, head(x[batch]), t[batch], w[batch]).backward()
            optimizer.step()
    return head(x).detach().numpy()


def problem(loss):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(SIZE, WIDTH))
    if loss == "cross_entropy":
        targets = rng.integers(0, 3, SIZE)
        return features, targets, np.eye(3)[targets]
    if loss == "binary_cross_entropy":
        targets = rng.integers(0, 2, SIZE)
        return features, targets, targets[:, None].astype(float)
    targets = rng.normal(size=(SIZE, 2))
    return features, targets, targets


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "squared_error"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize(("optimizer", "activation"), [("adam", "relu"), ("sgd", "tanh")])
def test_equals_training_one_after_another(loss, hidden, batch_size, optimizer, activation):
    settings = HeadSettings(
        loss, hidden, activation, optimizer, learning_rate=0.02, batch_size=batch_size, epochs=4
    )
    features, targets, encoded = problem(loss)
    weights = np.random.default_rng(1).uniform(1, 30, size=(2, 3, SIZE))
    heads = train_heads(features, targets, weights, [7, 8], settings, dtype=torch.float64)
    outputs = heads.predict(features)
    for s, seed in enumerate([7, 8]):
        for m in range(3):
            alone = train_one_by_one(features, encoded, weights[s, m], seed, settings)
            if loss == "binary_cross_entropy":
                alone = 1 / (1 + np.exp(-alone))
            np.testing.assert_allclose(outputs[s, m], alone, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("hidden", [(), (5, 4)])
@pytest.mark.parametrize("batch_size", [None, 10])
def test_blocks_of_samples_give_the_gradient_of_the_whole_batch(monkeypatch, hidden, batch_size):
    settings = HeadSettings("cross_entropy", hidden, batch_size=batch_size, epochs=4)
    features, targets, _ = problem(settings.loss)
    weights = np.random.default_rng(1).uniform(1, 30, size=(2, 3, SIZE))
    arguments = (features, targets, weights, [7, 8], settings)
    at_once = HeadTraining(*arguments, dtype=torch.float64)
    # Six networks of at most five outputs in float64: four samples a block, the last one smaller.
    monkeypatch.setattr(batched_program, "CACHE_BYTES", 4 * 6 * 5 * 8)
    in_blocks = HeadTraining(*arguments, dtype=torch.float64)
    assert in_blocks.program.block_rows < 10 < SIZE < at_once.program.block_rows
    assert list(at_once.run()) == list(in_blocks.run())
    kept = at_once.heads().parameters()
    for name, value in in_blocks.heads().parameters().items():
        torch.testing.assert_close(value, kept[name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        HeadSettings("cross_entropy", batch_size=16, epochs=6),
        HeadSettings("squared_error", (5, 4), batch_size=None, epochs=6),
        HeadSettings("squared_error", batch_size=None, epochs=20),
    ],
    ids=["batches", "all samples", "moments"],
)
def test_a_training_is_continued_bit_by_bit(settings):
    features, targets, _ = problem(settings.loss)
    weights = np.random.default_rng(1).uniform(1, 30, size=(2, 3, SIZE))
    arguments = (features, targets, weights, [7, 8], settings)
    unbroken = train_heads(*arguments).parameters()
    first = HeadTraining(*arguments)
    for epoch in first.run():
        if epoch == 4:
            state = copy.deepcopy(first.state_dict())  # what follows must not change it
    second = HeadTraining(*arguments)
    second.load_state_dict(state)
    assert list(second.run()) == list(range(5, settings.epochs + 1))
    for name, value in second.heads().parameters().items():
        assert torch.equal(value, unbroken[name]), name
    third = HeadTraining(*arguments)
    third.load_state_dict(first.state_dict())
    assert list(third.run()) == []


def test_squared_error_of_two_classes_goes_through_a_sigmoid():
    settings = HeadSettings("squared_error", (4,), batch_size=10, epochs=3, learning_rate=0.02)
    features, targets, encoded = problem("binary_cross_entropy")
    heads = train_heads(features, targets, np.ones((1, SIZE)), [3], settings, dtype=torch.float64)
    alone = train_one_by_one(features, encoded, np.ones(SIZE), 3, settings, sigmoid=True)
    np.testing.assert_allclose(heads.predict(features)[0, 0], alone, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "squared_error"])
def test_probabilities_are_those_of_class_one(loss):
    features = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    settings = HeadSettings(loss, learning_rate=0.1, batch_size=None, epochs=200)
    heads = train_heads(features, [0, 0, 1, 1], np.ones((1, 4)), [0], settings)
    np.testing.assert_array_equal(heads.probabilities(features)[0, 0] > 0.5, [0, 0, 1, 1])


def test_float32_agrees_with_float64_within_its_precision():
    features, targets, _ = problem("cross_entropy")
    settings = HeadSettings(epochs=5, batch_size=10)
    single, double = (
        train_heads(features, targets, np.ones((1, SIZE)), [1], settings, dtype=dtype)
        for dtype in (torch.float32, torch.float64)
    )
    np.testing.assert_allclose(single.predict(features), double.predict(features), atol=1e-5)


def test_uniform_weights_of_any_size_equal_an_unweighted_fit():
    features, targets, encoded = problem("cross_entropy")
    settings = HeadSettings(epochs=3, batch_size=16)
    weights = np.stack([np.full(SIZE, 0.1), np.full(SIZE, 40.0)])
    outputs = train_heads(features, targets, weights, [5], settings).predict(features)[0]
    alone = train_one_by_one(features, encoded, np.ones(SIZE), 5, settings)
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-6)
    np.testing.assert_allclose(outputs[0], alone, atol=1e-5)


def test_linear_regression_reaches_weighted_least_squares():
    features, targets, _ = problem("squared_error")
    weight = np.random.default_rng(2).uniform(1, 20, SIZE)
    settings = HeadSettings("squared_error", learning_rate=0.01, batch_size=None, epochs=2000)
    heads = train_heads(features, targets, weight[None], [0], settings, dtype=torch.float64)
    design = np.hstack([features, np.ones((SIZE, 1))]) * np.sqrt(weight)[:, None]
    exact = np.linalg.lstsq(design, targets * np.sqrt(weight)[:, None], rcond=None)[0]
    np.testing.assert_allclose(heads.weights[0][0, 0], exact[:-1], atol=1e-6)
    np.testing.assert_allclose(heads.biases[0][0, 0, 0], exact[-1], atol=1e-6)


def test_same_seed_same_bytes_and_seeds_differ():
    features, targets, _ = problem("cross_entropy")
    settings = HeadSettings(epochs=2)
    first, second = (
        train_heads(features, targets, np.ones((2, SIZE)), [1, 2], settings).predict(features)
        for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
    assert not np.allclose(first[0], first[1])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((2, SIZE + 1)), "sample_weights have shape"),
        (-np.ones((1, SIZE)), "at least 0"),
        (np.zeros((1, SIZE)), "not all 0"),
        (np.full((1, SIZE), np.nan), "finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    features, targets, _ = problem("cross_entropy")
    with pytest.raises(ValueError, match=message):
        train_heads(features, targets, weights, [1], HeadSettings())


def test_labels_of_one_class_train_a_head_that_says_so():
    features, _, _ = problem("cross_entropy")
    settings = HeadSettings(epochs=20, learning_rate=0.05, batch_size=None)
    heads = train_heads(features, np.zeros(SIZE, int), np.ones((1, SIZE)), [0], settings)
    assert (heads.predict(features)[0, 0].argmax(-1) == 0).all()


def test_divergence_names_the_epoch():
    features, targets, _ = problem("squared_error")
    settings = HeadSettings("squared_error", optimizer="sgd", learning_rate=1e4, epochs=50)
    with pytest.raises(ArithmeticError, match="after epoch"):
        train_heads(features, targets, np.ones((1, SIZE)), [1], settings)


def test_settings_out_of_range_say_what_is_allowed():
    with pytest.raises(ValueError, match="allowed are adam, sgd"):
        HeadSettings(optimizer="lbfgs")
    with pytest.raises(ValueError, match="at least 1"):
        HeadSettings(epochs=0)
    with pytest.raises(ValueError, match="exactly two"):
        train_heads(np.ones((3, 1)), [0, 1, 2], np.ones((1, 3)), [0], HeadSettings("squared_error"))
