"""Readers on tiny files of known content: what they return, and what they refuse."""

from __future__ import annotations

import gzip
import io
import math
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits

from vicinal.data.boston import boston
from vicinal.data.california_housing import california_housing
from vicinal.data.cifar10 import RECORD, cifar10
from vicinal.data.dataset import Dataset
from vicinal.data.double_moon import double_moon
from vicinal.data.embedded import breast_cancer, diabetes, digits
from vicinal.data.glue import mrpc, mrpc_from_originals, read_tsv, rte, stsb
from vicinal.data.mnist import mnist, read_idx


def idx(path: Path, shape: tuple[int, ...], content: bytes, magic: bytes | None = None) -> Path:
    head = magic if magic is not None else bytes((0, 0, 8, len(shape)))
    path.write_bytes(gzip.compress(head + struct.pack(f">{len(shape)}I", *shape) + content))
    return path


def test_mnist_reads_rows_then_columns(tmp_path: Path) -> None:
    images = idx(tmp_path / "images", (2, 2, 3), bytes(range(12)))
    labels = idx(tmp_path / "labels", (2,), bytes([9, 0]))
    dataset = mnist(images, labels, images, labels)
    assert dataset.splits == ("train", "test")
    assert dataset.inputs["train"].dtype == np.uint8
    np.testing.assert_array_equal(dataset.inputs["train"][1], [[[6, 7, 8], [9, 10, 11]]])
    assert dataset.labels["test"].dtype == np.int64
    np.testing.assert_array_equal(dataset.labels["test"], [9, 0])


@pytest.mark.parametrize(
    ("shape", "content", "magic", "message"),
    [
        ((2, 2, 3), bytes(11), None, "27 bytes uncompressed.* asks for 28"),
        ((2, 2, 3), bytes(13), None, "29 bytes"),
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), b"", None, "asks for"),
        ((2, 2), bytes(4), None, "3 axes begins with 00000803"),
        ((2, 2, 3), bytes(12), b"\0\0\x0d\x03", "begins with 00000d03"),
        ((), b"", b"", "begins with ;"),
        ((), b"", b"\0\0\x08\x03", "within its header"),
    ],
)
def test_idx_refuses(
    tmp_path: Path, shape: tuple[int, ...], content: bytes, magic: bytes | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read_idx(idx(tmp_path / "x", shape, content, magic), axes=3)


def test_idx_refuses_what_is_not_gzip(tmp_path: Path) -> None:
    path = idx(tmp_path / "x", (2, 2, 3), bytes(12))
    for content in (path.read_bytes()[:-9], b"<html>", path.read_bytes()[:-4] + bytes(4)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="gzip"):
            read_idx(path, axes=3)


def test_mnist_refuses_unequal_numbers_and_unknown_labels(tmp_path: Path) -> None:
    images = idx(tmp_path / "images", (2, 1, 1), bytes(2))
    three = idx(tmp_path / "three", (3,), bytes(3))
    with pytest.raises(ValueError, match="2 inputs but 3 labels"):
        mnist(images, three, images, three)
    eleven = idx(tmp_path / "eleven", (2,), bytes([0, 10]))
    with pytest.raises(ValueError, match="to 10"):
        mnist(images, eleven, images, eleven)


def cifar_archive(path: Path, batches: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in batches.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def cifar_batches() -> dict[str, bytes]:
    """One record a batch: label = number of the batch, planes of 10, 20 and 30."""
    planes = bytes([10] * 1024 + [20] * 1024 + [30] * 1024)
    names = [f"data_batch_{number}.bin" for number in (5, 4, 3, 2, 1)] + ["test_batch.bin"]
    labels = [5, 4, 3, 2, 1, 9]
    batches = {name: bytes([label]) + planes for name, label in zip(names, labels, strict=True)}
    classes = list("abcdefghij")
    return {**batches, "batches.meta.txt": ("\n".join(classes) + "\n\n").encode()}


def test_cifar10_orders_batches_and_planes(tmp_path: Path) -> None:
    dataset = cifar10(cifar_archive(tmp_path / "x.tgz", cifar_batches()))
    np.testing.assert_array_equal(dataset.labels["train"], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(dataset.labels["test"], [9])
    assert dataset.inputs["train"].shape == (5, 3, 32, 32)
    np.testing.assert_array_equal(dataset.inputs["train"][:, :, 31, 0], [[10, 20, 30]] * 5)
    assert dataset.class_names[2] == "c"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data_batch_3.bin", bytes(RECORD - 1), "data_batch_3.bin: 3072 bytes"),
        ("test_batch.bin", b"", "test_batch.bin: 0 bytes"),
        ("test_batch.bin", bytes([10]) + bytes(RECORD - 1), "to 10"),
        ("data_batch_1.bin", None, "no member .*data_batch_1.bin"),
    ],
)
def test_cifar10_refuses(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    batches = {**cifar_batches(), name: content}
    kept = {key: value for key, value in batches.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        cifar10(cifar_archive(tmp_path / "x.tgz", kept))


RTE = (
    'index\tsentence1\tsentence2\tlabel\n0\tA "b\tc\u2028d\tentailment\n1\te\tf"\tnot_entailment\n'
)


def text(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


def test_rte_keeps_quotes_and_line_separators(tmp_path: Path) -> None:
    path = text(tmp_path / "train.tsv", RTE)
    dataset = rte(path, path)
    assert dataset.inputs["train"].tolist() == [['A "b', "c\u2028d"], ["e", 'f"']]
    assert dataset.labels["test"].tolist() == [0, 1]
    assert dataset.class_names == ("entailment", "not_entailment")


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("index", "\ufeffindex")])
def test_line_ends_and_marks_do_not_matter(tmp_path: Path, change: tuple[str, str]) -> None:
    changed = text(tmp_path / "b.tsv", RTE.replace(*change))
    dataset = rte(text(tmp_path / "a.tsv", RTE), changed)
    np.testing.assert_array_equal(dataset.inputs["train"], dataset.inputs["test"])
    np.testing.assert_array_equal(dataset.labels["train"], dataset.labels["test"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (RTE.replace("not_entailment", "neutral"), "x.tsv, row 3: label 'neutral'; allowed"),
        (RTE.replace("\tc", ""), "row 2: 3 columns, the header has 4"),
        (RTE.replace("label", "gold"), "no column label; the header has index"),
        (RTE.splitlines()[0] + "\n", "no rows"),
        ("", "no column"),
        (RTE + "\n", "row 4: 1 columns"),
    ],
)
def test_rte_names_file_and_row(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rte(text(tmp_path / "x.tsv", content), text(tmp_path / "x.tsv", content))


def test_tsv_refuses_other_encodings(tmp_path: Path) -> None:
    (tmp_path / "x.tsv").write_bytes("a\tb\ncaf\u00e9\t1\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8 at byte 7"):
        read_tsv(tmp_path / "x.tsv", ("a",))


def test_stsb_reads_and_checks_scores(tmp_path: Path) -> None:
    good = "sentence1\tsentence2\tscore\na\tb\t2.500\n"
    path = text(tmp_path / "x.tsv", good)
    dataset = stsb(path, path)
    assert dataset.task == "regression"
    assert dataset.labels["train"].dtype == np.float64
    assert dataset.labels["train"].tolist() == [2.5]
    for score, message in (("5.1", "0 to 5"), ("nan", "0 to 5"), ("much", "not a number")):
        with pytest.raises(ValueError, match=f"row 2: score .*{message}"):
            stsb(path, text(tmp_path / "y.tsv", good.replace("2.500", score)))


MSR_HEADER = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
MSR = MSR_HEADER + "1\t7\t8\ta\tb\n0\t8\t7\tc\td\n1\t5\t6\te\tf\n"


def test_mrpc_takes_ordered_id_pairs_out(tmp_path: Path) -> None:
    dataset = mrpc_from_originals(text(tmp_path / "m", MSR), text(tmp_path / "i", "8\t7\n"))
    assert dataset.inputs["train"].tolist() == [["a", "b"], ["e", "f"]]
    assert dataset.inputs["test"].tolist() == [["c", "d"]]
    assert dataset.labels["train"].tolist() == [1, 1]
    assert dataset.labels["test"].tolist() == [0]


def test_mrpc_names_the_row_of_the_original(tmp_path: Path) -> None:
    ids = text(tmp_path / "i", "7\t8\n")
    with pytest.raises(ValueError, match="m, row 4: label '2'"):
        mrpc_from_originals(text(tmp_path / "m", MSR.replace("1\t5", "2\t5")), ids)
    with pytest.raises(ValueError, match=r"1 id pairs have no row .* 1 2"):
        mrpc_from_originals(text(tmp_path / "m", MSR), text(tmp_path / "i", "1\t2\n7\t8\n"))


def test_mrpc_built_files(tmp_path: Path) -> None:
    path = text(tmp_path / "x", MSR)
    assert mrpc(path, path).labels["train"].tolist() == [1, 0, 1]


def test_boston_names_the_row(tmp_path: Path) -> None:
    row = " ".join(str(number) for number in range(14))
    cases = {
        "row 2: 13 columns": [row, row[2:]],
        "row 1: could not convert": [row.replace("13", "x")],
        "2 rows; expected 506": [row, row],
    }
    for message, rows in cases.items():
        with pytest.raises(ValueError, match=message):
            boston(text(tmp_path / "housing.data", "\n".join(rows)))


def test_california_housing_columns_and_ratios(tmp_path: Path) -> None:
    # longitude, latitude, age, rooms, bedrooms, population, households, income, value
    row = "-122.23,37.88,41,880,129,322,126,8.3252,452600"
    member = "CaliforniaHousing/cal_housing.data"
    path = tmp_path / "x.tgz"

    def archive(content: str) -> Path:
        with tarfile.open(path, "w:gz") as packed:
            info = tarfile.TarInfo(member)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content.encode()))
        return path

    dataset = california_housing(archive(f"{row}\n" * 5))
    # The first row of the table that scikit-learn documents.
    expected = [8.3252, 41, 6.98412698, 1.02380952, 322, 2.55555556, 37.88, -122.23]
    np.testing.assert_allclose(dataset.inputs["test"], [expected], rtol=1e-8)
    np.testing.assert_allclose(dataset.labels["train"], [4.526] * 4)
    with pytest.raises(ValueError, match="8 columns; expected 9"):
        california_housing(archive(row[8:] + "\n"))
    with pytest.raises(ValueError, match="could not convert"):
        california_housing(archive(row.replace("41", "x") + "\n"))
    member = "elsewhere"
    with pytest.raises(ValueError, match="no member CaliforniaHousing"):
        california_housing(archive(row))


def parts(dataset: Dataset) -> npt.NDArray[Any]:
    """Every sample as bytes with its label, over both splits, sorted."""
    rows = [
        bytes(sample) + bytes(label)
        for split in dataset.splits
        for sample, label in zip(dataset.inputs[split], dataset.labels[split], strict=True)
    ]
    return np.array(sorted(rows), dtype=object)


@pytest.mark.parametrize(
    ("builder", "samples", "shape", "task"),
    [
        (digits, (1437, 360), (1, 8, 8), "classification"),
        (breast_cancer, (455, 114), (30,), "classification"),
        (diabetes, (353, 89), (10,), "regression"),
    ],
)
def test_embedded_sets_split_by_seed(
    builder: Callable[..., Dataset], samples: tuple[int, int], shape: tuple[int, ...], task: str
) -> None:
    first, again, other = builder(seed=3), builder(seed=3), builder(seed=2**70)
    assert first.task == task
    for split, expected in zip(("train", "test"), samples, strict=True):
        assert first.inputs[split].shape == (expected, *shape)
        np.testing.assert_array_equal(first.inputs[split], again.inputs[split])
        np.testing.assert_array_equal(first.labels[split], again.labels[split])
    assert not np.array_equal(first.inputs["test"], other.inputs["test"])
    np.testing.assert_array_equal(parts(first), parts(other))
    assert len(builder(test_fraction=0.5).labels["test"]) == math.ceil(sum(samples) / 2)
    for fraction in (0, 1, -0.2, 1.5):
        with pytest.raises(ValueError, match="test_fraction"):
            builder(test_fraction=fraction)


def test_digits_are_stratified_and_span_the_bytes() -> None:
    dataset = digits(0.25, seed=1)
    counts = np.bincount(load_digits().target)
    np.testing.assert_array_less(
        np.abs(np.bincount(dataset.labels["test"]) - counts / 4), 1.0000001
    )
    values = np.unique(np.concatenate([dataset.inputs["train"], dataset.inputs["test"]]))
    assert values[0] == 0
    assert values[-1] == 255
    assert len(values) == 17
    assert 128 in values


def test_breast_cancer_names_its_classes() -> None:
    dataset = breast_cancer()
    total = sum(np.bincount(labels) for labels in dataset.labels.values())
    assert dataset.class_names == ("malignant", "benign")
    np.testing.assert_array_equal(total, [212, 357])


def test_diabetes_is_in_original_units() -> None:
    dataset = diabetes()
    ages = np.concatenate([dataset.inputs[split][:, 0] for split in dataset.splits])
    assert ages.min() == 19
    assert ages.max() == 79


def test_double_moon_lies_on_its_circles() -> None:
    dataset = double_moon(400, 0.0, 600, 0.05, seed=5)
    points, classes = dataset.inputs["train"], dataset.labels["train"]
    centres = np.array([[0.0, 0.0], [1.0, 0.5]])[classes]
    np.testing.assert_allclose(np.linalg.norm(points - centres, axis=1), 1, atol=1e-12)
    assert (points[classes == 0, 1] >= -1e-12).all()
    points, classes = dataset.inputs["test"], dataset.labels["test"]
    radii = np.linalg.norm(points - np.array([[0.0, 0.0], [1.0, 0.5]])[classes], axis=1)
    assert 0.04 < np.std(radii) < 0.06
    np.testing.assert_array_equal(np.bincount(classes), [300, 300])


def test_double_moon_splits_are_drawn_apart() -> None:
    dataset = double_moon(300, 0.2, 300, 0.2, seed=0)
    assert not np.intersect1d(dataset.inputs["train"], dataset.inputs["test"]).size
    np.testing.assert_array_equal(
        dataset.inputs["test"], double_moon(50, 0.1, 300, 0.2).inputs["test"]
    )
    assert {split: len(labels) for split, labels in double_moon().labels.items()} == {
        "train": 300,
        "test": 500,
    }
    for samples, noise in ((1, 0.2), (300, -0.1)):
        with pytest.raises(ValueError, match="train split"):
            double_moon(samples, noise)
