"""Faults of `witness.latent` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry


def wrong_latent_references(config: Mapping[str, Any]) -> Iterator[str]:
    """A data set or backbone that no entry bears."""
    latent = config["witness"]["latent"]
    if latent is None:
        return
    for key, where in (("dataset", "datasets"), ("backbone", "backbones")):
        yield from unknown_entry(f"witness.latent.{key}", latent[key], config[where], where)


def unfit_latent(
    config: Mapping[str, Any], holds: Mapping[str, Any], image_networks: tuple[str, ...]
) -> Iterator[str]:
    """Data that are no images with classes, and a backbone that cannot judge images of them.

    holds : what the data set holds, as its kind says; empty where only reading it tells.
    image_networks : the architectures that judge images.
    """
    latent, path = config["witness"]["latent"], "witness.latent"
    if holds.get("inputs", "image") != "image" or holds.get("classes") == 0:
        values = "values" if holds.get("classes") == 0 else "classes"
        yield (
            f"{path}.dataset: {latent['dataset']!r} is not allowed; it holds inputs of kind "
            f"{holds.get('inputs', 'unknown')} with {values}, needed are images with classes"
        )
    backbone = config["backbones"][latent["backbone"]]
    if backbone["dataset"] != latent["dataset"]:
        yield (
            f"{path}.backbone: {latent['backbone']!r} is not allowed; its data set is "
            f"{backbone['dataset']!r}, needed is one of {latent['dataset']!r}"
        )
    if backbone["architecture"] not in image_networks:
        yield (
            f"{path}.backbone: {latent['backbone']!r} is not allowed; its architecture is "
            f"{backbone['architecture']}, allowed are {', '.join(image_networks)}"
        )
