"""Mixed precision is asked for by the configuration, or nothing of it happens."""

import copy
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from vicinal.models.backbone import extract_features, pixel_scaling
from vicinal.models.registry import build_backbone
from vicinal.training.network import NetworkTraining, TrainingSettings


def pictures():
    """Images in three classes of overlapping brightness, one third of each kept for validation."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 3, 180)
    images = rng.normal(90 + 25 * labels[:, None, None, None], 60, (180, 1, 12, 12))
    images[:, :, 3:6] -= 30.0 * (labels == 1)[:, None, None, None]
    return images.clip(0, 255).astype(np.uint8), labels.astype(np.int64)


def training(**changes):
    images, labels = pictures()
    settings = TrainingSettings(
        **({"epochs": 6, "batch_size": 30, "learning_rate": 3e-3} | changes)
    )
    network = build_backbone("resnet20", pixel_scaling(images, "mean_image"), 1, 3, seed=2)
    return NetworkTraining(
        network,
        images[:120],
        labels[:120],
        settings,
        seed=2,
        validation=(images[120:], labels[120:]),
    )


def parameters(run):
    return {name: value.clone() for name, value in run.network.state_dict().items()}


def assert_same(first, second):
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_without_it_no_bit_depends_on_there_being_such_a_thing(monkeypatch):
    plain = training(epochs=2)
    assert plain.settings.precision == "float32"
    list(plain.run())
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    bare = training(epochs=2)
    list(bare.run())
    assert_same(parameters(plain), parameters(bare))


def test_it_computes_in_bfloat16_and_keeps_parameters_and_loss_in_float32():
    run = training(precision="bfloat16", epochs=1)
    seen = {"training": set(), "evaluation": set()}

    def record(module, _, output):
        seen["training" if module.training else "evaluation"].add(output.dtype)

    for module in run.network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            module.register_forward_hook(record)
    list(run.run())
    assert seen == {"training": {torch.bfloat16}, "evaluation": {torch.float32}}
    for parameter in run.network.parameters():
        assert parameter.dtype == parameter.grad.dtype == torch.float32
    for state in run.optimizer.state_dict()["state"].values():
        assert state["exp_avg"].dtype == torch.float32
    features, outputs = extract_features(run.network, pictures()[0])
    assert features.dtype == outputs.dtype == np.float32


def test_it_learns_nearly_the_same_and_not_the_same():
    records = {kind: list(training(precision=kind).run()) for kind in ("float32", "bfloat16")}
    plain, mixed = records["float32"], records["bfloat16"]
    assert mixed[0].loss != plain[0].loss
    assert mixed[0].loss == pytest.approx(plain[0].loss, rel=0.02)
    assert mixed[-1].loss < 0.5 * mixed[0].loss
    assert abs(mixed[-1].train_accuracy - plain[-1].train_accuracy) <= 0.05


@pytest.mark.parametrize("weighting", ["uniform", "active_bias"])
def test_it_resumes_bit_by_bit(weighting):
    settings = {"precision": "bfloat16", "weighting": weighting, "epochs": 4, "shift": 0.1}
    unbroken, first, resumed = (training(**settings) for _ in range(3))
    list(unbroken.run())
    list(zip(range(2), first.run(), strict=False))
    resumed.load_state_dict(copy.deepcopy(first.state_dict()))
    list(resumed.run())
    assert_same(parameters(unbroken), parameters(resumed))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="this torch sees no CUDA device")
def test_it_computes_in_bfloat16_on_cuda():
    images, labels = pictures()
    network = build_backbone("resnet20", pixel_scaling(images, "mean_image"), 1, 3, seed=2)
    settings = TrainingSettings(epochs=3, batch_size=30, learning_rate=3e-3, precision="bfloat16")
    run = NetworkTraining(network, images, labels, settings, seed=2, device="cuda")
    seen = set()
    network.head.register_forward_hook(lambda _, __, output: seen.add(output.dtype))
    records = list(run.run())
    assert seen == {torch.bfloat16}
    assert records[-1].loss < records[0].loss
