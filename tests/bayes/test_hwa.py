"""HWA's mean and variance against NumPy's on recorded iterates; draws, batch norm, resuming."""

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.bayes import HWA, bayesianize, posterior_of
from vicinal.bayes.mean_field import random_layers
from vicinal.bayes.snapshots import Snapshots


def network(batch_norm=False):
    torch.manual_seed(0)
    between = [nn.BatchNorm1d(4)] if batch_norm else []
    return nn.Sequential(nn.Linear(3, 4), *between, nn.ReLU(), nn.Linear(4, 2, bias=False))


def move(model, generator):
    """As a step of an optimiser: every parameter goes somewhere else."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))


def followed(model, steps, **options):
    """An average along random moves, and the (n, P) means and variances that it was to average."""
    average, generator = HWA(model, **options), torch.Generator().manual_seed(1)
    means, variances = [], []
    for step in range(1, steps + 1):
        move(model, generator)
        assert average.update() == (step % options["cycle"] == 0)
        if step % options["cycle"] == 0:
            found = posterior_of(model)
            means.append(flat(found.mean))
            variances.append(flat(found.variance))
    return average, np.array(means), np.array(variances)


def flat(named):
    return torch.cat([value.detach().flatten() for value in named.values()]).double().numpy()


def printed(means):
    """Algorithm 1, lines 10 and 11, as they stand."""
    mean = spread = np.zeros_like(means[0])
    for n, mu in enumerate(means):
        mean = (n * mean + mu) / (n + 1)
        spread = (n * spread + mu**2) / (n + 1) - mean**2
    return spread


@pytest.mark.parametrize("random", [True, False])
def test_mean_and_every_variance_are_numpys_of_the_recorded_iterates(random):
    model = bayesianize(network(), initial_sigma=0.2) if random else network()
    average, means, variances = followed(model, 21, cycle=3)
    assert means.shape[0] == int(average.n_averaged) == 7
    expected = {
        "between": means.var(axis=0),
        "within": variances.mean(axis=0),
        "total": means.var(axis=0) + variances.mean(axis=0),
        "as_printed": np.maximum(printed(means), 1e-12),
    }
    for variance, values in expected.items():
        posterior = average.posterior(variance)
        np.testing.assert_allclose(flat(posterior.mean), means.mean(axis=0), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(flat(posterior.variance), values, rtol=1e-5, atol=1e-12)
    assert (variances.mean() > 0) == random


def test_the_variance_survives_where_means_are_large_and_far_apart_by_little():
    # The second moment in float32 less the squared mean would be nothing but rounding.
    model = nn.Linear(1, 1, bias=False)
    average = HWA(model, cycle=1, variance="between")
    values = 1000 + np.array([0.0, 1e-2, 2e-2, 3e-2])
    for value in values:
        nn.init.constant_(model.weight, value)
        average.update()
    rounded = values.astype(np.float32).astype(np.float64)
    found = average.posterior().variance["weight"].item()
    assert found == pytest.approx(rounded.var(), rel=1e-5)


def test_the_printed_update_falls_below_zero_where_the_mean_stays_put():
    model = bayesianize(network())
    average = HWA(model, cycle=1, variance="as_printed", floor=1e-9)
    for _ in range(5):
        average.update()
    assert (average.printed < 0).all()
    assert all((v == 1e-9).all() for v in average.posterior().variance.values())


@pytest.mark.parametrize("variance", ["between", "total"])
def test_the_low_rank_part_is_that_of_the_last_deviations(variance):
    model = bayesianize(network(), initial_sigma=0.2)
    average, means, variances = followed(model, 12, cycle=2, variance=variance, rank=4)
    running = np.cumsum(means, axis=0) / np.arange(1, 7)[:, None]
    deviations = (means - running)[-4:]
    posterior = average.posterior()
    factors = torch.cat([f.flatten(1) for f in posterior.factors.values()], dim=1).numpy()
    # SWAG: half the diagonal, and half the low-rank covariance.
    np.testing.assert_allclose(
        factors.T @ factors, deviations.T @ deviations / (2 * 3), rtol=1e-4, atol=1e-8
    )
    diagonal = means.var(axis=0) / 2 + (variances.mean(axis=0) if variance == "total" else 0)
    np.testing.assert_allclose(flat(posterior.variance), diagonal, rtol=1e-5)
    fewer = average.posterior(rank=2)
    factors = torch.cat([f.flatten(1) for f in fewer.factors.values()], dim=1).numpy()
    expected = deviations[-2:].T @ deviations[-2:] / 2
    np.testing.assert_allclose(factors.T @ factors, expected, rtol=1e-4, atol=1e-8)


def test_draws_spread_as_the_posterior_says():
    average, _, _ = followed(bayesianize(network(), initial_sigma=0.2), 12, cycle=2)
    generator = torch.Generator().manual_seed(2)
    drawn = np.array([flat(average.sample(generator)) for _ in range(4000)])
    posterior = average.posterior()
    np.testing.assert_allclose(drawn.var(axis=0), flat(posterior.variance), rtol=0.15)


def test_predictions_average_over_draws_and_the_module_has_the_averaged_means():
    average, means, _ = followed(bayesianize(network()), 6, cycle=2)
    inputs = torch.randn(9, 3, generator=torch.Generator().manual_seed(3))
    found = average.predictive(inputs, 50, generator=torch.Generator().manual_seed(4))
    assert found.shape == (9, 2)
    torch.testing.assert_close(found.sum(1), torch.ones(9).double())
    generator = torch.Generator().manual_seed(4)
    draws = [average.sample(generator) for _ in range(50)]
    by_hand = torch.stack(
        [
            torch.func.functional_call(average.module, draw, (inputs,)).double().softmax(1)
            for draw in draws
        ]
    )
    torch.testing.assert_close(found, by_hand.mean(0))
    held = flat(dict(average.module.named_parameters()))
    np.testing.assert_allclose(held, means.mean(axis=0), rtol=1e-5, atol=1e-7)
    weight, bias, last = average.posterior().mean.values()
    hidden = torch.relu(inputs @ weight.T + bias)
    torch.testing.assert_close(average(inputs), hidden @ last.T)


def test_the_model_goes_on_as_if_nobody_averaged_it():
    model = bayesianize(network())
    alone = bayesianize(network())
    followed(model, 6, cycle=2)
    generator = torch.Generator().manual_seed(1)
    for _ in range(6):
        move(alone, generator)
    for name, value in alone.state_dict().items():
        assert torch.equal(value, model.state_dict()[name])


def test_parameters_at_two_places_are_averaged_once():
    shared = nn.Linear(3, 3)
    model = bayesianize(nn.Sequential(shared, nn.ReLU(), shared, nn.Linear(3, 2)), skip=["0", "2"])
    average, means, _ = followed(model, 4, cycle=2)
    assert average.module[0].weight is average.module[2].weight
    held = flat(dict(average.module.named_parameters()))
    assert sorted(held) == pytest.approx(sorted(means.mean(axis=0)), abs=1e-6)


def test_batch_norm_is_refreshed_for_the_averaged_means():
    model = bayesianize(network(batch_norm=True)).train()
    average, _, _ = followed(model, 4, cycle=2)
    inputs = torch.randn(64, 3, generator=torch.Generator().manual_seed(5)) + 2
    average.refresh_batch_norm([inputs[:32], inputs[32:]])
    hidden = average.module[0](inputs)
    torch.testing.assert_close(average.module[1].running_mean, hidden.mean(0))


def test_a_resumed_average_ends_in_the_same_bytes():
    model = bayesianize(network(batch_norm=True))
    average, _, _ = followed(model, 20, cycle=3, variance="total", rank=3)

    other = bayesianize(network(batch_norm=True))
    generator = torch.Generator().manual_seed(1)
    first = HWA(other, cycle=3, variance="total", rank=3)
    for _ in range(10):
        move(other, generator)
        first.update()
    second = HWA(other, cycle=3, variance="total", rank=3)
    second.load_state_dict(first.state_dict())
    for _ in range(10):
        move(other, generator)
        second.update()
    for name, value in average.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cycle": 0}, "cycle is 0; it must be a whole number of steps, at least 1"),
        ({"cycle": 2.5}, r"cycle is 2\.5"),
        ({"variance": "both"}, "allowed are between, within, total, as_printed"),
        ({"rank": 1}, "rank is 1; allowed are 0 and whole numbers from 2"),
        ({"rank": 2, "variance": "within"}, "of the variance between iterates, not of within"),
        ({"floor": 0.0}, r"floor is 0\.0; it must be a number above 0"),
    ],
)
def test_faults_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        HWA(network(), **options)


def test_there_is_no_posterior_before_the_first_average_and_no_rank_beyond_the_iterates():
    average = HWA(network(), cycle=2, variance="between", rank=3)
    average.update()
    with pytest.raises(ValueError, match="nothing is averaged yet: 1 steps in cycles of 2"):
        average.posterior()
    average.update()
    with pytest.raises(ValueError, match=r"needed is one from 2 to 3.*\(there are 1\)"):
        average.posterior()


def test_a_parameter_that_is_no_number_is_not_averaged():
    model = bayesianize(network())
    average, _, _ = followed(model, 2, cycle=1)
    mean = average.mean.clone()
    with torch.no_grad():
        next(random_layers(model))[1].weight_mean[0, 0] = float("nan")
    with pytest.raises(ArithmeticError, match=r"0\.weight_mean is not finite after step 3"):
        average.update()
    assert torch.equal(average.mean, mean)
    assert int(average.n_averaged) == 2


def test_snapshots_stay_spread_over_the_whole_chain():
    model = nn.Linear(1, 1, bias=False)
    chain = Snapshots(model, cycle=2, most=4)
    for step in range(1, 41):
        nn.init.constant_(model.weight, step)
        chain.update()
    kept = [int(draw["weight"]) for draw in chain.draws]
    assert kept == [16, 32]
    assert chain.cycle == 16
    assert [int(draw["weight"]) for draw in chain.spread(1)] == [32]
