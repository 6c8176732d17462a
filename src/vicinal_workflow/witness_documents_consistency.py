"""Faults of `witness.documents` that no single key shows.

What hangs on the documents themselves (a class with too few of them) is found out by the stage that
reads or draws them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry
from vicinal_workflow.witness_documents_names import DRAWN_KIND

Config = Mapping[str, Any]


def wrong_documents_references(config: Config) -> Iterator[str]:
    """A data set that no entry bears."""
    documents = config["witness"]["documents"]
    if documents is not None:
        path = "witness.documents.dataset"
        yield from unknown_entry(path, documents["dataset"], config["datasets"], "datasets")


def unfit_documents(config: Config, holds: Mapping[str, Config]) -> Iterator[str]:
    """Data that are no classes of documents, or too small for the embedding.

    holds : data set -> `inputs` and `classes` of it, empty where only reading it tells.
    """
    documents = config["witness"]["documents"]
    if documents is None:
        return
    name = documents["dataset"]
    data, held = config["datasets"][name], holds[name]
    path = f"witness.documents.dataset: {name!r} is not allowed"
    if held.get("inputs", "table") != "table":
        yield f"{path}; it holds inputs of kind {held['inputs']}, needed is a table of words"
    if held.get("classes") == 0 or data.get("task") == "regression":
        yield f"{path}; it holds values, needed are classes"
    if data["kind"] != DRAWN_KIND:
        return
    if data["label_noise"] > 0:
        yield (
            f"datasets.{name}.label_noise: only 0 is allowed; `witness.documents` draws these "
            "documents itself, and `outliers` have wrong labels"
        )
    most = min(data["n_train"], data["words"]) - 1
    if documents["components"] > most:
        yield (
            f"witness.documents.components: {documents['components']} is not allowed; documents "
            f"of datasets.{name} allow at most {most}"
        )
