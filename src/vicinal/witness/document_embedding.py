"""Documents as points: tf-idf, and the leading directions of its singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse.linalg import svds

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DocumentEmbedding:
    """Where documents lie, as learned from some of them.

    rarity : (words,) inverse document frequencies.     mean : (words,) of their tf-idf vectors.
    directions : (words, components), orthonormal, the one of most variance first.
    """

    rarity: FloatArray
    mean: FloatArray
    directions: FloatArray

    def place(self, words: npt.ArrayLike) -> FloatArray:
        """Points (N, components) of documents (N, words), counts or relative frequencies alike.

        Raises ValueError for another number of words, negative numbers and documents without a
        word.
        """
        checked = _checked(words)
        if checked.shape[1] != len(self.rarity):
            raise ValueError(
                f"documents of {checked.shape[1]} words; the embedding has {len(self.rarity)}"
            )
        points: FloatArray = (_weighted(checked, self.rarity) - self.mean) @ self.directions
        return points


def embed_documents(words: npt.ArrayLike, components: int) -> DocumentEmbedding:
    """The embedding that documents (N, words) give, as counts or relative frequencies.

    A document's vector is tf * idf over its Euclidean length, with tf the relative frequencies of
    its words and idf = 1 + log((1 + N) / (1 + documents with the word)). The points are its
    coordinates on the leading right singular vectors of these vectors less their mean (without
    that the first coordinate would be what all documents have in common). Each direction's sign is
    that of its largest entry.

    Raises ValueError as `DocumentEmbedding.place` does, and for as many components as documents or
    words, or more.
    """
    checked = _checked(words)
    most = min(checked.shape) - 1
    if not 1 <= components <= most:
        raise ValueError(
            f"{components} components of {len(checked)} documents of {checked.shape[1]} words; "
            f"allowed are 1 to {most}"
        )
    rarity = 1 + np.log((1 + len(checked)) / (1 + (checked > 0).sum(axis=0)))
    vectors = _weighted(checked, rarity)
    mean = vectors.mean(axis=0)
    # A start that is given, and not random, makes the iteration give the same on every run.
    start = np.random.default_rng(0).standard_normal(min(checked.shape))
    _, strength, rows = svds(vectors - mean, k=components, v0=start)
    directions = rows[np.argsort(-strength)].T
    largest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[largest, np.arange(components)])
    return DocumentEmbedding(rarity, mean, directions * signs)


def _checked(words: npt.ArrayLike) -> FloatArray:
    array = np.asarray(words, dtype=np.float64)
    if array.ndim != 2:
        raise ValueError(f"documents have shape {array.shape}; needed are (documents, words)")
    bad = ~np.isfinite(array).all(axis=1) | (array < 0).any(axis=1) | ~array.any(axis=1)
    if bad.any():
        raise ValueError(
            f"document {int(bad.argmax())}, from 0, has no word, or numbers that are negative or "
            "not finite; needed are counts or frequencies of words"
        )
    return array


def _weighted(words: FloatArray, rarity: FloatArray) -> FloatArray:
    vectors = words / words.sum(axis=1, keepdims=True) * rarity
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
