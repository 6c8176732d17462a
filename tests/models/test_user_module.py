"""A user's own network: TorchScript files and factories, what they get, and their faults."""

import sys

import numpy as np
import pytest
import torch
from torch import nn

from vicinal.models.module_files import module_files
from vicinal.models.user_module import load_user_module, user_features

# PyTorch keeps TorchScript but warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")

TABLE = np.random.default_rng(0).normal(size=(10, 3))
IMAGES = np.arange(4 * 3 * 2 * 2, dtype=np.uint8).reshape(4, 3, 2, 2)

FACTORIES = """
import torch
from torch import nn

class Lengths(nn.Module):
    def forward(self, texts):
        return torch.tensor([[float(len(t)) for t in sample] for sample in texts])

def lengths():
    return Lengths()

def random():
    return nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5))

def lazy():
    import own_helper
    return own_helper.network()

def number():
    return 3

def broken():
    raise KeyError("mine")

constant = nn.Linear
value = 7
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a module of factories; what is imported from it is forgotten afterwards."""
    before, path = set(sys.modules), list(sys.path)
    (tmp_path / "own_nets").mkdir()
    (tmp_path / "own_nets" / "__init__.py").write_text("")
    (tmp_path / "own_nets" / "nets.py").write_text(FACTORIES)
    (tmp_path / "own_helper.py").write_text("from torch import nn\nnetwork = nn.Identity\n")
    yield tmp_path
    assert sys.path == path
    for name in set(sys.modules) - before:
        if name.startswith("own_"):
            del sys.modules[name]


def test_a_torchscript_file_is_used_as_it_is(tmp_path):
    network = nn.Sequential(nn.Linear(3, 5), nn.Dropout(0.5))
    torch.jit.save(torch.jit.script(network), str(tmp_path / "own.pt"))
    module = load_user_module("own.pt", tmp_path)
    features = user_features(module, TABLE, batch_size=4)
    weight, bias = network[0].weight.detach().numpy(), network[0].bias.detach().numpy()
    np.testing.assert_allclose(features, TABLE @ weight.T + bias, atol=1e-6)
    assert features.dtype == np.float32
    assert not any(parameter.requires_grad for parameter in module.parameters())
    assert module_files("own.pt", tmp_path) == [tmp_path / "own.pt"]


def test_images_come_raw():
    class Sums(nn.Module):
        def forward(self, images):
            assert images.dtype == torch.uint8
            return images.double().sum((2, 3))

    np.testing.assert_array_equal(user_features(Sums(), IMAGES), IMAGES.sum((2, 3)))


def test_texts_come_as_lists(folder):
    module = load_user_module("own_nets.nets:lengths", folder)
    texts = np.array([["ab", "c"], ["", "defg"], ["x", "yz"]])
    np.testing.assert_array_equal(
        user_features(module, texts, batch_size=2), [[2, 1], [0, 4], [1, 2]]
    )
    np.testing.assert_array_equal(user_features(module, texts[:, :1]), [[2], [0], [1]])


def test_a_factory_draws_by_the_seed_and_leaves_the_global_state(folder):
    state = torch.random.get_rng_state()
    first, again = (load_user_module("own_nets.nets:random", folder, seed=1) for _ in range(2))
    other = load_user_module("own_nets.nets:random", folder, seed=2)
    assert torch.equal(torch.random.get_rng_state(), state)
    found = [user_features(module, TABLE) for module in (first, again, other)]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


def test_the_module_s_file_is_what_a_stage_depends_on(folder):
    assert module_files("own_nets.nets:random", folder) == [folder / "own_nets/nets.py"]
    assert module_files("own_nets:random", folder) == [folder / "own_nets/__init__.py"]
    assert module_files("torch.nn:Identity", folder) == []
    assert isinstance(load_user_module("torch.nn:Identity", folder), nn.Identity)
    assert isinstance(load_user_module("own_nets.nets:lazy", folder), nn.Identity)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("own_nets.nothing:f", r"own_nets.nothing cannot be imported: No module named"),
        ("own_nets.nets:nothing", "own_nets.nets has no 'nothing'"),
        ("own_nets.nets:value", "value is 7; a function is needed"),
        ("own_nets.nets:number", r"number\(\) returns int; a torch.nn.Module is needed"),
    ],
)
def test_faults_of_a_factory(folder, source, message):
    with pytest.raises(ValueError, match=message):
        load_user_module(source, folder)


def test_what_a_factory_raises_is_passed_on(folder):
    with pytest.raises(KeyError, match="mine"):
        load_user_module("own_nets.nets:broken", folder)


def test_files_that_are_no_torchscript(tmp_path):
    for function in (load_user_module, module_files):
        with pytest.raises(ValueError, match=r"own.pt: no such file; a module is"):
            function("own.pt", tmp_path)
    torch.save(nn.Linear(2, 2), tmp_path / "own.pt")  # a pickle
    with pytest.raises(ValueError, match=r"own.pt: no TorchScript \(.*write it by torch.jit.save"):
        load_user_module("own.pt", tmp_path)
    (tmp_path / "own.pt").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=r"own.pt: no TorchScript"):
        load_user_module("own.pt", tmp_path)


class Returns(nn.Module):
    """Returns what a function makes of the batch."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, batch):
        return self.function(batch)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda x: x[:, 0],
            r"returns torch.float32 of shape \(10,\) for inputs of shape \(10, 3\)",
        ),
        (lambda x: x[:4], r"features are a floating tensor \(10, d\)"),
        (lambda x: x.long(), "returns torch.int64"),
        (lambda x: x[:, :0], r"of shape \(10, 0\)"),
        (lambda x: (x, x), "returns tuple"),
        (lambda x: x.index_fill(0, torch.tensor(6), torch.nan), "of sample 6 are not finite"),
    ],
)
def test_features_of_another_shape_are_refused(function, message):
    with pytest.raises(ValueError, match=message):
        user_features(Returns(function), TABLE)


def test_widths_that_change_are_refused():
    with pytest.raises(ValueError, match="another width in another batch"):
        user_features(Returns(lambda x: x[:, : len(x)]), TABLE, batch_size=8)
