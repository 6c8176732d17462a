"""Documents of known topics, some of which belong to none, as counts of words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vicinal.data.dataset import Dataset

FloatArray = npt.NDArray[np.float64]
SPARSENESS = 0.05  # of the Dirichlet distribution that topics are drawn from


@dataclass(frozen=True)
class TopicSettings:
    """How documents are made.

    topics, words : number of topics, and of words in the vocabulary.
    length : mean number of words of a document.
    topical : share of a document's words that are of its subject; the others are of a background
        that all documents have in common.
    second : mean share, among these, of a second topic, another one in each document.
    outliers : share of the documents whose subject is no topic.
    Raises ValueError for numbers that no documents can be made by.
    """

    topics: int = 8
    words: int = 400
    length: float = 80.0
    topical: float = 0.4
    second: float = 0.2
    outliers: float = 0.15

    def __post_init__(self) -> None:
        if self.topics < 2 or self.words < self.topics or self.length < 1:
            raise ValueError(
                f"{self.topics} topics, {self.words} words and a mean length of {self.length}; "
                "allowed are two topics or more, as many words at least, and a length from 1"
            )
        for name in ("topical", "second", "outliers"):
            share = getattr(self, name)
            if not 0 <= share < 1 or (name == "topical" and share == 0):
                raise ValueError(f"{name} is {share}; allowed is from 0 (topical: above) to 1")


@dataclass(frozen=True)
class TopicDocuments:
    """Documents and what is known of them.

    counts : float64 (N, words), whole numbers, none of the rows empty.
    labels : int64 (N,), the recorded topic; an outlier's is drawn from all alike.
    outliers : bool (N,).
    """

    counts: FloatArray
    labels: npt.NDArray[np.int64]
    outliers: npt.NDArray[np.bool_]


def topic_documents(
    n_train: int = 400,
    n_test: int = 400,
    settings: TopicSettings | None = None,
    seed: int = 0,
) -> Dataset:
    """Counts of words float64 (N, words), the recorded topics as int64 labels (N,).

    Outliers are in both splits, under random labels; `draw_documents` says which they are.
    Raises ValueError for a split without a document.
    """
    settings = settings if settings is not None else TopicSettings()
    if min(n_train, n_test) < 1:
        raise ValueError(f"n_train is {n_train} and n_test {n_test}; each is at least 1")
    rng = np.random.default_rng(seed)
    topics = draw_topics(settings, rng)
    inputs, labels = {}, {}
    for split, size in (("train", n_train), ("test", n_test)):
        drawn = draw_documents(size, topics, settings, rng)
        inputs[split], labels[split] = drawn.counts, drawn.labels
    names = tuple(f"topic {number}" for number in range(settings.topics))
    return Dataset("classification", inputs, labels, names)


def draw_topics(settings: TopicSettings, rng: np.random.Generator) -> FloatArray:
    """Probabilities of the words in each topic, (topics, words): sparse Dirichlet draws."""
    return rng.dirichlet(np.full(settings.words, SPARSENESS), size=settings.topics)


def draw_documents(
    size: int,
    topics: FloatArray,
    settings: TopicSettings,
    rng: np.random.Generator,
    *,
    regular: bool = False,
    topic: int | None = None,
) -> TopicDocuments:
    """So many documents on topics (topics, words), each drawn by itself.

    A document's words are drawn from (1 - topical) background + topical subject, the background
    falling as in Zipf's law. The subject is (1 - u) own topic + u second topic, u ~ Beta with mean
    `second` and a first parameter of 1; an outlier's is a distribution of its own, drawn as topics
    are. Lengths are gamma-Poisson (shape 4), one word at least.

    regular : leave outliers out.     topic : of all documents; None draws one for each.
    """
    labels = rng.integers(len(topics), size=size) if topic is None else np.full(size, topic)
    outliers = rng.random(size) < (0 if regular else settings.outliers)
    subjects = _blended(labels, topics, settings.second, rng)
    own = np.full(topics.shape[1], SPARSENESS)
    subjects[outliers] = rng.dirichlet(own, size=int(outliers.sum()))
    background = 1 / (np.arange(topics.shape[1]) + 3)
    background /= background.sum()
    words = (1 - settings.topical) * background + settings.topical * subjects
    lengths = np.maximum(rng.poisson(rng.gamma(4, settings.length / 4, size=size)), 1)
    counts = rng.multinomial(lengths, words / words.sum(axis=1, keepdims=True))
    return TopicDocuments(counts.astype(np.float64), labels.astype(np.int64), outliers)


def _blended(
    labels: npt.NDArray[np.int64], topics: FloatArray, second: float, rng: np.random.Generator
) -> FloatArray:
    """Subjects (N, words) of documents whose words are in part those of a second topic."""
    others = (labels + rng.integers(1, len(topics), size=len(labels))) % len(topics)
    shares = rng.beta(1, 1 / second - 1, size=len(labels)) if second > 0 else np.zeros(len(labels))
    blended: FloatArray = (1 - shares[:, None]) * topics[labels] + shares[:, None] * topics[others]
    return blended
