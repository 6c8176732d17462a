"""Faults of `witness.treatment` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry


def wrong_treatment_references(config: Mapping[str, Any]) -> Iterator[str]:
    """Data sets that no entry bears."""
    treatment, datasets = config["witness"]["treatment"], config["datasets"]
    for name, study in {} if treatment is None else treatment["studies"].items():
        path = f"witness.treatment.studies.{name}.dataset"
        yield from unknown_entry(path, study["dataset"], datasets, "datasets")


def unfit_treatment(
    config: Mapping[str, Any], holds: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Data that are no table of two classes, or that are changed: people left out, groups mixed.

    holds : data set -> `inputs` and `classes` of it, empty where only reading it tells.
    """
    treatment = config["witness"]["treatment"]
    for name, study in {} if treatment is None else treatment["studies"].items():
        path, dataset = f"witness.treatment.studies.{name}", study["dataset"]
        inputs, classes = (holds[dataset].get(key) for key in ("inputs", "classes"))
        if inputs not in (None, "table") or classes not in (None, 2):
            what = "values" if classes == 0 else f"{classes} classes"
            yield (
                f"{path}.dataset: {dataset!r} is not allowed; it holds inputs of kind {inputs} and "
                f"{what}, needed are a table and two classes, control and treated"
            )
            continue
        data = config["datasets"][dataset]
        for key in ("validation", "label_noise"):
            if data[key] != 0:
                yield (
                    f"{path}.dataset: {dataset!r} is not allowed with {key} {data[key]}; needed "
                    "is 0, as all people of a study count, in their own group"
                )
