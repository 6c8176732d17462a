"""Faults of `gradients.search` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry

Config = Mapping[str, Any]


def unfit_search(config: Config) -> Iterator[str]:
    """A name of no problem, more steps than its simulator has, a lattice without a choice."""
    search, problems = config["gradients"]["search"], config["gradients"]["problems"]
    if search is None:
        return
    if search["problem"] not in problems:
        path = "gradients.search.problem"
        yield from unknown_entry(path, search["problem"], problems, "gradients.problems")
        return
    problem = problems[search["problem"]]
    most = problem["simulator"].get("steps")
    if None not in (most, search["steps"]) and search["steps"] > most:
        yield (
            f"gradients.search.steps: {search['steps']} is not allowed; the simulator of "
            f"{search['problem']!r} has {most}"
        )
    if search["complexities"] is None and len(problem["complexities"]) < 2:
        yield (
            f"gradients.search.complexities: null is not allowed; {search['problem']!r} has one "
            "complexity, and a bound needs two or more"
        )
    if problem["polish"]:
        yield (
            f"gradients.search.problem: {search['problem']!r} is not allowed with polish: "
            f"{problem['polish']}; searches count the work of epochs alone"
        )
