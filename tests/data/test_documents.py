"""Documents as tables of words: the public file of Science News, and generated ones."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vicinal.data.build import build_dataset
from vicinal.data.science_news import CLASS_NAMES, NEAR_DUPLICATES, SHAPE, science_news
from vicinal.data.topic_documents import (
    TopicSettings,
    draw_documents,
    draw_topics,
    topic_documents,
)


def written(path: Path, matrix: np.ndarray, numbers: np.ndarray) -> Path:
    words = np.array(["a", "b"], dtype=object)  # pickled, as in the public file
    np.savez(path, matrix=matrix, doc_class=numbers, words=words)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_science_news_reads_documents_as_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    matrix, numbers = rng.random(SHAPE), rng.integers(1, 9, (1, SHAPE[1])).astype(np.uint8)
    path = written(tmp_path / "SN_basic.npz", matrix, numbers)
    for repeats, kept in (
        (True, np.arange(SHAPE[1])),
        (False, np.setdiff1d(np.arange(SHAPE[1]), NEAR_DUPLICATES)),
    ):
        dataset = science_news(path, repeats, 0.25, seed=3)
        rows = np.concatenate([dataset.inputs[split] for split in ("train", "test")])
        labels = np.concatenate([dataset.labels[split] for split in ("train", "test")])
        assert len(dataset.labels["test"]) == -(-len(kept) // 4)
        order, expected = np.argsort(rows[:, 0]), kept[np.argsort(matrix[0, kept])]
        np.testing.assert_array_equal(rows[order], matrix.T[expected])
        np.testing.assert_array_equal(labels[order], numbers[0, expected].astype(int) - 1)
    assert dataset.class_names == CLASS_NAMES
    assert dataset.input_kind == "table"


def test_science_news_refuses_other_files(tmp_path: Path) -> None:
    matrix, numbers = np.ones(SHAPE), np.ones(SHAPE[1], dtype=np.uint8)
    with pytest.raises(ValueError, match=r"matrix \(2, 3\) and doc_class"):
        science_news(written(tmp_path / "a.npz", np.ones((2, 3)), numbers))
    with pytest.raises(ValueError, match="doc_class: allowed are 1 to 8"):
        science_news(written(tmp_path / "b.npz", matrix, numbers * 9))
    np.savez(tmp_path / "c.npz", matrix=np.array([None]), doc_class=numbers)
    with pytest.raises(ValueError, match=r"c\.npz: array matrix cannot be read"):
        science_news(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", matrix=matrix)
    with pytest.raises(ValueError, match="array doc_class cannot be read"):
        science_news(tmp_path / "d.npz")
    (tmp_path / "e.npz").write_bytes(b"no archive")
    with pytest.raises(ValueError, match="array matrix cannot be read"):
        science_news(tmp_path / "e.npz")


def test_headers_of_python_2_are_read_without_a_word(tmp_path: Path) -> None:
    numbers = np.ones(SHAPE[1], dtype=np.uint8)
    path = written(tmp_path / "SN_basic.npz", np.ones((2, 2)), numbers)
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({SHAPE[0]}L, {SHAPE[1]}L), }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("matrix.npy", start + np.ones(SHAPE).tobytes())
        archive.writestr("doc_class.npy", npy(numbers))
    with pytest.warns(UserWarning, match="Python 2"), np.load(path) as arrays:
        assert arrays["matrix"].shape == SHAPE
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert science_news(path, near_duplicates=True).inputs["train"].shape[1] == SHAPE[0]


def test_words_come_as_often_as_their_probabilities_say() -> None:
    """Counts of a topic's documents against the mixture that they are drawn from."""
    settings = TopicSettings(topics=3, words=30, length=200, topical=0.6, second=0.3, outliers=0.5)
    rng = np.random.default_rng(1)
    topics = draw_topics(settings, rng)
    np.testing.assert_allclose(topics.sum(axis=1), 1)
    drawn = draw_documents(4000, topics, settings, rng, regular=True, topic=1)
    assert not drawn.outliers.any()
    assert (drawn.labels == 1).all()
    background = 1 / (np.arange(30) + 3)
    background /= background.sum()
    others = (topics[0] + topics[2]) / 2
    expected = 0.4 * background + 0.6 * (0.7 * topics[1] + 0.3 * others)
    shares = drawn.counts.sum(axis=0) / drawn.counts.sum()
    # Documents differ in length and in their second topic; 4000 of them leave an error of 0.003.
    np.testing.assert_allclose(shares, expected, atol=0.015)
    assert drawn.counts.sum(axis=1).mean() == pytest.approx(200, rel=0.05)


def test_outliers_are_of_no_topic() -> None:
    settings = TopicSettings(topics=4, words=50, length=300, topical=0.9, second=0, outliers=0.25)
    rng = np.random.default_rng(2)
    topics = draw_topics(settings, rng)
    drawn = draw_documents(3000, topics, settings, rng)
    assert drawn.outliers.mean() == pytest.approx(0.25, abs=0.03)
    shares = drawn.counts / drawn.counts.sum(axis=1, keepdims=True)
    nearest = ((shares[:, None] - topics) ** 2).sum(axis=2).argmin(axis=1)
    regular = ~drawn.outliers
    assert (nearest == drawn.labels)[regular].mean() > 0.99
    assert (nearest == drawn.labels)[drawn.outliers].mean() == pytest.approx(0.25, abs=0.07)
    # All labels are drawn alike.
    np.testing.assert_allclose(np.bincount(drawn.labels[regular]) / regular.sum(), 0.25, atol=0.04)


def test_a_data_set_of_topics() -> None:
    options = {"n_train": 30, "n_test": 20, "topics": 3, "words": 40, "length": 1.0}
    first, again, other = (
        build_dataset("topic_documents", {}, options, seed) for seed in (3, 3, 2**70)
    )
    assert first.class_names == ("topic 0", "topic 1", "topic 2")
    assert [first.inputs[split].shape for split in first.splits] == [(30, 40), (20, 40)]
    assert all((array.sum(axis=1) >= 1).all() for array in first.inputs.values())
    np.testing.assert_array_equal(first.inputs["test"], again.inputs["test"])
    assert not np.array_equal(first.inputs["train"], other.inputs["train"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"topics": 1}, "1 topics"),
        ({"words": 7}, "7 words"),
        ({"length": 0.5}, "mean length of 0.5"),
        ({"topical": 0}, "topical is 0"),
        ({"outliers": 1}, "outliers is 1"),
        ({"second": -0.1}, "second is -0.1"),
    ],
)
def test_settings_that_make_no_documents(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TopicSettings(**settings)  # type: ignore[arg-type]


def test_a_split_without_documents() -> None:
    with pytest.raises(ValueError, match="n_test 0"):
        topic_documents(5, 0)
