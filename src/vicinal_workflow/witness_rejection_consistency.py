"""Faults of `witness.rejection` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry


def wrong_rejection_references(config: Mapping[str, Any]) -> Iterator[str]:
    """Experiments and backbones that no entry bears."""
    rejection = config["witness"]["rejection"]
    if rejection is None:
        return
    experiments, backbones = rejection["experiments"], config["backbones"]
    named = {"figure4": rejection["figure4"]}
    named |= {f"further.{number}": name for number, name in enumerate(rejection["further"])}
    where = "witness.rejection.experiments"
    for key, name in named.items():
        yield from unknown_entry(f"witness.rejection.{key}", name, experiments, where)
    for name, own in experiments.items():
        yield from unknown_entry(
            f"{where}.{name}.backbone", own["backbone"], backbones, "backbones"
        )


def unfit_rejection(
    config: Mapping[str, Any],
    holds: Mapping[str, Mapping[str, Any]],
    networks: tuple[str, ...],
) -> Iterator[str]:
    """Backbones that predict no classes, points that are none, components that are too many.

    holds : data set -> what is known of it: `classes`, 0 for values.
    networks : the architectures that have a last layer of their own.
    """
    rejection = config["witness"]["rejection"]
    for name, own in {} if rejection is None else rejection["experiments"].items():
        path = f"witness.rejection.experiments.{name}"
        backbone = config["backbones"][own["backbone"]]
        if backbone["architecture"] not in networks:
            yield (
                f"{path}.backbone: {own['backbone']!r} is not allowed; its architecture is "
                f"{backbone['architecture']}, which predicts nothing; allowed are "
                f"{', '.join(networks)}"
            )
        if holds[backbone["dataset"]].get("classes") == 0:
            yield (
                f"{path}.backbone: {own['backbone']!r} is not allowed; its data set "
                f"{backbone['dataset']!r} holds values, needed are classes"
            )
        data = config["datasets"][backbone["dataset"]]
        if own["held_out"] == 0 and data.get("validation") == 0:
            yield (
                f"{path}.held_out: 0 is not allowed; the data set {backbone['dataset']!r} has no "
                "validation split, so that sigma must be chosen on a share of the test points"
            )
