"""The MLP: its features by hand, its own scaling of columns, restoring, and what it refuses."""

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from vicinal.data.dataset import Dataset
from vicinal.models.backbone import extract_features
from vicinal.models.columns import scale_columns
from vicinal.models.mlp import MLP, column_scaling
from vicinal.models.registry import backbone_for, build_backbone, restore_backbone

RNG = np.random.default_rng(0)
TABLE = np.stack([RNG.normal(1e9, 2, 50), RNG.normal(size=50), np.full(50, 3.0)], axis=1)


def dataset(inputs=TABLE, task="classification"):
    labels = np.arange(len(inputs)) % 2
    if task == "regression":
        return Dataset(task, {"train": inputs}, {"train": labels.astype(float)})
    return Dataset(task, {"train": inputs}, {"train": labels}, ("a", "b"))


def test_features_are_the_last_hidden_layer_of_standardised_columns():
    network = backbone_for(dataset(), "mlp", 1, hidden=(5, 4))
    features, outputs = extract_features(network, TABLE, batch_size=7)
    hidden = scale_columns({"train": TABLE}, "standard")["train"]
    for layer in network.layers:
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        hidden = np.maximum(hidden @ weight.T + bias, 0)
    np.testing.assert_allclose(features, hidden, atol=1e-5)
    head = network.head
    np.testing.assert_allclose(
        outputs, hidden @ head.weight.detach().numpy().T + head.bias.detach().numpy(), atol=1e-5
    )
    assert features.shape == (50, 4)
    assert outputs.shape == (50, 2)


def test_columns_far_from_zero_keep_their_digits():
    scaled = column_scaling(TABLE)(torch.tensor(TABLE)).numpy()
    expected = scale_columns({"train": TABLE}, "standard")["train"]
    np.testing.assert_allclose(scaled, expected, atol=1e-6)
    largest = column_scaling(TABLE, "max")(torch.tensor(TABLE)).abs().amax(0)
    torch.testing.assert_close(largest, torch.ones(3))


@pytest.mark.parametrize("hidden", [(6,), (3,) * 12])
def test_an_mlp_is_restored_from_its_parameters(hidden):
    network = backbone_for(dataset(), "mlp", 2, hidden=hidden)
    again = restore_backbone("mlp", load(save(network.state_dict())))
    np.testing.assert_array_equal(
        extract_features(again, TABLE)[1], extract_features(network, TABLE)[1]
    )


def test_outputs_follow_the_task():
    assert backbone_for(dataset(), "mlp", 0, hidden=[3]).head.out_features == 2
    assert backbone_for(dataset(task="regression"), "mlp", 0, hidden=[3]).head.out_features == 1
    images = dataset(np.zeros((4, 1, 8, 8), dtype=np.uint8), "regression")
    assert backbone_for(images, "lenet5", 0).head.out_features == 1


def test_what_does_not_fit_is_refused():
    images = dataset(np.zeros((4, 1, 8, 8), dtype=np.uint8))
    with pytest.raises(ValueError, match="mlp takes table inputs; the data set's are images"):
        backbone_for(images, "mlp", 0, hidden=[3])
    with pytest.raises(ValueError, match="lenet5 takes image inputs; the data set's are tables"):
        backbone_for(dataset(), "lenet5", 0)
    with pytest.raises(ValueError, match="known are lenet5, resnet20, vgg, mlp"):
        backbone_for(images, "vgg19", 0)
    with pytest.raises(ValueError, match=r"hidden is \[\]; allowed are one or more"):
        build_backbone("mlp", column_scaling(TABLE), 3, 2, 0)
    with pytest.raises(ValueError, match=r"hidden is \[4, 0\]"):
        MLP(column_scaling(TABLE), 3, 2, [4, 0])


def test_a_constant_channel_is_only_shifted():
    images = dataset(np.full((4, 1, 8, 8), 51, dtype=np.uint8))
    network = backbone_for(images, "lenet5", 0, scaling="channels")
    assert torch.equal(
        network.scaling(torch.tensor(images.inputs["train"])), torch.zeros(4, 1, 8, 8)
    )
