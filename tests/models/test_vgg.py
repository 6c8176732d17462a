"""VGG-16 against counts by hand and against torchvision's layers."""

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from vicinal.data.dataset import Dataset
from vicinal.models.backbone import extract_features, pixel_scaling
from vicinal.models.registry import backbone_for, build_backbone, restore_backbone
from vicinal.models.torchvision_operators import declare_missing
from vicinal.training.network import NetworkTraining, TrainingSettings

# (outputs, convolutions) of the blocks of configuration D.
BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def images(count, channels, rows, columns=None, seed=0):
    shape = (count, channels, rows, columns or rows)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def vgg(channels=3, outputs=10, seed=0, **shape):
    scaling = pixel_scaling(images(9, channels, 8), "channels")
    return build_backbone("vgg", scaling, channels, outputs, seed, **shape)


def weights_by_hand(channels):
    count = 0
    for outputs, convolutions in BLOCKS:
        for _ in range(convolutions):
            count += 3 * 3 * channels * outputs
            channels = outputs
    return count


@pytest.mark.parametrize("batch_norm", [True, False])
def test_parameters_are_counted_by_hand(batch_norm):
    network = vgg(batch_norm=batch_norm)
    kernels = [m.weight for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert len(kernels) == 13
    assert sum(kernel.numel() for kernel in kernels) == weights_by_hand(3) == 14_710_464
    # A scale and a shift by channel, or a bias; then the head.
    channels = sum(outputs * convolutions for outputs, convolutions in BLOCKS)
    others = channels * (2 if batch_norm else 1) + 512 * 10 + 10
    assert sum(value.numel() for value in network.parameters()) == 14_710_464 + others


@pytest.mark.parametrize("batch_norm", [True, False])
def test_maps_are_those_of_torchvision(batch_norm):
    declare_missing()
    from torchvision.models.vgg import cfgs, make_layers

    network = vgg(batch_norm=batch_norm).eval()
    kinds = (torch.nn.Conv2d, torch.nn.BatchNorm2d)
    peers = make_layers(cfgs["D"], batch_norm=batch_norm).eval()
    own = [module for module in network.modules() if isinstance(module, kinds)]
    others = [module for module in peers.modules() if isinstance(module, kinds)]
    with torch.no_grad():
        for one, other in zip(own, others, strict=True):
            other.weight.copy_(one.weight)
            other.bias.copy_(torch.zeros_like(other.bias) if one.bias is None else one.bias)
        data = torch.rand(2, 3, 40, 32)
        torch.testing.assert_close(network.embed(data), peers(data).mean((2, 3)))


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (32, 32), (7, 9), (1, 5), (1, 1)])
def test_any_size_of_image_is_taken(size):
    network = vgg(channels=1, outputs=4, width=2)
    found, outputs = extract_features(network, images(3, 1, *size))
    assert found.shape == (3, 16)
    assert outputs.shape == (3, 4)
    assert np.isfinite(outputs).all()


def test_blocks_widen_with_the_first():
    network = vgg(width=3)
    assert [block[0].out_channels for block in network.blocks] == [3, 6, 12, 24, 24]
    assert network.head.in_features == 24
    with pytest.raises(ValueError, match="width is 0; allowed is at least 1"):
        vgg(width=0)


def test_initial_kernels_have_the_variance_of_he():
    network = vgg(batch_norm=False)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            fan_in = 9 * module.in_channels
            assert module.weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.1)
            assert not module.bias.any()
    same, other = vgg(width=2, seed=3), vgg(width=2, seed=4)
    assert torch.equal(same.head.weight, vgg(width=2, seed=3).head.weight)
    assert not torch.equal(same.head.weight, other.head.weight)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("width", [1, 6])
def test_a_network_is_restored_from_its_parameters(width, batch_norm):
    network = vgg(channels=1, outputs=4, width=width, batch_norm=batch_norm)
    again = restore_backbone("vgg", load(save(network.state_dict())))
    data = images(5, 1, 8)
    assert str(again) == str(network)
    np.testing.assert_array_equal(
        extract_features(again, data)[1], extract_features(network, data)[1]
    )


def test_parameters_of_another_network_are_refused():
    scaling = pixel_scaling(images(9, 1, 8), "unit")
    lenet = build_backbone("lenet5", scaling, 1, 4, seed=0)
    with pytest.raises(RuntimeError, match=r"network vgg: blocks\.0\.0\.weight is missing"):
        restore_backbone("vgg", lenet.state_dict())
    with pytest.raises(RuntimeError, match=r"network lenet5: conv1\.weight is missing"):
        restore_backbone("lenet5", vgg(width=1).state_dict())
    with pytest.raises(ValueError, match="known are lenet5, resnet20, vgg, mlp"):
        restore_backbone("vgg19", vgg(width=1).state_dict())


def halves(count=96, size=8):
    """Images whose class is the brighter half."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, count)
    pictures = rng.integers(0, 90, (count, 1, size, size))
    pictures[labels == 0, :, : size // 2] += 120
    pictures[labels == 1, :, size // 2 :] += 120
    return pictures.astype(np.uint8), labels.astype(np.int64)


def training(**changes):
    pictures, labels = halves()
    dataset = Dataset("classification", {"train": pictures}, {"train": labels}, ("up", "down"))
    network = backbone_for(dataset, "vgg", 1, scaling="channels", width=4)
    settings = TrainingSettings(**({"epochs": 3, "batch_size": 32} | changes))
    return NetworkTraining(network, pictures, labels, settings, seed=1)


def test_a_training_goes_on_where_it_was_stopped():
    unbroken, stopped, resumed = (training(shift=0.1) for _ in range(3))
    list(unbroken.run())
    next(stopped.run())
    resumed.load_state_dict(stopped.state_dict())
    assert len(list(resumed.run())) == 2
    expected, found = unbroken.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_a_network_learns_images_of_8_pixels():
    records = list(training(epochs=8, learning_rate=3e-3).run())
    assert records[-1].loss < 0.2 * records[0].loss
