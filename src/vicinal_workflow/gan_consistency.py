"""Faults of `gradients.gan` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry


def wrong_gan_references(config: Mapping[str, Any]) -> Iterator[str]:
    """A data set or backbone that no entry bears."""
    gan = config["gradients"]["gan"]
    if gan is None:
        return
    for key, where in (("dataset", "datasets"), ("backbone", "backbones")):
        yield from unknown_entry(f"gradients.gan.{key}", gan[key], config[where], where)


def unfit_gan(
    config: Mapping[str, Any], inputs: str | None, image_networks: tuple[str, ...]
) -> Iterator[str]:
    """Data without images, and a backbone of other data or without features of images.

    inputs : what the data set holds, None where only reading it tells.
    image_networks : the architectures that turn images into features.
    """
    gan = config["gradients"]["gan"]
    if inputs not in (None, "image"):
        yield (
            f"gradients.gan.dataset: {gan['dataset']!r} is not allowed; it holds inputs of kind "
            f"{inputs}, needed are images"
        )
    if gan["backbone"] is None:
        return
    backbone, path = config["backbones"][gan["backbone"]], "gradients.gan.backbone"
    if backbone["dataset"] != gan["dataset"]:
        yield (
            f"{path}: {gan['backbone']!r} is not allowed; its data set is {backbone['dataset']!r}, "
            f"needed is one of {gan['dataset']!r}"
        )
    if backbone["architecture"] not in image_networks:
        yield (
            f"{path}: {gan['backbone']!r} is not allowed; its architecture is "
            f"{backbone['architecture']}, allowed are {', '.join(image_networks)}"
        )
