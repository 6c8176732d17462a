"""Architectures against published parameter counts and a plain reference."""

import numpy as np
import pytest
import torch

from vicinal.models.backbone import PixelScaling, extract_features, pixel_scaling
from vicinal.models.columns import scale_columns
from vicinal.models.registry import build_backbone, check_outputs, restore_backbone
from vicinal.models.resnet20 import ResidualBlock, convert_checkpoint
from vicinal.models.torchvision_operators import declare_missing


def images(count, channels, size, seed=0):
    shape = (count, channels, size, size)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def unit(channels):
    return pixel_scaling(images(2, channels, 8), "unit")


@pytest.mark.parametrize(
    ("architecture", "channels", "parameters", "features"),
    [("lenet5", 1, 61_706, 84), ("resnet20", 3, 269_722, 64)],
)
def test_parameters_are_counted_as_published(architecture, channels, parameters, features):
    network = build_backbone(architecture, unit(channels), channels, 10, seed=0)
    assert sum(value.numel() for value in network.parameters()) == parameters
    found, outputs = extract_features(network, images(3, channels, 32))
    assert found.shape == (3, features)
    np.testing.assert_allclose(
        outputs,
        found @ network.head.weight.detach().numpy().T + network.head.bias.detach().numpy(),
        atol=1e-5,
    )


def test_shortcut_takes_every_second_pixel_and_pads_channels_with_zeros():
    block = ResidualBlock(4, 8, stride=2).eval()
    torch.nn.init.zeros_(block.conv2.weight)  # leaves the shortcut alone
    maps = torch.rand(2, 4, 6, 6)
    out = block(maps)
    torch.testing.assert_close(out[:, 2:6], maps[:, :, ::2, ::2])
    assert not out[:, :2].any()
    assert not out[:, 6:].any()


def test_lenet_pads_28_to_32_and_resizes_others():
    network = build_backbone("lenet5", unit(1), 1, 10, seed=0)
    small = images(2, 1, 28)
    padded = np.pad(small, ((0, 0), (0, 0), (2, 2), (2, 2)))
    for first, second in zip(
        extract_features(network, small), extract_features(network, padded), strict=True
    ):
        np.testing.assert_allclose(first, second, atol=1e-6)
    assert extract_features(network, images(2, 1, 8))[0].shape == (2, 84)


def test_batch_size_does_not_matter():
    network = build_backbone("resnet20", unit(3), 3, 10, seed=0)
    data = images(7, 3, 16)
    for one, other in zip(
        extract_features(network, data, batch_size=3), extract_features(network, data), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_scaling_by_channel_and_by_mean_image():
    data = images(50, 3, 6)
    scaled = pixel_scaling(data, "channels")(torch.tensor(data)).double()
    torch.testing.assert_close(scaled.mean((0, 2, 3)), torch.zeros(3).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        scaled.std((0, 2, 3), correction=0), torch.ones(3).double(), atol=1e-5, rtol=0
    )
    less_mean = pixel_scaling(data, "mean_image")(torch.tensor(data))
    assert less_mean.mean(0).abs().max() < 1e-6
    with pytest.raises(ValueError, match="allowed are unit"):
        pixel_scaling(data, "zca")


def test_initial_parameters_depend_on_the_seed_alone():
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = build_backbone("lenet5", unit(1), 1, 10, seed=5)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(2)
    second = build_backbone("lenet5", unit(1), 1, 10, seed=5)
    other = build_backbone("lenet5", unit(1), 1, 10, seed=6)
    assert torch.equal(first.conv1.weight, second.conv1.weight)
    assert not torch.equal(first.conv1.weight, other.conv1.weight)
    with pytest.raises(ValueError, match="known are lenet5, resnet20"):
        build_backbone("vgg19", unit(1), 1, 10, seed=0)


def test_a_network_is_restored_from_its_parameters():
    network = build_backbone("resnet20", pixel_scaling(images(9, 1, 8), "mean_image"), 1, 4, seed=0)
    again = restore_backbone("resnet20", network.state_dict())
    data = images(5, 1, 8)
    np.testing.assert_array_equal(
        extract_features(network, data)[1], extract_features(again, data)[1]
    )


def published_checkpoint():
    network = build_backbone(
        "resnet20", PixelScaling(torch.zeros(3, 1, 1), torch.ones(3, 1, 1)), 3, 10, 0
    )
    names = {
        "module." + name.replace("head.", "linear."): value
        for name, value in network.state_dict().items()
        if not name.startswith("scaling.") and not name.endswith("num_batches_tracked")
    }
    return network, names


def test_a_published_checkpoint_is_converted():
    network, names = published_checkpoint()
    converted = convert_checkpoint(names, (0.5, 0.4, 0.3), (0.2, 0.2, 0.2))
    again = restore_backbone("resnet20", converted)
    data = images(4, 3, 32)
    scaled = (torch.tensor(data).float() / 255 - converted["scaling.mean"]) / 0.2
    expected = network.eval().head(network.embed(scaled)).detach()
    np.testing.assert_allclose(extract_features(again, data)[1], expected, atol=1e-4)


def test_a_network_of_other_classes_is_refused():
    network, _ = published_checkpoint()
    check_outputs(network.state_dict(), 10)
    with pytest.raises(ValueError, match="10 outputs, the data set 7 classes"):
        check_outputs(network.state_dict(), 7)


def test_a_checkpoint_of_another_network_is_refused_by_name():
    _, names = published_checkpoint()
    names["module.layer4.conv.weight"] = torch.zeros(1)
    del names["module.bn1.weight"]
    names["module.conv1.weight"] = torch.zeros(8, 3, 3, 3)
    with pytest.raises(ValueError, match=r"missing \['bn1.weight'\], unknown \['layer4.conv"):
        convert_checkpoint(names, (0, 0, 0), (1, 1, 1))


def test_columns_are_scaled_by_the_training_split():
    table = {
        "train": np.array([[1.0, -4.0, 3.0], [3.0, 2.0, 3.0]]),
        "test": np.array([[6.0, 8.0, 3.0]]),
    }
    np.testing.assert_allclose(scale_columns(table, "max")["test"], [[2, 2, 1]])
    np.testing.assert_allclose(scale_columns(table, "standard")["test"], [[4, 3, 0]])
    np.testing.assert_array_equal(scale_columns(table, "as_is")["test"], table["test"])
    with pytest.raises(ValueError, match="no table"):
        scale_columns({"train": images(2, 1, 4)}, "max")


def test_torchvision_imports_beside_a_cpu_only_torch():
    declare_missing()
    declare_missing()  # twice does no harm
    from torchvision.models import resnet18
    from torchvision.transforms import functional as transforms

    assert resnet18(weights=None).eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 1000)
    flipped = transforms.hflip(torch.arange(4).view(1, 2, 2))
    assert torch.equal(flipped, torch.tensor([[[1, 0], [3, 2]]]))
