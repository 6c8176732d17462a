"""Active Bias against plain loops over stored histories, alone and inside a training."""

import copy
import io

import numpy as np
import pytest
import torch

from vicinal.data.dataset import Dataset
from vicinal.models.registry import backbone_for
from vicinal.training.active_bias import ActiveBias, correct_probabilities
from vicinal.training.network import NetworkTraining, TrainingSettings


def weights_by_hand(histories):
    """The formula, sample by sample, over lists of probabilities."""
    if min(map(len, histories)) < 2:
        return np.ones(len(histories))
    spreads = []
    for history in histories:
        mean = sum(history) / len(history)
        variance = sum((p - mean) ** 2 for p in history) / (len(history) - 1)
        spreads.append((variance + variance**2 / (len(history) - 1)) ** 0.5)
    if max(spreads) == 0:
        return np.ones(len(histories))
    raw = [spread + sum(spreads) / len(spreads) for spread in spreads]
    return np.array([w / (sum(raw) / len(raw)) for w in raw])


def recorded(histories):
    """An ActiveBias that has seen the columns of a table of probabilities, one after another."""
    bias = ActiveBias(len(histories))
    for probabilities in np.asarray(histories).T:
        bias.record(torch.arange(len(histories)), torch.tensor(probabilities))
    return bias


@pytest.mark.parametrize("offset", [0.0, 1 - 1e-6])
def test_weights_equal_a_plain_loop_over_stored_histories(offset):
    """In batches, in another order each epoch; also where all histories lie close to 1."""
    rng = np.random.default_rng(0)
    histories = [[] for _ in range(53)]
    bias = ActiveBias(53)
    for _ in range(9):
        probabilities = offset + (1 - offset) * rng.random(53)
        for rows in np.array_split(rng.permutation(53), 5):
            bias.record(torch.tensor(rows), torch.tensor(probabilities[rows]))
            for row in rows:
                histories[row].append(probabilities[row])
            expected = weights_by_hand(histories)
            np.testing.assert_allclose(bias.weights().numpy(), expected, rtol=1e-6)
    assert bias.count.tolist() == [9] * 53
    np.testing.assert_allclose(bias.mean.numpy(), np.mean(histories, axis=1), rtol=1e-12)
    assert bias.weights().mean().item() == pytest.approx(1, abs=1e-12)
    assert bias.weights().min().item() >= 0.5


def test_weights_of_two_samples_in_closed_form():
    """Variances 0 and 1/2 of two probabilities: roots 0 and sqrt(3)/2, so weights 1/2 and 3/2."""
    bias = recorded([[0.3, 0.3], [0.0, 1.0]])
    np.testing.assert_allclose(bias.weights().numpy(), [0.5, 1.5], rtol=1e-14)


def test_a_sample_that_flips_weighs_more_than_a_constant_one():
    weights = recorded([[0.05] * 6, [0.9, 0.1] * 3, [0.95] * 6, [0.6, 0.4] * 3]).weights()
    easy_or_hard, flips, wavers = weights[[0, 2]], weights[1], weights[3]
    assert easy_or_hard.tolist() == pytest.approx([0.5, 0.5])
    assert 0.5 < wavers < 1 < flips


def test_weights_are_ones_until_every_sample_has_two_probabilities():
    bias = recorded([[0.1], [0.7], [0.4]])
    bias.record(torch.tensor([0, 2]), torch.tensor([0.9, 0.5]))
    assert bias.weights().tolist() == [1, 1, 1]
    bias.record(torch.tensor([1]), torch.tensor([0.2]))
    assert len(set(bias.weights().tolist())) == 3


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1.0])
def test_probabilities_that_never_change_give_ones(value):
    assert recorded(np.full((4, 7), value)).weights().tolist() == [1, 1, 1, 1]


def test_correct_probabilities_are_the_soft_max_of_the_label():
    outputs = torch.tensor([[1.0, 2.0, 0.5], [800.0, 0.0, 0.0]], requires_grad=True)
    found = correct_probabilities(outputs, torch.tensor([2, 0]))
    expected = np.exp(0.5) / np.exp([1.0, 2.0, 0.5]).sum()
    assert found.tolist() == pytest.approx([expected, 1.0], rel=1e-12)
    assert found.dtype == torch.float64
    assert not found.requires_grad


def test_a_history_travels_through_its_state_and_shares_nothing_with_it():
    first = recorded(np.random.default_rng(1).random((5, 4)))
    second = ActiveBias(5)
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.weights(), second.weights())
    kept = first.weights()
    second.record(torch.arange(5), torch.rand(5, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(first.weights(), kept)
    assert not torch.equal(second.weights(), kept)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        ActiveBias(0)
    with pytest.raises(ValueError, match=r"must both be \(B,\)"):
        ActiveBias(3).record(torch.tensor([0, 1]), torch.tensor([0.5]))
    with pytest.raises(ValueError, match="of 1 samples; this training has 3"):
        ActiveBias(3).load_state_dict(ActiveBias(1).state_dict())
    with pytest.raises(ValueError, match="allowed are uniform, active_bias"):
        TrainingSettings(epochs=1, weighting="active")
    with pytest.raises(ValueError, match="burn_in is -1"):
        TrainingSettings(epochs=1, burn_in=-1)
    with pytest.raises(ValueError, match="for values only uniform"):
        training(task="regression")


TABLE = np.random.default_rng(0).normal(size=(90, 6))
NOISE = np.random.default_rng(1).normal(size=90)


def training(task="classification", seed=4, **changes):
    """A small network on a table of three classes with some noise, or of values."""
    values = TABLE[:, 0] - TABLE[:, 1] + 0.5 * NOISE
    classes = np.digitize(values, [-0.7, 0.7])
    of_values = task == "regression"
    labels = values if of_values else classes
    names = () if of_values else ("low", "middle", "high")
    dataset = Dataset(task, {"train": TABLE}, {"train": labels}, names)
    plain = {"epochs": 6, "batch_size": 25, "learning_rate": 0.02, "weighting": "active_bias"}
    network = backbone_for(dataset, "mlp", seed, hidden=(16,))
    return NetworkTraining(network, TABLE, labels, TrainingSettings(**(plain | changes)), seed=seed)


def parameters(run):
    return {name: tensor.clone() for name, tensor in run.network.state_dict().items()}


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.values(), second.values(), strict=True))


@pytest.mark.parametrize("burn_in", [0, 2])
def test_training_equals_a_plain_loop_that_stores_the_histories(burn_in):
    run, by_hand = training(burn_in=burn_in), training(burn_in=burn_in)
    records = list(run.run())

    network, labels = by_hand.network, by_hand.labels
    optimizer = torch.optim.Adam(network.parameters(), 0.02, eps=1e-7)
    generator = torch.Generator().manual_seed(4)
    histories, weights_seen, losses = [[] for _ in labels], [], []
    for epoch in range(6):
        weights = weights_by_hand(histories)
        weights_seen.append(weights)
        losses.append(0.0)
        for rows in torch.randperm(len(labels), generator=generator).split(25):
            log_p = network(torch.tensor(TABLE)[rows]).log_softmax(1)
            correct = log_p[torch.arange(len(rows)), labels[rows]]
            losses[-1] -= correct.sum().item() / len(labels)
            optimizer.zero_grad()
            (-(torch.tensor(weights)[rows] * correct).sum() / len(rows)).backward()
            optimizer.step()
            if epoch >= burn_in:
                for row, p in zip(rows.tolist(), correct.exp().tolist(), strict=True):
                    histories[row].append(p)

    # Ones in the burn-in and the two epochs after it, and not beyond.
    assert [bool((w == 1).all()) for w in weights_seen] == [e < burn_in + 2 for e in range(6)]
    assert run.active_bias.count.tolist() == [6 - burn_in] * len(labels)
    np.testing.assert_allclose(
        run.active_bias.weights().numpy(), weights_by_hand(histories), rtol=1e-3
    )
    for ours, plain in zip(run.network.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(ours, plain, rtol=1e-3, atol=1e-4)
    assert [record.loss for record in records] == pytest.approx(losses, rel=1e-4)


def test_a_step_follows_the_gradient_weighted_by_hand():
    """Full batch, plain rule: d/dz of the cross-entropy is p - onehot, times w / N."""
    run = training(optimizer="sgd", learning_rate=0.1, batch_size=90, epochs=1)
    rng = np.random.default_rng(5)
    for _ in range(3):
        run.active_bias.record(torch.arange(90), torch.tensor(rng.random(90) ** 3))
    weights = run.active_bias.weights().numpy()
    assert weights.max() > 1.5 * weights.min()
    with torch.no_grad():
        features = run.network.features(run.samples.inputs)
        logits = run.network.head(features).double()
    slope = (logits.softmax(1).numpy() - np.eye(3)[run.labels]) * weights[:, None] / 90
    before = parameters(run)
    record = next(run.run())
    # Nesterov momentum 0.9 makes the first step 1.9 times the gradient's.
    bias = before["head.bias"].numpy() - 0.1 * 1.9 * slope.sum(axis=0)
    weight = before["head.weight"].numpy() - 0.1 * 1.9 * slope.T @ features.numpy()
    np.testing.assert_allclose(run.network.head.bias.detach().numpy(), bias, atol=1e-6)
    np.testing.assert_allclose(run.network.head.weight.detach().numpy(), weight, atol=1e-6)
    # The record's loss counts samples alike.
    losses = -logits.log_softmax(1).numpy()[np.arange(90), run.labels]
    assert record.loss == pytest.approx(losses.mean(), rel=1e-5)
    assert abs(losses.mean() - (losses * weights).mean()) > 1e-3


def test_without_enough_recorded_epochs_it_is_plain_training():
    """burn_in 4 of 6 epochs: weights would first differ in the seventh."""
    run, uniform = training(burn_in=4), training(weighting="uniform")
    list(run.run())
    list(uniform.run())
    assert run.active_bias.count.tolist() == [2] * 90
    for ours, plain in zip(run.network.parameters(), uniform.network.parameters(), strict=True):
        torch.testing.assert_close(ours, plain, rtol=1e-3, atol=1e-4)
    weighted = training(burn_in=0)
    list(weighted.run())
    assert not np.allclose(
        weighted.network.head.weight.detach(), uniform.network.head.weight.detach(), atol=1e-3
    )


@pytest.mark.parametrize("stop_after", [1, 3, 5])
@pytest.mark.parametrize("changes", [{}, {"burn_in": 2, "optimizer": "sgd"}])
def test_resumed_equals_unbroken_bit_by_bit(changes, stop_after):
    """Stopped in the burn-in, with too short a history, and after the weights have set in."""
    unbroken = training(**changes)
    expected = [record.as_dict() | {"seconds": 0} for record in unbroken.run()]

    stopped = training(**changes)
    some = zip(range(stop_after), stopped.run(), strict=False)
    records = [record.as_dict() | {"seconds": 0} for _, record in some]
    stream = io.BytesIO()
    torch.save(stopped.state_dict(), stream)
    stream.seek(0)

    resumed = training(**changes)
    next(resumed.run())  # whatever it did before must not matter
    resumed.load_state_dict(torch.load(stream, weights_only=True))
    records += [record.as_dict() | {"seconds": 0} for record in resumed.run()]
    assert stopped.epoch == stop_after
    assert records == expected
    assert same(parameters(unbroken), parameters(resumed))
    assert torch.equal(unbroken.active_bias.weights(), resumed.active_bias.weights())


def test_the_history_matters_to_what_is_resumed():
    """The same, but with the history lost: another training, so that the test above can fail."""
    unbroken, stopped = training(), training()
    list(unbroken.run())
    list(zip(range(3), stopped.run(), strict=False))
    state = copy.deepcopy(stopped.state_dict())
    state["active_bias"] = ActiveBias(90).state_dict()
    resumed = training()
    resumed.load_state_dict(state)
    list(resumed.run())
    assert not same(parameters(unbroken), parameters(resumed))
