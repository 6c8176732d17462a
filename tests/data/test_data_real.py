"""Published counts, means and first labels of the real data sets.

They read the folders of the environment variable VICINAL_DATA_MIRROR.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from vicinal.data.build import REGISTRY_ENTRY, build_dataset
from vicinal.data.dataset import Dataset
from vicinal.data.download import mirrors_from_text
from vicinal.data.glue import mrpc_from_originals
from vicinal.data.registry import load_registry
from vicinal.data.science_news import NEAR_DUPLICATES

REGISTRY = load_registry(Path(__file__).parents[2] / "data" / "registry.yaml")
MIRRORS = mirrors_from_text(os.environ.get("VICINAL_DATA_MIRROR", ""))

pytestmark = pytest.mark.skipif(not MIRRORS, reason="VICINAL_DATA_MIRROR is unset")


def mirrored(path: str) -> Path:
    found = [Path(mirror) / path for mirror in MIRRORS if (Path(mirror) / path).is_file()]
    if not found:
        pytest.skip(f"no folder of VICINAL_DATA_MIRROR holds {path}")
    return found[0]


def real(kind: str, seed: int = 0) -> Dataset:
    entry = REGISTRY_ENTRY[kind]
    assert entry is not None
    files = {file.name: mirrored(file.path) for file in REGISTRY[entry].files}
    return build_dataset(kind, files, {}, seed)


def sizes(dataset: Dataset) -> tuple[int, int]:
    return len(dataset.labels["train"]), len(dataset.labels["test"])


def test_mnist() -> None:
    dataset = real("mnist")
    assert sizes(dataset) == (60_000, 10_000)
    assert dataset.inputs["train"].shape == (60_000, 1, 28, 28)
    assert dataset.labels["train"][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.labels["test"][:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # The mean and deviation by which everybody normalises MNIST.
    pixels = dataset.inputs["train"] / 255
    assert pixels.mean() == pytest.approx(0.1307, abs=5e-5)
    assert pixels.std() == pytest.approx(0.3081, abs=5e-5)


def test_cifar10() -> None:
    dataset = real("cifar10")
    assert sizes(dataset) == (50_000, 10_000)
    for split, count in (("train", 5000), ("test", 1000)):
        np.testing.assert_array_equal(np.bincount(dataset.labels[split]), [count] * 10)
    assert dataset.class_names[:3] == ("airplane", "automobile", "bird")
    assert dataset.labels["train"][:5].tolist() == [6, 9, 9, 4, 1]
    means = dataset.inputs["train"].mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(means, [0.4914, 0.4822, 0.4465], atol=1e-4)


def test_rte() -> None:
    dataset = real("rte")
    assert sizes(dataset) == (2490, 277)
    np.testing.assert_array_equal(np.bincount(dataset.labels["train"]), [1249, 1241])
    np.testing.assert_array_equal(np.bincount(dataset.labels["test"]), [146, 131])
    assert dataset.inputs["train"][0].tolist() == [
        "No Weapons of Mass Destruction Found in Iraq Yet.",
        "Weapons of Mass Destruction Found in Iraq.",
    ]


def test_stsb() -> None:
    dataset = real("stsb")
    assert sizes(dataset) == (5749, 1500)
    assert dataset.labels["train"].mean() == pytest.approx(2.7010, abs=5e-5)
    assert dataset.labels["test"].mean() == pytest.approx(2.3639, abs=5e-5)


def test_mrpc() -> None:
    dataset = real("mrpc_built")
    assert sizes(dataset) == (3668, 408)
    assert dataset.labels["train"].sum() == 2474
    assert dataset.labels["test"].sum() == 279


@pytest.mark.parametrize("seed", [0, 1])
def test_mrpc_built_files_follow_from_the_originals(tmp_path: Path, seed: int) -> None:
    """The original holds the rows of both built files, each in its order, somehow interleaved."""
    header, *train = mirrored("glue/MRPC/train.tsv").read_bytes().splitlines(keepends=True)
    _, *dev = mirrored("glue/MRPC/dev.tsv").read_bytes().splitlines(keepends=True)
    places = np.random.default_rng(seed).permutation([True] * len(dev) + [False] * len(train))
    rows = (iter(train), iter(dev))
    original = tmp_path / "msr_paraphrase_train.txt"
    original.write_bytes(header + b"".join(next(rows[int(in_dev)]) for in_dev in places))
    (published,) = [f for f in REGISTRY["glue_mrpc"].files if f.name == original.name]
    assert original.stat().st_size == published.size
    made = mrpc_from_originals(original, mirrored("glue/MRPC/dev_ids.tsv"))
    built = real("mrpc_built")
    for split in ("train", "test"):
        np.testing.assert_array_equal(made.inputs[split], built.inputs[split])
        np.testing.assert_array_equal(made.labels[split], built.labels[split])


def test_boston() -> None:
    dataset = real("boston")
    assert sizes(dataset) == (404, 102)
    values = np.concatenate([dataset.labels["train"], dataset.labels["test"]])
    assert values.mean() == pytest.approx(22.5328, abs=5e-5)
    rows = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
    first = [0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3, 396.9, 4.98]
    (place,) = np.flatnonzero((rows == first).all(axis=1))
    assert values[place] == 24
    assert not np.array_equal(real("boston", seed=1).labels["test"], dataset.labels["test"])


def test_california_housing() -> None:
    dataset = real("california_housing")
    assert sizes(dataset) == (16_512, 4_128)
    values = np.concatenate([dataset.labels["train"], dataset.labels["test"]])
    assert values.mean() == pytest.approx(2.0686, abs=5e-5)
    assert values.max() == pytest.approx(5.00001)


def test_science_news() -> None:
    dataset = real("science_news")
    assert sizes(dataset) == (833, 209)
    words = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
    assert words.shape == (1042, 1153)
    # Relative frequencies to six digits.
    np.testing.assert_allclose(words.sum(axis=1), 1, atol=1e-4)
    labels = np.concatenate([dataset.labels["train"], dataset.labels["test"]])
    np.testing.assert_array_equal(np.bincount(labels), [54, 120, 72, 137, 205, 58, 279, 117])


def test_near_duplicates_of_science_news_are_what_they_are_called() -> None:
    path = mirrored("science_news/SN_basic.npz")
    with warnings.catch_warnings(), np.load(path, allow_pickle=False) as arrays:
        warnings.simplefilter("ignore")
        matrix, classes = arrays["matrix"], arrays["doc_class"].ravel()
    np.testing.assert_array_equal(np.bincount(classes)[1:], [54, 121, 72, 137, 205, 60, 280, 118])
    # Half the sum of absolute differences: the share of words that are others.
    changed = np.abs(np.diff(matrix, axis=1)).sum(axis=0) / 2
    np.testing.assert_array_equal(np.flatnonzero(changed < 0.02) + 1, NEAR_DUPLICATES)


@pytest.mark.parametrize(
    ("sample", "controls", "people", "means"),
    [
        ("dehejia_wahba", "experimental", (185, 260, 260), (6349.14, 4554.80, 4554.80)),
        ("dehejia_wahba", "psid", (185, 2490, 260), (6349.14, 21553.92, 4554.80)),
        ("dehejia_wahba", "cps", (185, 15992, 260), (6349.14, 14846.66, 4554.80)),
        ("lalonde", "psid", (297, 2490, 425), (5976.35, 21553.92, 5090.05)),
    ],
)
def test_lalonde(
    sample: str, controls: str, people: tuple[int, ...], means: tuple[float, ...]
) -> None:
    """Published numbers of people and mean earnings: treated, controls, the experiment's own."""
    files = {file.name: mirrored(file.path) for file in REGISTRY["lalonde"].files}
    dataset = build_dataset("lalonde", files, {"sample": sample, "controls": controls}, 0)
    groups = [("train", 1), ("train", 0), ("test", 0)]
    earnings = [dataset.inputs[s][dataset.labels[s] == group, -1] for s, group in groups]
    assert tuple(len(own) for own in earnings) == people
    assert [own.mean() for own in earnings] == pytest.approx(means, abs=0.005)
    assert dataset.inputs["train"].shape[1] == (9 if sample == "dehejia_wahba" else 8)
