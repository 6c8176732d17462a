"""A pickle runs code when it is loaded. None is loaded, wherever one could be put."""

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from vicinal.data.npz_arrays import npz_arrays
from vicinal.models.tiny_bert import from_folder
from vicinal_workflow.artifacts import (
    read_arrays,
    read_checkpoint,
    read_parameters,
    read_torch_file,
)


class Trap:
    """Unpickling it makes the file `sprung`."""

    def __init__(self, sprung):
        self.sprung = sprung

    def __reduce__(self):
        return os.mkdir, (str(self.sprung),)


@pytest.fixture
def sprung(tmp_path):
    """What exists once the code of a pickle has run."""
    return tmp_path / "sprung"


def test_the_trap_works(sprung):
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.exists()


def npy_of_objects(path, trap):
    """An .npy file of one object, as numpy.save writes it."""
    file = io.BytesIO()
    np.save(file, np.array([trap], dtype=object), allow_pickle=True)
    path.write_bytes(file.getvalue())


def npz_of_objects(path, trap):
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("inputs", "labels", "numbers"):
            file = io.BytesIO()
            np.save(file, np.array([trap], dtype=object), allow_pickle=True)
            archive.writestr(f"{name}.npy", file.getvalue())


def npz_with_a_bare_pickle(path, trap):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("numbers.npy", pickle.dumps(trap))


def bare_pickle(path, trap):
    path.write_bytes(pickle.dumps(trap))


def torch_file(path, trap):
    torch.save({"state_dict": {"weight": torch.ones(1)}, "more": trap}, path)


def old_torch_file(path, trap):
    torch.save({"weight": trap}, path, _use_new_zipfile_serialization=False)


WRITERS = [
    npy_of_objects,
    npz_of_objects,
    npz_with_a_bare_pickle,
    bare_pickle,
    torch_file,
    old_torch_file,
]


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.npz", read_arrays),
        ("a.safetensors", read_parameters),
        ("a.pt", read_checkpoint),
        ("ready.pth", read_torch_file),
        ("own.npz", npz_arrays),
    ],
)
def test_a_pickle_is_refused_and_none_of_it_run(tmp_path, sprung, name, read, write):
    write(tmp_path / name, Trap(sprung))
    with pytest.raises(ValueError) as refused:
        read(tmp_path / name)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value).strip()
    assert not sprung.exists()


def test_a_pickle_in_the_place_of_berts_parameters_is_refused(tmp_path, sprung):
    torch_file(tmp_path / "model.safetensors", Trap(sprung))
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "vocab.txt").write_text("[PAD]\n")
    with pytest.raises(ValueError, match=r"model\.safetensors: "):
        from_folder(tmp_path)
    assert not sprung.exists()


def test_nothing_in_the_project_unpickles():
    """By name: whoever needs one of these has to write down here why it is safe."""
    root = Path(__file__).parents[2]
    for folder in ("src", "scripts"):
        for path in (root / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            for call in (
                "pickle.load",
                "import pickle",
                "joblib",
                "read_pickle",
            ):
                assert call not in text, f"{path}: {call}"
            assert "allow_pickle=True" not in text, path
            assert text.count("torch.load(") == text.count("weights_only=True"), path


@pytest.mark.parametrize("write", [bare_pickle, torch_file])
def test_a_ready_network_that_holds_code_is_refused_by_the_workflow(project, sprung, write):
    """`source: checkpoint`, the one place that takes a file of torch's own format."""
    write(project.folder / "network.pth", Trap(sprung))
    project.config["backbones"]["ready"] = {
        "dataset": "digits",
        "architecture": "resnet20",
        "source": "checkpoint",
        "checkpoint": "network.pth",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.2, 0.2, 0.2],
    }
    project.write_config()
    done = project.snakemake("results/backbones/ready/0.safetensors")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "ValueError: network.pth: " in said
    assert "Traceback" not in said
    assert not sprung.exists()
    assert not (project.folder / "results/backbones/ready/0.safetensors").exists()
