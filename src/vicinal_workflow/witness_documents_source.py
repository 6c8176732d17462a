"""Documents and witness functions as the settings of `witness.documents` describe them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vicinal.data.dataset import Dataset
from vicinal.data.topic_documents import TopicSettings
from vicinal.witness.document_samples import CorpusHalves, DocumentSource, DrawnDocuments
from vicinal.witness.document_significance import WitnessSettings


def drawn_source(documents: Mapping[str, Any], generated: Mapping[str, Any]) -> DocumentSource:
    """Documents on topics that every repetition draws anew.

    documents : completed settings of `witness.documents`.
    generated : options of its data set, of kind `topic_documents`.
    """
    sizes = {key: generated[key] for key in ("n_train", "n_test")}
    topics = TopicSettings(**{key: generated[key] for key in generated if key not in sizes})
    return DrawnDocuments(
        topics, **sizes, n_reference=documents["reference"], components=documents["components"]
    )


def corpus_source(documents: Mapping[str, Any], dataset: Dataset) -> DocumentSource:
    """A corpus that every repetition splits anew, all splits of its data set together."""
    inputs, labels = (
        np.concatenate([arrays[split] for split in dataset.splits])
        for arrays in (dataset.inputs, dataset.labels)
    )
    return CorpusHalves.of_words(inputs, labels, documents["components"])


def witness_settings(documents: Mapping[str, Any]) -> WitnessSettings:
    """The witness functions of the completed settings of `witness.documents`."""
    same = {key: documents[key] for key in ("n", "sigma", "threshold_factor")}
    return WitnessSettings(**same, n_permutations=documents["permutations"])
