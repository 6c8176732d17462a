"""Faults of `gradients.problems` and of what rests on them that no single key shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry

Config = Mapping[str, Any]


def unfit_surrogates(config: Config) -> Iterator[str]:
    """Names of no problem, samples beyond the pool, truths that cannot be."""
    gradients = config["gradients"]
    problems = gradients["problems"]
    for name, problem in problems.items():
        for number, size in enumerate(problem["sizes"]):
            if size > problem["pool"]:
                yield (
                    f"gradients.problems.{name}.sizes.{number}: {size} is not allowed; the pool "
                    f"has {problem['pool']}"
                )
    named = {f"table1.{row}": name for row, name in gradients["table1"].items()}
    if gradients["likelihood"] is not None:
        named["likelihood.problem"] = gradients["likelihood"]["problem"]
    for path, name in named.items():
        yield from unknown_entry(f"gradients.{path}", name, problems, "gradients.problems")
    rows = [name for name in gradients["table1"].values() if name is not None]
    if len(set(rows)) < len(rows):
        yield f"gradients.table1: {', '.join(rows)} is not allowed; a problem stands for one row"
    yield from _unfit_curves(gradients["training_curves"])
    yield from _unfit_likelihood(gradients["likelihood"], problems)


def _unfit_curves(curves: Config | None) -> Iterator[str]:
    if curves is not None and curves["simulator"]["name"] == "eight_parameters":
        yield (
            "gradients.training_curves.simulator.name: eight_parameters is not allowed; its "
            "covariates have no derivatives"
        )


def _unfit_likelihood(likelihood: Config | None, problems: Config) -> Iterator[str]:
    """Truths, names and intervals that do not fit; of a user's own simulator little is known."""
    if likelihood is None or likelihood["problem"] not in problems:
        return
    path, problem = "gradients.likelihood", problems[likelihood["problem"]]
    if problem["simulator"]["name"] == "eight_parameters":
        yield f"{path}.problem: a simulator with covariates, eight_parameters, is not allowed"
    else:
        yield from _unfit_truths(path, likelihood, problem["simulator"])
    intervals = likelihood["intervals"]
    if intervals is not None:
        least = intervals["level"] / (1 - intervals["level"])
        if intervals["replicates"] < least - 1e-9:
            yield (
                f"{path}.intervals.replicates: {intervals['replicates']} is not allowed; a level "
                f"of {intervals['level']:g} needs at least {least:.0f}"
            )
        if intervals["size"] not in (None, *problem["sizes"]):
            yield (
                f"{path}.intervals.size: {intervals['size']} is not allowed; allowed are null and "
                f"the problem's sizes, {', '.join(map(str, problem['sizes']))}"
            )


def _unfit_truths(path: str, likelihood: Config, simulator: Config) -> Iterator[str]:
    box = known_box(simulator)
    if box is None:
        return
    for number, truth in enumerate(likelihood["truths"]):
        inside = all(low <= x <= high for x, (low, high) in zip(truth, box.values(), strict=False))
        if len(truth) != len(box) or not inside:
            ends = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in box.items())
            yield (
                f"{path}.truths.{number}: {truth} is not allowed; {simulator['name']} has the "
                f"parameters {ends}"
            )
    for number, name in enumerate(likelihood["interchangeable"]):
        if name not in box:
            yield (
                f"{path}.interchangeable.{number}: {name!r} is not a parameter of "
                f"{simulator['name']}; these are {', '.join(box)}"
            )


def known_box(simulator: Config) -> dict[str, tuple[float, float]] | None:
    """The ends of each parameter of a simulator of ours; None for a user's own.

    Known without building it, which takes longer than all other checks together.
    """
    name = simulator["name"]
    if name == "cosine":
        return dict.fromkeys(("theta_1", "theta_2"), (0.0, simulator["upper"]))
    if name == "garch":
        return dict.fromkeys(("mu", "omega", "alpha", "beta"), (0.0, 1.0))
    if name == "toy_quadratic":
        return {"x": (simulator["lower"], simulator["upper"])}
    return {"x": (0.0, 2 * math.pi)} if name == "sine" else None
