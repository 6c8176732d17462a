"""Faults of a configuration that no single key shows: names of nothing, settings at odds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.bayes_consistency import unfit_bayes, wrong_bayes_references
from vicinal_workflow.entry_names import unknown_entry
from vicinal_workflow.gan_consistency import unfit_gan, wrong_gan_references
from vicinal_workflow.label_checks import unfit_to_labels
from vicinal_workflow.ridge_consistency import unfit_ridge
from vicinal_workflow.sampling_consistency import unfit_samplings, wrong_sampling_references
from vicinal_workflow.sampling_plan import SAMPLING_TABLES
from vicinal_workflow.search_consistency import unfit_search
from vicinal_workflow.surrogate_consistency import unfit_surrogates
from vicinal_workflow.witness_documents_consistency import (
    unfit_documents,
    wrong_documents_references,
)
from vicinal_workflow.witness_latent_consistency import unfit_latent, wrong_latent_references
from vicinal_workflow.witness_rejection_consistency import (
    unfit_rejection,
    wrong_rejection_references,
)
from vicinal_workflow.witness_tests_consistency import unfit_tests, wrong_tests_references
from vicinal_workflow.witness_toy_consistency import unfit_toy
from vicinal_workflow.witness_treatment_consistency import (
    unfit_treatment,
    wrong_treatment_references,
)

IMAGE_NETWORKS = ("lenet5", "resnet20", "vgg")
INPUTS_OF = {
    "none": "table",
    "mlp": "table",
    "lenet5": "image",
    "resnet20": "image",
    "vgg": "image",
    "tiny_bert": "text",
}


def wrong_references(config: Mapping[str, Any]) -> Iterator[str]:
    """Names that no entry bears, and settings that need one another."""
    datasets, backbones = config["datasets"], config["backbones"]
    experiments = config["vbsw"]["experiments"]
    for name, backbone in backbones.items():
        yield from unknown_entry(
            f"backbones.{name}.dataset", backbone["dataset"], datasets, "datasets"
        )
        yield from _source_needs(f"backbones.{name}", backbone)
    for name, experiment in experiments.items():
        path = f"vbsw.experiments.{name}.backbone"
        yield from unknown_entry(path, experiment["backbone"], backbones, "backbones")
    yield from wrong_sampling_references(config)
    yield from wrong_gan_references(config)
    yield from wrong_bayes_references(config)
    yield from wrong_latent_references(config)
    yield from wrong_rejection_references(config)
    yield from wrong_documents_references(config)
    yield from wrong_tests_references(config)
    yield from wrong_treatment_references(config)
    for table, rows in config["vbsw"]["tables"].items():
        for row, name in rows.items():
            if name is not None and table not in SAMPLING_TABLES:
                path = f"vbsw.tables.{table}.{row}"
                yield from unknown_entry(path, name, experiments, "vbsw.experiments")
    for name, grid in config["vbsw"]["grids"].items():
        path = f"vbsw.grids.{name}"
        yield from unknown_entry(
            f"{path}.experiment", grid["experiment"], experiments, "vbsw.experiments"
        )
        yield from _falling_axes(path, grid)
        if experiments.get(grid["experiment"], {}).get("density", "none") != "none":
            yield f"{path}.experiment: grids are made with density: none only"
    for row, name in config["vbsw"]["figure6"].items():
        if name is not None:
            yield from unknown_entry(
                f"vbsw.figure6.{row}", name, config["vbsw"]["grids"], "vbsw.grids"
            )
    for number, name in enumerate(config["vbsw"]["further"]):
        yield from unknown_entry(f"vbsw.further.{number}", name, experiments, "vbsw.experiments")


def _falling_axes(path: str, grid: Mapping[str, Any]) -> Iterator[str]:
    for axis in ("m", "k"):
        low, high, count = (grid[axis][key] for key in ("from", "to", "count"))
        if low > high or (low == high and count > 1):
            yield f"{path}.{axis}: from {low} to {high} are no {count} values; `to` must be above"


_NEEDED = {
    "hub": ["hub_revision"],
    "folder": ["folder"],
    "checkpoint": ["checkpoint", "mean", "std"],
}


def _source_needs(path: str, backbone: Mapping[str, Any]) -> Iterator[str]:
    for key in _NEEDED.get(backbone.get("source", ""), []):
        if backbone[key] is None:
            yield f"{path}.{key}: null is not allowed with source: {backbone['source']}; set it"


def unfit_settings(config: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Settings that are allowed each, but not together.

    What a kind of data set holds is said by `x-holds` of its case in the schema; kinds without it
    (a user's own files) are found out when they are read.
    """
    cases = schema["properties"]["datasets"]["additionalProperties"]["x-cases"]
    for name, data in config["datasets"].items():
        if data["label_noise"] > 0 and _holds(data, cases).get("classes") == 0:
            yield f"datasets.{name}.label_noise: only 0 is allowed; the data hold values"
    for name, backbone in config["backbones"].items():
        data = config["datasets"][backbone["dataset"]]
        yield from _unfit_backbone(f"backbones.{name}", backbone, _holds(data, cases))
        yield from _unfit_weighting(f"backbones.{name}", backbone, data, _holds(data, cases))
    for name, experiment in config["vbsw"]["experiments"].items():
        data = config["datasets"][config["backbones"][experiment["backbone"]]["dataset"]]
        path = f"vbsw.experiments.{name}"
        yield from _unfit_experiment(path, experiment, _holds(data, cases))
    yield from unfit_samplings(config)
    yield from unfit_ridge(config)
    gan = config["gradients"]["gan"]
    if gan is not None:
        held = _holds(config["datasets"][gan["dataset"]], cases).get("inputs")
        yield from unfit_gan(config, held, IMAGE_NETWORKS)
    latent = config["witness"]["latent"]
    if latent is not None:
        held = _holds(config["datasets"][latent["dataset"]], cases)
        yield from unfit_latent(config, held, IMAGE_NETWORKS)
    yield from unfit_surrogates(config)
    yield from unfit_search(config)
    yield from unfit_toy(config)
    holds = {name: _holds(data, cases) for name, data in config["datasets"].items()}
    yield from unfit_bayes(config, holds)
    yield from unfit_rejection(config, holds, (*IMAGE_NETWORKS, "mlp"))
    yield from unfit_documents(config, holds)
    yield from unfit_tests(config, holds)
    yield from unfit_treatment(config, holds)


def _holds(data: Mapping[str, Any], cases: Mapping[str, Any]) -> Mapping[str, Any]:
    """`inputs` and `classes` (0 for values) of a data set, empty where unknown."""
    holds = dict(cases[data["kind"]].get("x-holds", {}))
    if isinstance(holds.get("classes"), dict):
        holds["classes"] = holds["classes"][data["task"]]
    if data.get("task") == "regression":
        holds["classes"] = 0
    return holds


def _unfit_backbone(
    path: str, backbone: Mapping[str, Any], holds: Mapping[str, Any]
) -> Iterator[str]:
    architecture = backbone["architecture"]
    needed, given = INPUTS_OF.get(architecture), holds.get("inputs")
    if needed and given and needed != given:
        yield (
            f"{path}.architecture: {architecture!r} takes inputs of kind {needed}, and the data "
            f"set {backbone['dataset']!r} holds {given}"
        )
    if backbone.get("source") == "checkpoint":
        if architecture != "resnet20":
            yield f"{path}.source: 'checkpoint' is not allowed; only a resnet20 is converted"
        if backbone["networks"] != 1:
            yield f"{path}.networks: {backbone['networks']} is not allowed; a checkpoint is one"
    if architecture == "tiny_bert" and backbone["source"] == "pretrain":
        longest = backbone["pretraining"]["max_length"]
        if longest > backbone["max_length"]:
            yield (
                f"{path}.pretraining.max_length: {longest} is not allowed; allowed is at most "
                f"max_length, {backbone['max_length']}"
            )


def _unfit_weighting(
    path: str, backbone: Mapping[str, Any], data: Mapping[str, Any], holds: Mapping[str, Any]
) -> Iterator[str]:
    training = backbone.get("training", {})
    if training.get("weighting") == "active_bias" and training["burn_in"] + 3 > training["epochs"]:
        yield (
            f"{path}.training.burn_in: {training['burn_in']} is not allowed; weights first differ "
            f"in epoch burn_in + 3, and there are {training['epochs']}"
        )
    values = holds.get("classes") == 0 or data.get("task") == "regression"
    if values and backbone.get("training", {}).get("weighting") == "active_bias":
        yield (
            f"{path}.training.weighting: 'active_bias' is of classes, and the data set "
            f"{backbone['dataset']!r} holds values; allowed is uniform"
        )


def _unfit_experiment(
    path: str, experiment: Mapping[str, Any], holds: Mapping[str, Any]
) -> Iterator[str]:
    classes = holds.get("classes")
    if holds.get("inputs") == "text" and "input_space" in experiment["compare_with"]:
        yield f"{path}.compare_with: 'input_space' is for images and tables, the data hold text"
    if classes is not None:
        yield from unfit_to_labels(path, experiment, classes)
