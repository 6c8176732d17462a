"""Artifacts are written whole or not at all, without pickles, the same every time."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

from vicinal.data.dataset import Dataset
from vicinal_workflow.artifacts import (
    read_arrays,
    read_checkpoint,
    read_dataset,
    read_metadata,
    read_parameters,
    read_table,
    write_arrays,
    write_checkpoint,
    write_dataset,
    write_figure,
    write_metadata,
    write_parameters,
    write_table,
    written_whole,
)


def test_arrays_come_back_and_give_the_same_bytes(tmp_path):
    arrays = {"a": np.arange(6.0).reshape(2, 3), "b": np.array(["x", "yz"]), "c": np.array("task")}
    for name in ("first.npz", "second.npz"):
        write_arrays(tmp_path / name, **arrays)
        time.sleep(2.1 if name == "first.npz" else 0)  # zip archives count time in steps of 2 s
    found = read_arrays(tmp_path / "first.npz")
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_a_pickle_is_refused_on_both_ways(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(tmp_path / "a.npz", a=np.array([{}, None], dtype=object))
    assert not list(tmp_path.iterdir())
    np.savez(tmp_path / "b.npz", a=np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"b\.npz: cannot be read as arrays"):
        read_arrays(tmp_path / "b.npz")


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.npz", read_arrays),
        ("a.safetensors", read_parameters),
        ("a.json", read_metadata),
        ("a.pt", read_checkpoint),
    ],
)
def test_a_damaged_file_is_named(tmp_path, name, read):
    (tmp_path / name).write_bytes(b"\x80\x04 not what it says")
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        read(tmp_path / name)


def test_a_missing_array_is_named_with_those_there(tmp_path):
    write_arrays(tmp_path / "a.npz", present=1)
    with pytest.raises(ValueError, match=r"\['absent'\]; there are \['present'\]"):
        read_arrays(tmp_path / "a.npz", "absent")


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write_and_fail():
        with written_whole(path) as temporary:
            temporary.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_and_fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "a.npz"
    write_arrays(path, a=np.zeros(3))
    code = (
        "import sys, time, numpy as np\n"
        "from vicinal_workflow.artifacts import written_whole\n"
        f"with written_whole({str(path)!r}) as t:\n"
        "    t.write_bytes(b'half'); print('writing', flush=True); time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"writing\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    np.testing.assert_array_equal(read_arrays(path)["a"], np.zeros(3))


def test_data_sets_parameters_tables_and_metadata_come_back(tmp_path):
    texts = np.array([["a b", "c"], ["d", "é"]])
    dataset = Dataset(
        "regression",
        {"train": texts, "test": texts},
        dict.fromkeys(("train", "test"), np.array([0.5, 1.5])),
    )
    write_dataset(tmp_path / "d.npz", dataset)
    found = read_dataset(tmp_path / "d.npz")
    assert found.task == "regression"
    assert found.input_kind == "text"
    np.testing.assert_array_equal(found.inputs["test"], texts)

    several = {"note": "é", "activation": "relu", "sigmoid": "True", "more": "x"}
    write_parameters(tmp_path / "p.safetensors", {"w": torch.ones(2, 2).T}, **several)
    tensors, metadata = read_parameters(tmp_path / "p.safetensors")
    assert torch.equal(tensors["w"], torch.ones(2, 2))
    assert metadata == several
    first = (tmp_path / "p.safetensors").read_bytes()
    for _ in range(8):  # the order of several entries would be left to chance
        write_parameters(tmp_path / "p.safetensors", {"w": torch.ones(2, 2).T}, **several)
        assert (tmp_path / "p.safetensors").read_bytes() == first

    table = pd.DataFrame({"x": [0.1 + 0.2, np.nan], "y": ["a", "b"]})
    write_table(tmp_path / "t.csv", table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), table)
    write_metadata(tmp_path / "m.json", {"a": [1, "é"]})
    assert read_metadata(tmp_path / "m.json") == {"a": [1, "é"]}
    write_checkpoint(tmp_path / "c.pt", {"epoch": 3, "w": torch.ones(1)})
    assert read_checkpoint(tmp_path / "c.pt")["epoch"] == 3
    assert read_checkpoint(tmp_path / "none.pt") is None


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_figure_gives_the_same_bytes(tmp_path, suffix):
    figure = Figure()
    figure.subplots().plot([1, 2])
    for name in "ab":
        write_figure(tmp_path / f"{name}.{suffix}", figure)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
