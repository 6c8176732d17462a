"""Training one network: resumable bit by bit, augmented by indexing, for tables too."""

import copy

import numpy as np
import pytest
import torch

from vicinal.data.dataset import Dataset
from vicinal.models.backbone import pixel_scaling
from vicinal.models.registry import backbone_for, build_backbone
from vicinal.training.network import NetworkTraining, TrainingSettings


def data(count=96, size=12):
    """Images whose class is the brighter half: easy, but not for a constant."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, count)
    pictures = rng.integers(0, 90, (count, 1, size, size))
    pictures[labels == 0, :, : size // 2] += 120
    pictures[labels == 1, :, size // 2 :] += 120
    return pictures.astype(np.uint8), labels.astype(np.int64)


def training(seed=3, architecture="resnet20", **changes):
    pictures, labels = data()
    settings = TrainingSettings(**({"epochs": 4, "batch_size": 32} | changes))
    network = build_backbone(architecture, pixel_scaling(pictures, "mean_image"), 1, 2, seed)
    return NetworkTraining(
        network, pictures, labels, settings, seed=seed, validation=(pictures[:20], labels[:20])
    )


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first.values(), second.values(), strict=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam", "shift": 0.2, "flip": True},
        {"optimizer": "sgd", "learning_rate": 0.1, "schedule": "one_cycle", "weight_decay": 1e-3},
    ],
)
@pytest.mark.parametrize("stop_after", [1, 3])
def test_resumed_equals_unbroken_bit_by_bit(changes, stop_after):
    unbroken = training(**changes)
    expected = [record.as_dict() | {"seconds": 0} for record in unbroken.run()]

    first = training(**changes)
    records = []
    for record in first.run():
        records.append(record.as_dict() | {"seconds": 0})
        if first.epoch == stop_after:
            break
    state = copy.deepcopy(first.state_dict())
    resumed = training(seed=3, **changes)
    list(zip(resumed.run(), range(1), strict=False))  # whatever it did before must not matter
    resumed.load_state_dict(state)
    records += [record.as_dict() | {"seconds": 0} for record in resumed.run()]

    assert records == expected
    assert same(unbroken.network.state_dict(), resumed.network.state_dict())


def test_a_network_learns_and_says_so():
    records = list(training(epochs=6, learning_rate=3e-3).run())
    assert records[-1].loss < 0.5 * records[0].loss
    assert records[-1].validation_accuracy >= 0.95
    assert [record.epoch for record in records] == [1, 2, 3, 4, 5, 6]


def test_batches_are_shifted_and_mirrored_images_and_nothing_else():
    run = training(shift=0.25, flip=True)
    chosen = torch.arange(40)
    batch = run.samples.gather(chosen, run.generator).numpy()
    original, reach = data()[0], 3
    seen = set()
    for number in range(40):
        padded = np.pad(original[number, 0], reach, mode="edge")
        found = [
            (dy, dx, mirrored)
            for dy in range(-reach, reach + 1)
            for dx in range(-reach, reach + 1)
            for mirrored in (False, True)
            if np.array_equal(
                batch[number, 0],
                _shifted(padded, reach, dy, dx, mirrored),
            )
        ]
        assert len(found) == 1
        seen.add(found[0])
    assert len({dy for dy, _, _ in seen}) == 7
    assert {mirrored for _, _, mirrored in seen} == {False, True}


def _shifted(padded, reach, dy, dx, mirrored):
    size = len(padded) - 2 * reach
    rows = slice(reach + dy, reach + dy + size)
    window = padded[rows, reach + dx : reach + dx + size]
    return window[:, ::-1] if mirrored else window


def test_without_augmentation_images_come_as_they_are():
    run = training()
    chosen = torch.tensor([5, 2, 9])
    batch = run.samples.gather(chosen, run.generator).numpy()
    np.testing.assert_array_equal(batch, data()[0][[5, 2, 9]])


def test_learning_rates_of_the_schedules():
    steps = TrainingSettings(epochs=10, learning_rate=1.0, schedule="step", milestones=(4, 8))
    assert [steps.rate(epoch * 5, 5) for epoch in (0, 3, 4, 7, 8)] == [1, 1, 0.1, 0.1, 0.01]
    cycle = TrainingSettings(epochs=10, learning_rate=2.0, schedule="one_cycle")
    rates = [cycle.rate(step, 10) for step in range(100)]
    assert max(rates) == pytest.approx(2.0)
    assert rates.index(max(rates)) in (29, 30)
    assert rates[-1] == pytest.approx(0.0, abs=1e-12)
    assert rates[0] == pytest.approx(2.0 / 30)


def test_a_loss_that_is_not_finite_ends_the_training_with_its_epoch():
    run = training(optimizer="sgd", learning_rate=1e30, epochs=3)
    with pytest.raises(ArithmeticError, match="in epoch"):
        list(run.run())


def test_without_validation_nothing_is_validated():
    pictures, labels = data()
    network = build_backbone("lenet5", pixel_scaling(pictures, "unit"), 1, 2, 0)
    run = NetworkTraining(network, pictures, labels, TrainingSettings(epochs=1), seed=0)
    assert next(run.run()).validation_accuracy is None


def table_training(task, seed=0, **changes):
    """Ten columns of unequal scale; the label is the sign or the value of one difference."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(120, 10)) * 10.0 ** np.arange(10) + 5
    values = (table[:, 0] - 5) - (table[:, 3] - 5) / 1e3
    labels = values if task == "regression" else (values > 0).astype(np.int64)
    names = () if task == "regression" else ("below", "above")
    dataset = Dataset(task, {"train": table}, {"train": labels}, names)
    settings = TrainingSettings(
        **({"epochs": 60, "batch_size": 20, "learning_rate": 3e-3} | changes)
    )
    network = backbone_for(dataset, "mlp", seed, hidden=(32,))
    validation = (table[:25], labels[:25])
    return NetworkTraining(network, table, labels, settings, seed=seed, validation=validation)


def test_a_table_of_classes_is_learned():
    records = list(table_training("classification").run())
    assert records[-1].train_accuracy >= 0.95
    assert records[-1].validation_accuracy >= 0.95
    assert records[-1].validation_loss < 0.5 * records[0].validation_loss


def test_values_are_learned_by_squared_error():
    run = table_training("regression")
    records = list(run.run())
    assert records[-1].loss < 0.05 * run.labels.var().item()
    assert records[-1].train_accuracy is None
    assert records[-1].validation_accuracy is None
    table, values = run.validation
    run.network.eval()
    with torch.no_grad():
        outputs = run.network(torch.tensor(table)).numpy()[:, 0]
    assert records[-1].validation_loss == pytest.approx(((outputs - values) ** 2).mean(), rel=1e-4)


def test_the_first_step_on_values_follows_the_gradient_of_the_squared_error():
    run = table_training(
        "regression", epochs=1, batch_size=120, optimizer="sgd", learning_rate=1e-3
    )
    bias = run.network.head.bias.item()
    with torch.no_grad():
        residuals = run.network(run.samples.inputs)[:, 0] - run.labels
    record = next(run.run())
    assert record.loss == pytest.approx((residuals**2).mean().item(), rel=1e-5)
    # Nesterov momentum 0.9 makes the first step 1.9 times the gradient's.
    step = 1e-3 * 1.9 * 2 * residuals.mean().item()
    assert run.network.head.bias.item() == pytest.approx(bias - step, abs=1e-6)


def test_training_on_a_table_resumes_bit_by_bit():
    unbroken = table_training("regression", epochs=6)
    list(unbroken.run())
    first, resumed = (table_training("regression", epochs=6) for _ in range(2))
    list(zip(range(2), first.run(), strict=False))
    resumed.load_state_dict(copy.deepcopy(first.state_dict()))
    list(resumed.run())
    assert resumed.epoch == unbroken.epoch == 6
    assert same(unbroken.network.state_dict(), resumed.network.state_dict())


def test_a_table_is_neither_shifted_nor_mirrored():
    with pytest.raises(ValueError, match="shift and flip are for images"):
        table_training("classification", flip=True)
