"""The table of kinds: options, files, and their errors."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vicinal.data.build import KINDS, REGISTRY_ENTRY, build_dataset
from vicinal.data.double_moon import double_moon
from vicinal.data.embedded import digits


def test_all_kinds_are_known() -> None:
    kinds = (
        "mnist cifar10 rte stsb mrpc mrpc_built boston california_housing science_news lalonde "
        "digits breast_cancer diabetes double_moon sentence_pairs printed_digits topic_documents "
        "observational_study csv npz images text"
    )
    assert list(REGISTRY_ENTRY) == kinds.split()
    without_entry = {kind for kind, entry in REGISTRY_ENTRY.items() if entry is None}
    assert without_entry == set(kinds.split()[-12:])
    assert {kind for kind in KINDS if KINDS[kind].own_files} == set(kinds.split()[-4:])


def test_options_and_seed_reach_the_builder() -> None:
    built = build_dataset("double_moon", {}, {"n_train": 10, "noise_test": 0.3}, seed=4)
    expected = double_moon(n_train=10, noise_test=0.3, seed=4)
    for split in ("train", "test"):
        np.testing.assert_array_equal(built.inputs[split], expected.inputs[split])
    built, expected = build_dataset("digits", {}, {"test_fraction": 0.5}, 9), digits(0.5, 9)
    np.testing.assert_array_equal(built.inputs["test"], expected.inputs["test"])


def test_files_go_by_their_names(tmp_path: Path) -> None:
    files = {}
    for number, (prefix, samples) in enumerate((("train", 3), ("t10k", 2))):
        for name, axes in (("images-idx3", 3), ("labels-idx1", 1)):
            shape = (samples, 1, 1)[:axes]
            content = bytes((0, 0, 8, axes)) + struct.pack(f">{axes}I", *shape)
            path = tmp_path / f"{number}{axes}"
            path.write_bytes(gzip.compress(content + bytes(samples)))
            files[f"{prefix}-{name}-ubyte.gz"] = path
    dataset = build_dataset("mnist", files, {}, seed=0)
    assert [len(dataset.labels[split]) for split in ("train", "test")] == [3, 2]


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("mnits", {}, "'mnits'; known are mnist, cifar10, .*sentence_pairs"),
        ("digits", {"fraction": 0.1}, "unknown option fraction; allowed: test_fraction"),
        ("mnist", {"test_fraction": 0.1}, "unknown option test_fraction; allowed: none"),
        ("digits", {"seed": 1}, "unknown option seed"),
        ("sentence_pairs", {"n_train": 10}, "option task, n_test is missing"),
    ],
)
def test_wrong_kinds_and_options(kind: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_dataset(kind, {}, options, seed=0)


@pytest.mark.parametrize("kind", [kind for kind, entry in REGISTRY_ENTRY.items() if entry])
def test_a_missing_file_is_named(kind: str) -> None:
    with pytest.raises(ValueError, match=r"raw file \S+ is missing; given: other"):
        build_dataset(kind, {"other": Path("other")}, {}, seed=0)


def test_sentence_pairs() -> None:
    pytest.importorskip("vicinal.data.sentence_pairs")
    options = {"task": "entailment", "n_train": 20, "n_test": 10}
    dataset = build_dataset("sentence_pairs", {}, options, seed=1)
    assert [len(dataset.labels[split]) for split in ("train", "test")] == [20, 10]
    assert set(KINDS["sentence_pairs"].options) == set(options)
