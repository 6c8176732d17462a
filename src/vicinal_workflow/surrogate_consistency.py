"""Faults of `gradients.problems` and of what rests on them that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    known = ", ".join(problems) or "-"
    for path, name in named.items():
        if name is not None and name not in problems:
            yield (
                f"gradients.{path}: {name!r} is not an entry of gradients.problems; known are "
                f"{known}"
            )
    rows = [name for name in gradients["table1"].values() if name is not None]
    if len(set(rows)) < len(rows):
        yield f"gradients.table1: {', '.join(rows)} is not allowed; a problem stands for one row"
    yield from _unfit_curves(gradients["training_curves"])
    yield from _unfit_likelihood(gradients["likelihood"])


def _unfit_curves(curves: Config | None) -> Iterator[str]:
    if curves is not None and curves["simulator"]["name"] == "eight_parameters":
        yield (
            "gradients.training_curves.simulator.name: eight_parameters is not allowed; its "
            "covariates have no derivatives"
        )


def _unfit_likelihood(likelihood: Config | None) -> Iterator[str]:
    if likelihood is None:
        return
    lengths = {len(truth) for truth in likelihood["truths"]}
    if len(lengths) > 1 or 0 in lengths:
        yield (
            f"gradients.likelihood.truths: {likelihood['truths']} is not allowed; each needs a "
            "number for every parameter of the simulator"
        )
    intervals = likelihood["intervals"]
    if intervals is not None:
        least = intervals["level"] / (1 - intervals["level"])
        if intervals["replicates"] < least - 1e-9:
            yield (
                f"gradients.likelihood.intervals.replicates: {intervals['replicates']} is not "
                f"allowed; a level of {intervals['level']:g} needs at least {least:.0f}"
            )
        if intervals["sets"] > likelihood["sets"]:
            yield (
                f"gradients.likelihood.intervals.sets: {intervals['sets']} is not allowed; there "
                f"are {likelihood['sets']} sets of observations"
            )
