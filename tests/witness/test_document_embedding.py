"""Documents as points, against scikit-learn's tf-idf and principal components."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer

from vicinal.witness.document_embedding import embed_documents


def documents(size=40, words=25, seed=0):
    rng = np.random.default_rng(seed)
    topics = rng.dirichlet(np.full(words, 0.2), 3)
    return rng.multinomial(60, topics[rng.integers(3, size=size)]).astype(float)


@pytest.mark.parametrize(("size", "words"), [(40, 25), (20, 60)])
def test_equals_scikit_learn(size, words):
    counts, others = documents(size, words), documents(15, words, seed=1)
    weigher = TfidfTransformer().fit(counts)
    dense = [weigher.transform(each).toarray() for each in (counts, others)]
    reduction = PCA(4, svd_solver="full").fit(dense[0])
    embedding = embed_documents(counts, 4)
    for own, theirs in zip((counts, others), dense, strict=True):
        points, expected = embedding.place(own), reduction.transform(theirs)
        # Up to the directions' signs.
        signs = np.sign((points * expected).sum(axis=0))
        np.testing.assert_allclose(points, signs * expected, atol=1e-10)
    assert (embedding.directions.max(axis=0) >= -embedding.directions.min(axis=0)).all()


def test_counts_and_frequencies_are_the_same():
    counts = documents()
    shares = counts / counts.sum(axis=1, keepdims=True)
    first, second = (embed_documents(each, 3).place(each) for each in (counts, shares))
    np.testing.assert_allclose(first, second, atol=1e-12)
    np.testing.assert_array_equal(first, embed_documents(counts, 3).place(counts))


def test_documents_that_are_none():
    counts = documents()
    for row, bad in ((3, 0.0), (5, np.nan), (7, -1.0)):
        wrong = counts.copy()
        wrong[row] = bad
        with pytest.raises(ValueError, match=f"document {row}, from 0"):
            embed_documents(wrong, 2)
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        embed_documents(np.ones(3), 2)
    with pytest.raises(ValueError, match="documents of 24 words; the embedding has 25"):
        embed_documents(counts, 2).place(counts[:, 1:])
    for components in (0, 25):
        with pytest.raises(ValueError, match=f"{components} components .* allowed are 1 to 24"):
            embed_documents(counts, components)
