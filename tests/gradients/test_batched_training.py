"""Networks trained as one batched program against PyTorch's autograd, one network at a time."""

import numpy as np
import pytest
import torch

from vicinal.gradients.batched_training import train_surrogates
from vicinal.gradients.networks import initial_parameters
from vicinal.gradients.training_samples import training_samples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

SIZE = 37


def network(x, weights, biases, output):
    """One network at one sample, in plain PyTorch."""
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        x = torch.tanh(x @ weight + bias[0])
    x = x @ weights[-1] + biases[-1][0]
    return torch.nn.functional.softplus(x) if output == "softplus" else x


def problem(networks, size=SIZE, q=2, c=1, seed=0):
    """Own samples for each network: inputs, values and derivatives of smooth functions."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(networks, size, q))
    slope, phase = rng.normal(size=(networks, 1, c, q)), rng.normal(size=(networks, 1, c))
    angle = (x[:, :, None] * slope).sum(-1) + phase
    return x, np.sin(angle), np.cos(angle)[..., None] * slope


def train_alone(x, y, dy, tangents, seed, alpha, settings, weights=1.0, used=None):
    """One network in plain PyTorch, its derivatives by double automatic differentiation.

    weights : (N, 1, 1) what each derivative and, squeezed, each value counts.
    """
    generator = torch.Generator().manual_seed(seed)
    initial = initial_parameters([x.shape[1], *settings.hidden, y.shape[1]], generator, used)
    layers = [w.double().clone().requires_grad_() for w in initial]
    biases = [torch.zeros(1, w.shape[1], dtype=torch.float64, requires_grad=True) for w in layers]
    optimizer = torch.optim.Adam([*layers, *biases], eps=settings.epsilon)
    x, y, dy = torch.tensor(x), torch.tensor(y), torch.tensor(dy)
    known = ~dy.isnan()
    share = known * torch.as_tensor(weights)
    share = share / share.sum() * len(x)
    for epoch in range(settings.epochs):
        optimizer.param_groups[0]["lr"] = settings.learning_rate / (1 + settings.decay * epoch)
        for rows in torch.randperm(len(x), generator=generator).split(settings.batch_size):
            inputs = x[rows].requires_grad_()
            out = network(inputs, layers, biases, settings.output)
            columns = [
                torch.autograd.grad(out[:, j].sum(), inputs, create_graph=True)[0]
                for j in range(out.shape[1])
            ]
            slopes = torch.stack(columns, dim=1)
            if tangents is not None:
                slopes = slopes @ torch.tensor(tangents)[rows]
            residual = torch.where(known[rows], slopes - dy[rows].nan_to_num(), 0.0)
            one = ((out - y[rows]) ** 2).mean()
            two = (share[rows] * residual**2).sum() / len(rows)
            optimizer.zero_grad()
            (alpha * one + (1 - alpha) * two).backward()
            optimizer.step()
    return [w.detach() for w in (*layers, *biases)]


def parameters_of(networks, b):
    return [w[b] for w in (*networks.weights, *networks.biases)]


def assert_same(found, expected, tolerance=1e-8):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("output", ["linear", "softplus"])
@pytest.mark.parametrize(("c", "tangents"), [(1, False), (1, True), (4, False), (4, True)])
def test_equals_training_one_after_another(output, c, tangents):
    settings = SurrogateSettings((5, 4), output, batch_size=10, epochs=3)
    x, y, dy = problem(4, c=c)
    rng = np.random.default_rng(5)
    directions = None
    if tangents:
        directions = rng.normal(size=(4, SIZE, 2, 3))
        dy = dy @ directions
    dy[rng.random(dy.shape) < 0.2] = np.nan
    seeds, alpha = [3, 4, 3, 3], [0.5, 0.2, 1.0, 0.9]
    samples = training_samples(x, y, dy, tangents=directions)
    networks, _ = train_surrogates(samples, seeds, settings, alpha=alpha, dtype=torch.float64)
    for b in range(4):
        own = None if directions is None else directions[b]
        alone = train_alone(x[b], y[b], dy[b], own, seeds[b], alpha[b], settings)
        assert_same(parameters_of(networks, b), alone)


def test_blocks_and_streams_change_nothing_beyond_rounding():
    settings = SurrogateSettings((6, 6), epochs=3)
    x, y, dy = problem(5, c=2)
    samples = training_samples(x, y, dy)
    expected, _ = train_surrogates(samples, range(5), settings, dtype=torch.float64)
    for options in ({"block_bytes": 1}, {"block_bytes": 20_000}, {"streams": "directions"}):
        found, _ = train_surrogates(samples, range(5), settings, dtype=torch.float64, **options)
        for b in range(5):
            assert_same(parameters_of(found, b), parameters_of(expected, b), 1e-10)


def test_alpha_one_is_training_on_values_with_and_without_derivatives_at_hand():
    settings = SurrogateSettings((6,), epochs=4, batch_size=8)
    x, y, dy = problem(1)
    with_dy, _ = train_surrogates(
        training_samples(x, y, dy), [2, 2], settings, alpha=[1.0, 0.5], dtype=torch.float64
    )
    without, _ = train_surrogates(
        training_samples(x, y), [2], settings, alpha=1.0, dtype=torch.float64
    )
    layers = torch.nn.Sequential(torch.nn.Linear(2, 6), torch.nn.Tanh(), torch.nn.Linear(6, 1))
    generator = torch.Generator().manual_seed(2)
    layers.double()
    for layer, initial in zip(layers[::2], initial_parameters([2, 6, 1], generator), strict=True):
        layer.weight.data = initial.T.double()
        layer.bias.data.zero_()
    optimizer = torch.optim.Adam(layers.parameters(), eps=1e-7)
    inputs, values = torch.tensor(x[0]), torch.tensor(y[0])
    for epoch in range(4):
        optimizer.param_groups[0]["lr"] = 0.01 / (1 + 0.0633 * epoch)
        for rows in torch.randperm(SIZE, generator=generator).split(8):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(layers(inputs[rows]), values[rows]).backward()
            optimizer.step()
    expected = layers(inputs).detach()
    np.testing.assert_allclose(with_dy.predict(inputs)[0], expected, rtol=1e-9)
    np.testing.assert_allclose(without.predict(inputs)[0], expected, rtol=1e-9)
    assert not np.allclose(with_dy.predict(inputs)[1], expected, rtol=1e-3)


def test_padding_changes_nothing():
    settings = SurrogateSettings((5, 5), epochs=4, batch_size=9)
    x, y, dy = problem(2)
    narrow, _ = train_surrogates(training_samples(x, y, dy), [1, 2], settings, dtype=torch.float64)
    padded = training_samples(
        np.concatenate([x, np.zeros((2, SIZE, 1))], axis=2),
        y,
        dy,
        tangents=np.broadcast_to(np.eye(3, 2), (SIZE, 3, 2)),
        used_inputs=[2, 2],
    )
    wide, _ = train_surrogates(padded, [1, 2], settings, dtype=torch.float64)
    assert not wide.weights[0][:, 2].any()
    first = wide.weights[0][:, :2]
    assert_same([first, *wide.weights[1:]], narrow.weights, 1e-11)
    assert_same(wide.biases, narrow.biases, 1e-11)


def test_weights_count_relative_to_their_mean():
    settings = SurrogateSettings((5,), epochs=3, batch_size=10)
    x, y, dy = problem(1, c=2)
    weights = np.random.default_rng(1).uniform(0, 5, SIZE)
    expected = None
    for scale in (1.0, 30.0):
        samples = training_samples(
            x,
            y,
            dy,
            sample_weights=weights * scale,
            output_weights=[scale, scale],
            partial_weights=[[scale, 0], [scale, 0]],
        )
        found = parameters_of(train_surrogates(samples, [1], settings, dtype=torch.float64)[0], 0)
        expected = expected or found
        assert_same(found, expected, 1e-12)
    # A weight of 0 is a derivative that is not known.
    dy[..., 1] = np.nan
    samples = training_samples(x, y, dy, sample_weights=weights)
    assert_same(
        parameters_of(train_surrogates(samples, [1], settings, dtype=torch.float64)[0], 0), expected
    )


def test_a_weight_of_two_is_a_sample_twice():
    settings = SurrogateSettings((5,), epochs=20, batch_size=None)
    x, y, dy = problem(1)
    weights = np.where(np.arange(SIZE) < 5, 2.0, 1.0)
    weighted = training_samples(x, y, dy, sample_weights=weights)
    twice = training_samples(*(np.concatenate([a, a[:, :5]], axis=1) for a in (x, y, dy)))
    first, second = (
        train_surrogates(samples, [1], settings, dtype=torch.float64)[0]
        for samples in (weighted, twice)
    )
    assert_same(parameters_of(first, 0), parameters_of(second, 0), 1e-9)


def test_float32_agrees_with_float64_within_its_precision():
    settings = SurrogateSettings((8, 8), epochs=5)
    x, y, dy = problem(3)
    single, double = (
        train_surrogates(training_samples(x, y, dy), [1, 2, 3], settings, dtype=dtype)[0]
        for dtype in (torch.float32, torch.float64)
    )
    inputs = torch.tensor(x)
    np.testing.assert_allclose(single.predict(inputs), double.predict(inputs), atol=1e-4)


def test_derivatives_of_the_networks_equal_automatic_differentiation():
    for output in ("linear", "softplus"):
        settings = SurrogateSettings((5, 4), output, epochs=1)
        x, y, dy = problem(2, c=3)
        trained, _ = train_surrogates(
            training_samples(x, y, dy), [1, 2], settings, dtype=torch.float64
        )
        inputs = torch.tensor(x)
        found = trained.predict_gradient(inputs)
        small = type(trained)(trained.weights, trained.biases, output, block_bytes=1)
        assert_same([small.predict_gradient(inputs)], [found], 1e-12)
        for b in range(2):
            weights, biases = ([w[b] for w in part] for part in (trained.weights, trained.biases))

            def one(x, weights=weights, biases=biases, output=output):
                return network(x, weights, biases, output)

            expected = torch.stack([torch.func.jacrev(one)(row) for row in inputs[b]])
            np.testing.assert_allclose(found[b], expected, rtol=1e-10, atol=1e-12)


def test_monitor_records_errors_and_updates_and_keeps_the_best_epoch():
    x, y, dy = problem(2)
    rng = np.random.default_rng(0)
    # Noise: the error on other samples rises again.
    noisy = y + rng.normal(size=y.shape)
    others = rng.normal(size=(40, 2)), rng.normal(size=(40, 1))
    samples, seeds = training_samples(x, noisy, dy), [1, 2]
    histories = {}
    for epochs in (1, 2, 30):
        settings = SurrogateSettings((12, 12), epochs=epochs, learning_rate=0.05)
        monitor = Monitor({"test": others}, updates=True)
        networks, history = train_surrogates(
            samples, seeds, settings, monitor=monitor, dtype=torch.float64
        )
        histories[epochs] = networks, history
        error = (networks.predict(torch.tensor(others[0])) - torch.tensor(others[1])) ** 2
        np.testing.assert_allclose(history["test"][:, -1], error.mean(dim=1).sqrt())
    before, after = (
        np.concatenate([w.flatten(1) for w in (*n.weights, *n.biases)], axis=1)
        for n in (histories[1][0], histories[2][0])
    )
    np.testing.assert_allclose(
        histories[2][1]["updates"][:, 1], np.abs(after - before).mean(axis=1)
    )
    curve = histories[30][1]["test"][..., 0]
    monitor = Monitor({"test": others}, keep_best="test")
    kept, history = train_surrogates(samples, seeds, settings, monitor=monitor, dtype=torch.float64)
    np.testing.assert_array_equal(history["best_epoch"], curve.argmin(axis=1))
    assert (curve.argmin(axis=1) < 29).all()
    error = (kept.predict(torch.tensor(others[0])) - torch.tensor(others[1])) ** 2
    np.testing.assert_allclose(error.mean(dim=1).sqrt()[:, 0], curve.min(axis=1))


def test_progress_counts_networks_epochs():
    x, y, dy = problem(3)
    seen = []
    train_surrogates(
        training_samples(x, y, dy),
        [1, 2, 3],
        SurrogateSettings((4,), epochs=2),
        alpha=[0.5, 1, 0.5],
        on_epoch=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(2, 6), (4, 6), (5, 6), (6, 6)]


def test_a_rate_that_diverges_names_network_and_epoch():
    x, y, dy = problem(2)
    y[1] *= 1e200
    settings = SurrogateSettings((4,), epochs=2)
    with pytest.raises(ArithmeticError, match="network 1 are not finite after epoch 1"):
        train_surrogates(training_samples(x, y, dy), [1, 2], settings)


def test_networks_that_cannot_be_trained_are_refused():
    x, y, dy = problem(2)
    settings = SurrogateSettings((4,), epochs=1)
    with pytest.raises(ValueError, match="samples for 2 networks; there are 3 seeds"):
        train_surrogates(training_samples(x, y, dy), [1, 2, 3], settings)
    with pytest.raises(ValueError, match="allowed is 0 < alpha <= 1"):
        train_surrogates(training_samples(x, y, dy), [1, 2], settings, alpha=0)
    with pytest.raises(ValueError, match="alpha below 1 needs partial derivatives"):
        train_surrogates(training_samples(x, y), [1, 2], settings)
    dy[1] = np.nan
    with pytest.raises(ValueError, match=r"network 1 has alpha = 0\.5, but no partial derivative"):
        train_surrogates(training_samples(x, y, dy), [1, 2], settings)
    with pytest.raises(ValueError, match="keep_best is 'test'; allowed are None"):
        Monitor(keep_best="test")
    for wrong in ({"hidden": ()}, {"hidden": (0,)}, {"output": "relu"}, {"learning_rate": 0}):
        with pytest.raises(ValueError, match=r"hidden|output|learning_rate"):
            SurrogateSettings(**wrong)
    for wrong in ({"epochs": 0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match="must be at least 1"):
            SurrogateSettings(**wrong)
