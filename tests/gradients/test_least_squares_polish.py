"""Polishing against explicit Jacobians from automatic differentiation."""

import itertools

import numpy as np
import pytest
import torch
from torch.func import functional_call, jacfwd, jacrev

from vicinal.gradients import least_squares_polish
from vicinal.gradients.batched_training import train_surrogates
from vicinal.gradients.joint_fit import fit_together
from vicinal.gradients.least_squares_polish import FIRST_DAMPING, polish_networks
from vicinal.gradients.surrogate import GradientSurrogate
from vicinal.gradients.tangent_kernel import linearise
from vicinal.gradients.training_samples import training_samples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

SIZE, Q, WIDTH = 6, 3, 5


def random_layers(outputs, networks=2):
    generator = torch.Generator().manual_seed(0)
    widths = [Q, WIDTH, WIDTH, outputs]
    return [
        torch.randn(networks, a + 1, b, dtype=torch.float64, generator=generator) / (a + 1) ** 0.5
        for a, b in itertools.pairwise(widths)
    ]


def plain_network(layers, number, output):
    """One network as an nn.Module, and its parameters by name."""
    modules = []
    for depth, layer in enumerate(layers):
        linear = torch.nn.Linear(layer.shape[1] - 1, layer.shape[2], dtype=torch.float64)
        linear.weight.data = layer[number, :-1].T.contiguous()
        linear.bias.data = layer[number, -1].clone()
        modules += [linear] + ([torch.nn.Tanh()] if depth < len(layers) - 1 else [])
    modules += [torch.nn.Softplus()] if output == "softplus" else []
    module = torch.nn.Sequential(*modules)
    return module, {name: value.detach() for name, value in module.named_parameters()}


def explicit(layers, number, output, x, tangents):
    """Values and derivatives (c, S, N), and their Jacobian by all parameters (c S N, P)."""
    module, parameters = plain_network(layers, number, output)

    def streams(named):
        def one(row):
            return functional_call(module, named, (row[None],))[0]

        values = torch.stack([one(row) for row in x])
        slopes = torch.stack(
            [jacfwd(one)(row) @ along for row, along in zip(x, tangents, strict=True)]
        )
        return torch.cat([values[..., None], slopes], dim=2).permute(1, 2, 0)

    jacobian = jacrev(streams)(parameters)
    return streams(parameters), {name: part.flatten(0, 2) for name, part in jacobian.items()}


@pytest.mark.parametrize("output", ["linear", "softplus"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_kernel_and_pull_back_are_those_of_the_jacobian(output, outputs):
    layers = random_layers(outputs)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, SIZE, Q, dtype=torch.float64, generator=generator)
    tangents = torch.randn(2, SIZE, Q, 2, dtype=torch.float64, generator=generator)
    inputs = torch.cat([x[..., None], tangents], dim=3).permute(0, 3, 1, 2)
    point = linearise(layers, inputs, output)
    dual = torch.randn(point.found.shape, dtype=torch.float64, generator=generator)
    kernels, pulled = point.kernel(), point.pull_back(dual)
    for number in range(2):
        found, jacobian = explicit(layers, number, output, x[number], tangents[number])
        torch.testing.assert_close(point.found[number], found, rtol=1e-12, atol=1e-12)
        rows = torch.cat([part.flatten(1) for part in jacobian.values()], dim=1)
        torch.testing.assert_close(
            kernels[number].tril(), (rows @ rows.T).tril(), rtol=1e-10, atol=1e-12
        )
        for depth, layer in enumerate(pulled):
            flat = dual[number].flatten()
            weight = torch.tensordot(flat, jacobian[f"{2 * depth}.weight"], dims=1)
            bias = torch.tensordot(flat, jacobian[f"{2 * depth}.bias"], dims=1)
            expected = torch.cat([weight.T, bias[None]])
            torch.testing.assert_close(layer[number], expected, rtol=1e-10, atol=1e-12)


def smooth_problem(networks=2, size=SIZE, seed=0):
    """Own samples of each network: inputs, values (1 output), derivatives."""
    x = np.random.default_rng(seed).uniform(-1, 1, size=(networks, size, Q))
    slope = np.array([1.0, -0.5, 2.0])
    angle = x @ slope
    return x, np.sin(angle)[..., None], (np.cos(angle)[..., None] * slope)[:, :, None]


def flat_parameters(networks, number):
    """All parameters of one network, in the order of an nn.Module's."""
    layers = zip(networks.weights, networks.biases, strict=True)
    parts = [(weight[number].T.flatten(), bias[number].flatten()) for weight, bias in layers]
    return torch.cat([part for pair in parts for part in pair])


def test_first_step_is_the_damped_least_squares_step_of_the_weighted_residuals():
    x, y, dy = smooth_problem()
    settings = SurrogateSettings(hidden=(WIDTH, WIDTH), epochs=20)
    before, _ = train_surrogates(training_samples(x, y, dy), [1, 2], settings, dtype=torch.float64)
    # Goals so near that the step is a good one, and is taken.
    rng = np.random.default_rng(1)
    inputs = torch.tensor(x)
    y = before.predict(inputs).numpy() + 1e-4 * rng.normal(size=y.shape)
    dy = before.predict_gradient(inputs).numpy() + 1e-4 * rng.normal(size=dy.shape)
    dy[0, 2, 0, 1] = np.nan  # a derivative that is not known
    weights = np.linspace(0.5, 1.5, SIZE)
    alpha = [0.3, 0.8]
    samples = training_samples(x, y, dy, sample_weights=weights)
    after, losses = polish_networks(before, samples, alpha, steps=1)
    assert (losses[:, 1] < losses[:, 0]).all()
    for number in range(2):
        layers = [
            torch.cat(layer, dim=1) for layer in zip(before.weights, before.biases, strict=True)
        ]
        identity = torch.eye(Q, dtype=torch.float64).expand(SIZE, Q, Q)
        found, jacobian = explicit(layers, number, "linear", torch.tensor(x[number]), identity)
        goal = np.concatenate([y[number][..., None], dy[number]], axis=2).transpose(1, 2, 0)
        known = ~np.isnan(goal)
        count = known * weights
        share = count * (1 - alpha[number]) / count[:, 1:].sum()
        share[:, 0] = alpha[number] * weights / SIZE
        root = torch.tensor(np.sqrt(share)).flatten()
        residual = (found - torch.tensor(np.nan_to_num(goal))).flatten() * root
        assert float(residual @ residual) == pytest.approx(losses[number, 0], rel=1e-10)
        rows = torch.cat([part.flatten(1) for part in jacobian.values()], dim=1) * root[:, None]
        kernel = rows @ rows.T
        scale = kernel.diagonal().sum() / known.sum()
        damped = kernel + FIRST_DAMPING * scale * torch.eye(len(kernel))
        step = rows.T @ torch.linalg.solve(damped, residual)
        taken = flat_parameters(before, number) - flat_parameters(after, number)
        torch.testing.assert_close(taken, step, rtol=1e-6, atol=1e-9)


def test_objective_never_grows_and_ends_at_a_fit_of_every_residual():
    x, y, dy = smooth_problem()
    settings = SurrogateSettings(hidden=(16, 16), epochs=20, polish=40)
    _, history = train_surrogates(training_samples(x, y, dy), [1, 2], settings)
    assert history["polish"].shape == (2, 41)
    assert (np.diff(history["polish"], axis=1) <= 0).all()
    assert (history["polish"][:, -1] < 1e-9 * history["polish"][:, 0]).all()


@pytest.mark.parametrize("block_bytes", [1, least_squares_polish.BLOCK_BYTES])
def test_polished_together_as_alone_and_without_gradients_too(monkeypatch, block_bytes):
    monkeypatch.setattr(least_squares_polish, "BLOCK_BYTES", block_bytes)
    x, y, dy = smooth_problem(networks=3, size=20)
    surrogates = [
        GradientSurrogate(hidden=(8, 8), epochs=20, polish=8, random_state=i, dtype="float64")
        for i in range(3)
    ]
    surrogates[2].set_params(alpha=1.0)
    data = [{"theta": x[i], "y": y[i, :, 0], "dy": dy[i, :, 0]} for i in range(3)]
    fit_together(surrogates, data)
    for surrogate, given in zip(surrogates, data, strict=True):
        alone = GradientSurrogate(**surrogate.get_params()).fit(**given)
        np.testing.assert_allclose(
            alone.predict(x[0]), surrogate.predict(x[0]), rtol=1e-5, atol=1e-6
        )


def test_polish_lowers_the_error_at_other_points():
    x, y, dy = smooth_problem(networks=2, size=40)
    given = {"theta": x[0], "y": y[0, :, 0], "dy": dy[0, :, 0]}
    errors = []
    for polish in (0, 20):
        surrogate = GradientSurrogate(hidden=(16, 16), epochs=100, polish=polish).fit(**given)
        errors.append(np.abs(surrogate.predict(x[1]) - y[1, :, 0]).max())
    assert errors[1] < errors[0] / 5


def test_too_many_residuals_and_negative_steps_are_refused_before_training():
    x, y, dy = np.zeros((1, 2000, Q)), np.zeros((1, 2000, 1)), np.zeros((1, 2000, 1, Q))
    settings = SurrogateSettings(hidden=(4,), epochs=10**6, polish=1)
    with pytest.raises(ValueError, match="8000 residuals; allowed are at most 6000"):
        train_surrogates(training_samples(x, y, dy), [0], settings)
    one = training_samples(x[:, :5], y[:, :5], dy[:, :5])
    watched = Monitor({"validation": (x[0, :5], y[0, :5])}, keep_best="validation")
    with pytest.raises(ValueError, match="polish and keep_best exclude each other"):
        train_surrogates(one, [0], settings, monitor=watched)
    with pytest.raises(ValueError, match="polish is -1"):
        SurrogateSettings(polish=-1)
