"""Faults of `bayes` that no single key shows.

What hangs on the number of training images (a cycle longer than a run, a rank beyond the averages)
is found out by the stage that reads them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.bayes_names import VARIATIONAL
from vicinal_workflow.entry_names import unknown_entry

Config = Mapping[str, Any]


def wrong_bayes_references(config: Config) -> Iterator[str]:
    """Names that no entry bears, and experiments that are named twice."""
    experiments = config["bayes"]["experiments"]
    for name, experiment in experiments.items():
        for key, where in (
            ("dataset", "datasets"),
            ("out_of_distribution", "datasets"),
            ("initial", "backbones"),
        ):
            path = f"bayes.experiments.{name}.{key}"
            yield from unknown_entry(path, experiment[key], config[where], where)
    named = {f"bayes.rows.{row}": name for row, name in config["bayes"]["rows"].items()}
    for number, name in enumerate(config["bayes"]["further"]):
        named[f"bayes.further.{number}"] = name
    first: dict[str, str] = {}
    for path, name in named.items():
        if name is None:
            continue
        yield from unknown_entry(path, name, experiments, "bayes.experiments")
        if first.setdefault(name, path) != path:
            yield f"{path}: {name!r} is not allowed; {first[name]} names it already"


def unfit_bayes(config: Config, holds: Mapping[str, Config]) -> Iterator[str]:
    """Data, backbones and settings that do not go together.

    holds : data set -> `inputs` and `classes` of it, empty where only reading it tells.
    """
    for name, experiment in config["bayes"]["experiments"].items():
        path = f"bayes.experiments.{name}"
        yield from _unfit_data(path, experiment, holds)
        if experiment["initial"] is not None:
            backbone = config["backbones"][experiment["initial"]]
            yield from _unfit_initial(f"{path}.initial", experiment, backbone)
        yield from _unfit_rates(path, experiment)
        yield from _unfit_numbers(path, experiment)


def _unfit_data(path: str, experiment: Config, holds: Mapping[str, Config]) -> Iterator[str]:
    dataset, other = experiment["dataset"], experiment["out_of_distribution"]
    for key, name in (("dataset", dataset), ("out_of_distribution", other)):
        inputs = "image" if name is None else holds[name].get("inputs", "image")
        if inputs != "image":
            yield (
                f"{path}.{key}: {name!r} is not allowed; it holds inputs of kind {inputs}, needed "
                "are images"
            )
    if holds[dataset].get("classes") == 0:
        yield f"{path}.dataset: {dataset!r} is not allowed; it holds values, needed are classes"
    if dataset == other:
        yield f"{path}.out_of_distribution: {other!r} is not allowed; it is the data set itself"


def _unfit_initial(path: str, experiment: Config, backbone: Config) -> Iterator[str]:
    start = f"{path}: {experiment['initial']!r} is not allowed; its"
    keys = ["dataset", "architecture"]
    if experiment["architecture"] == backbone["architecture"] == "vgg":
        keys += ["width", "batch_norm"]
    for key in keys:
        if backbone[key] != experiment[key]:
            word = {"dataset": "data set"}.get(key, key)
            yield f"{start} {word} is {backbone[key]!r}, the experiment's {experiment[key]!r}"
    networks = backbone.get("networks", 1)
    if networks < experiment["repetitions"]:
        yield f"{start} networks are {networks}, the repetitions {experiment['repetitions']}"


def _unfit_rates(path: str, experiment: Config) -> Iterator[str]:
    kept, samples = experiment["sgld"]["snapshots"], experiment["samples"]
    if kept < 2 * samples:
        # With one more every second goes.
        yield (
            f"{path}.sgld.snapshots: {kept} is not allowed; allowed is twice samples, "
            f"{2 * samples}, or more"
        )
    for method in ("hwa", "swa"):
        settings = experiment[method]
        lower, upper, rank = (settings[key] for key in ("lower", "upper", "rank"))
        if settings["rates"] == "cyclical" and lower > upper:
            yield (
                f"{path}.{method}.lower: {lower} is not allowed; allowed is at most upper, {upper}"
            )
        if rank == 1:
            yield f"{path}.{method}.rank: 1 is not allowed; allowed are 0 and integers from 2"
    variance, rank = experiment["hwa"]["variance"], experiment["hwa"]["rank"]
    if rank and variance not in ("total", "between"):
        yield (
            f"{path}.hwa.rank: {rank} is not allowed with variance: {variance}; it is of the "
            "variance between iterates (total, between)"
        )


def _unfit_numbers(path: str, experiment: Config) -> Iterator[str]:
    for key, most in (("curve_samples", "samples"), ("kl_warm_up", "start_epochs")):
        where = "" if key in experiment else f"{VARIATIONAL}."
        number = experiment[key] if key in experiment else experiment[VARIATIONAL][key]
        if number > experiment[most]:
            yield (
                f"{path}.{where}{key}: {number} is not allowed; allowed is at most {most}, "
                f"{experiment[most]}"
            )
    # A plane is laid through the start and the iterates that are recorded.
    points = 1 + math.ceil(experiment["epochs"] / experiment["record_every"])
    if experiment["surface"] is not None and points < 3:
        yield (
            f"{path}.surface: not allowed with {points} recorded iterates; needed are 3, of 2 "
            "records of `epochs` and the start"
        )
