"""Documents to compare centroids on: drawn on known topics, or halves of a corpus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vicinal.data.topic_documents import TopicSettings, draw_documents, draw_topics
from vicinal.witness.document_embedding import embed_documents

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DocumentSample:
    """Embedded documents: some to learn from, others to measure on.

    points, labels : (N, q) and (N,), classes 0, ..., K - 1, all of which occur.
    held_out, held_out_labels : (M, q) and (M,).
    outliers, held_out_outliers : (N,) and (M,), which of them belong to no class; None if unknown.
    reference : (K, q) the true centres of the classes; None if unknown.
    """

    points: FloatArray
    labels: IntArray
    held_out: FloatArray
    held_out_labels: IntArray
    outliers: BoolArray | None = None
    held_out_outliers: BoolArray | None = None
    reference: FloatArray | None = None

    @property
    def classes(self) -> int:
        """K."""
        return int(self.labels.max()) + 1


class DocumentSource(Protocol):
    """Where the documents of a repetition come from."""

    def samples(self, rng: np.random.Generator) -> list[DocumentSample]:
        """The samples of one repetition, whose scores are averaged."""


@dataclass(frozen=True)
class DrawnDocuments:
    """New topics and new documents on them in each repetition, embedded by the training documents.

    n_train, n_test : documents to learn from, and to measure on.
    n_reference : regular documents of each topic, drawn for no other purpose, whose mean stands
        for the topic's true centre.
    components : dimensions of the embedding.
    """

    topics: TopicSettings
    n_train: int
    n_test: int
    n_reference: int
    components: int

    def samples(self, rng: np.random.Generator) -> list[DocumentSample]:
        """One sample. Raises ValueError where a topic has no training document."""
        topics = draw_topics(self.topics, rng)
        sizes = (self.n_train, self.n_test)
        train, test = (draw_documents(size, topics, self.topics, rng) for size in sizes)
        if len(np.unique(train.labels)) < len(topics):
            raise ValueError(
                f"among {self.n_train} documents one of {len(topics)} topics does not occur; ask "
                "for more documents, or fewer topics"
            )
        embedding = embed_documents(train.counts, self.components)
        reference = [
            draw_documents(self.n_reference, topics, self.topics, rng, regular=True, topic=number)
            for number in range(len(topics))
        ]
        sample = DocumentSample(
            embedding.place(train.counts),
            train.labels,
            embedding.place(test.counts),
            test.labels,
            train.outliers,
            test.outliers,
            np.stack([embedding.place(own.counts).mean(axis=0) for own in reference]),
        )
        return [sample]


@dataclass(frozen=True)
class CorpusHalves:
    """A corpus, embedded once as a whole, without its labels, and split anew in each repetition.

    points, labels : (N, q) and (N,), classes 0, ..., K - 1.
    """

    points: FloatArray
    labels: IntArray

    @classmethod
    def of_words(cls, words: FloatArray, labels: IntArray, components: int) -> CorpusHalves:
        """A corpus of documents (N, words) with classes (N,).

        Raises ValueError as `embed_documents` does, and for a class with fewer than two documents.
        """
        sizes = np.bincount(labels)
        if sizes.min() < 2:
            raise ValueError(
                f"class {int(sizes.argmin())}, from 0, has {int(sizes.min())} documents; halves "
                "need one each"
            )
        return cls(embed_documents(words, components).place(words), labels)

    def samples(self, rng: np.random.Generator) -> list[DocumentSample]:
        """Two: a random half of each class, measured on the other half, and the reverse.

        Of a class of an odd size, chance decides which half has one more.
        """
        first = np.zeros(len(self.labels), dtype=bool)
        for number in range(int(self.labels.max()) + 1):
            own = rng.permutation(np.flatnonzero(self.labels == number))
            first[own[: (len(own) + int(rng.integers(2))) // 2]] = True
        halves = [(self.points[own], self.labels[own]) for own in (first, ~first)]
        return [DocumentSample(*halves[0], *halves[1]), DocumentSample(*halves[1], *halves[0])]
