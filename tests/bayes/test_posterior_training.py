"""Training of Bayesian and deterministic classifiers: records, resuming, and what stops it."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.bayes import HWA, PosteriorSettings, PosteriorTraining, Snapshots, bayesianize
from vicinal.bayes.elbo import kl_divergence, prior_energy
from vicinal.bayes.rates import Rate


def data(n=70):
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 2
    return (rng.normal(size=(n, 4)) + 2 * labels[:, None]).astype(np.float32), labels


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


def training(kind="variational", epochs=6, **options):
    model = bayesianize(network()) if kind == "variational" else network()
    follower = None
    if kind == "langevin":
        follower = Snapshots(model, cycle=4, most=3)
        options = {"optimizer": "sgld", **options}
    elif kind != "plain":
        follower = HWA(model, cycle=4, variance="between", rank=2 if epochs > 1 else 0)
    settings = PosteriorSettings(
        epochs=epochs, batch_size=16, **{"rate": Rate("constant", 0.01), **options}
    )
    return PosteriorTraining(model, *data(), settings, seed=3, follower=follower)


@pytest.mark.parametrize("kind", ["variational", "deterministic", "langevin"])
def test_a_resumed_training_ends_in_the_same_bytes(kind):
    unbroken = training(kind)
    expected = [record.loss for record in unbroken.run()]
    first = training(kind)
    records = [record.loss for _, record in zip(range(3), first.run(), strict=False)]
    second = training(kind)
    second.load_state_dict(first.state_dict())
    records += [record.loss for record in second.run()]
    assert records == expected
    assert_same(unbroken.state_dict(), second.state_dict())


def assert_same(a, b):
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, list):
        for one, other in zip(a, b, strict=True):
            assert_same(one, other)
    elif isinstance(a, torch.Tensor):
        assert torch.equal(a, b)
    else:
        assert a == b


def test_likelihood_and_divergence_are_told_apart_and_the_divergence_is_divided_once():
    run = training(epochs=1, rate=Rate("constant", 1e-9))
    (record,) = run.run()
    assert record.penalty == pytest.approx(kl_divergence(run.model).item() / 70, rel=1e-4)
    assert record.loss == record.nll + record.penalty
    assert record.step == 5
    assert 0.1 < record.nll < 3


def test_a_deterministic_network_pays_for_the_same_prior():
    run = training("plain", epochs=1, rate=Rate("constant", 1e-9), optimizer="sgd")
    (record,) = run.run()
    assert record.penalty == pytest.approx(prior_energy(run.model).item() / 70, rel=1e-4)


def test_the_divergence_is_warmed_up_in_the_loss_that_is_minimised_not_in_the_one_reported():
    torch.manual_seed(0)
    sigmas = {}
    for warm_up in (0, 50):
        run = training(epochs=5, kl_warm_up=warm_up, rate=Rate("constant", 0.05))
        records = list(run.run())
        assert records[0].loss == records[0].nll + records[0].penalty
        rho = dict(run.model.named_parameters())["0.weight_rho"]
        sigmas[warm_up] = nn.functional.softplus(rho).mean().item()
    # Only the divergence drives sigma up to the prior's 1.
    assert sigmas[0] > 1.5 * sigmas[50]


@pytest.mark.parametrize("kind", ["variational", "plain"])
def test_it_learns_two_clouds_apart(kind):
    run = training(kind, epochs=30, rate=Rate("cosine", 0.02))
    records = list(run.run())
    assert records[-1].nll < 0.5 * records[0].nll
    run.model.eval()
    guesses = run.model(torch.tensor(data()[0])).argmax(1).numpy()
    assert np.mean(guesses == data()[1]) > 0.95


def test_a_loss_that_is_not_finite_stops_with_its_step_and_no_epoch_is_counted():
    run = training(epochs=3, rate=Rate("constant", 0.01))
    records = run.run()
    next(records)
    averages = run.follower.state_dict()["mean"].clone()
    run.samples.inputs[:] = float("inf")
    with pytest.raises(ArithmeticError, match=r"not finite in step 6 \(epoch 2\)"):
        next(records)
    assert run.epoch == 1
    assert torch.equal(run.follower.mean, averages)


def test_a_last_step_that_goes_astray_is_found_before_anything_is_measured():
    run = training("plain", epochs=2, optimizer="sgd")

    def astray(*_):
        with torch.no_grad():
            next(run.model.parameters())[0] = float("nan")

    steps = iter(range(100))
    # Behind the fifth and last step of the epoch: its own loss was finite.
    run.optimizer.register_step_post_hook(lambda *_: astray() if next(steps) == 4 else None)
    with pytest.raises(ArithmeticError, match=r"0\.weight is not finite after step 5"):
        next(run.run())


def test_a_last_batch_of_one_joins_the_one_before_it():
    inputs, labels = (part[:65] for part in data())
    settings = PosteriorSettings(epochs=1, rate=Rate("constant", 0.01), batch_size=16)
    run = PosteriorTraining(network(), inputs, labels, settings, seed=0)
    assert run.steps_per_epoch == 4
    (record,) = run.run()  # batch normalisation stops at a batch of one
    assert record.step == 4
    alone = PosteriorTraining(nn.Linear(4, 2), inputs[:1], labels[:1], settings, seed=0)
    assert alone.steps_per_epoch == 1


def test_a_long_gradient_is_clipped():
    def moved(**options):
        run = training("plain", epochs=1, rate=Rate("constant", 1.0), momentum=0.0,
                       optimizer="sgd", **options)  # fmt: skip
        before = torch.cat([p.detach().flatten().clone() for p in run.model.parameters()])
        list(run.run())
        after = torch.cat([p.detach().flatten() for p in run.model.parameters()])
        return (after - before).norm().item()

    assert moved(clip_norm=1e-3) <= 5 * 1e-3 * 1.001  # five steps
    assert moved() > 1


def test_cycles_and_cosines_are_those_of_their_definitions():
    rate = Rate("cyclical", 1.0, 0.2, cycle=4)
    found = [rate.at(step, 8) for step in range(8)]
    assert found == pytest.approx([0.8, 0.6, 0.4, 0.2] * 2)
    cosine = Rate("cosine", 2.0, 0.0)
    assert [cosine.at(step, 4) for step in (0, 2)] == pytest.approx([2.0, 1.0])
    assert cosine.at(3, 4) == pytest.approx(1 + math.cos(0.75 * math.pi))
    assert Rate("constant", 3.0, 5.0).at(7, 8) == 3.0  # `lower` is of the other shapes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("linear", 1.0), "allowed are constant, cosine, cyclical"),
        (("cyclical", 1.0, 2.0), "needed is upper > 0, upper >= lower >= 0"),
        (("constant", 0.0), "needed is upper > 0"),
        (("cyclical", 1.0, 0.0, 0), "cycle is 0"),
    ],
)
def test_faults_of_rates_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Rate(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs is 0; it must be at least 1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"optimizer": "lion"}, "allowed are adam, sgd, sgld"),
        ({"clip_norm": 0.0}, r"clip_norm is 0\.0; it must be above 0, or None"),
    ],
)
def test_faults_of_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        PosteriorSettings(**{"epochs": 1, "rate": Rate("constant", 0.1), **options})


def test_what_cannot_be_trained_is_refused():
    settings = PosteriorSettings(epochs=2, rate=Rate("constant", 0.1), batch_size=16)
    with pytest.raises(ValueError, match="labels are float64; classes are whole numbers"):
        PosteriorTraining(network(), data()[0], data()[1] * 1.0, settings, seed=0)
    model = network()
    with pytest.raises(ValueError, match=r"cycle is 11; the run has 10 steps \(2 epochs of 5\)"):
        PosteriorTraining(model, *data(), settings, seed=0, follower=HWA(model, cycle=11))
    average = HWA(model, cycle=6, variance="between", rank=2)
    with pytest.raises(ValueError, match="a low-rank covariance is of two cycles or more"):
        PosteriorTraining(model, *data(), settings, seed=0, follower=average)
    sgld = PosteriorSettings(epochs=2, rate=Rate("constant", 0.1), optimizer="sgld")
    with pytest.raises(ValueError, match="sgld samples the parameters of deterministic networks"):
        PosteriorTraining(bayesianize(network()), *data(), sgld, seed=0)
