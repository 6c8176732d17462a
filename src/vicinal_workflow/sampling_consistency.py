"""Faults of `vbsw.samplings` and `vbsw.bound` that no single key shows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry
from vicinal_workflow.sampling_plan import SAMPLING_TABLES

Config = Mapping[str, Any]


def wrong_sampling_references(config: Config) -> Iterator[str]:
    """Names of samplings that no entry bears."""
    entries = config["vbsw"]["samplings"]
    for path, name in _named(config):
        yield from unknown_entry(path, name, entries, "vbsw.samplings")


def _named(config: Config) -> Iterator[tuple[str, str | None]]:
    for table in SAMPLING_TABLES:
        for row, name in config["vbsw"]["tables"][table].items():
            yield f"vbsw.tables.{table}.{row}", name
    for number, name in enumerate(config["vbsw"]["further_samplings"]):
        yield f"vbsw.further_samplings.{number}", name


def unfit_samplings(config: Config) -> Iterator[str]:
    """Settings of samplings and of the bound that are allowed each, but not together."""
    for name, entry in config["vbsw"]["samplings"].items():
        path = f"vbsw.samplings.{name}"
        yield from _unfit_chain(f"{path}.function", entry["function"])
        yield from _unfit_bounds(path, entry)
        yield from _unfit_map(path, entry)
        candidates = entry["candidates"] or entry["initial"]
        if entry["components"] > candidates:
            yield (
                f"{path}.components: {entry['components']} is not allowed; allowed are at most "
                f"as many as there are candidates, {candidates}"
            )
    if config["vbsw"]["bound"] is not None:
        yield from _unfit_bound(config["vbsw"]["bound"])


def _axes(function: Config) -> int | None:
    """How many variables a function has; None for a user's own."""
    if function["name"] == "bateman_chain":
        return len(function["sigma_a"]) + 2
    return {"runge": 1, "tanh": 1, "bateman": 3}.get(function["name"])


def _unfit_chain(path: str, function: Config) -> Iterator[str]:
    if function["name"] != "bateman_chain":
        return
    size, rows = len(function["sigma_a"]), function["sigma_r"]
    if len(rows) != size or any(len(row) != size for row in rows):
        found = " ".join(str(len(row)) for row in rows)
        yield (
            f"{path}.sigma_r: rows of {found} numbers are not allowed; sigma_a has {size}, so "
            f"needed are {size} rows of {size}"
        )


def _unfit_bounds(path: str, entry: Config) -> Iterator[str]:
    needed, name = _axes(entry["function"]), entry["function"]["name"]
    if needed is not None and needed != len(entry["bounds"]):
        yield (
            f"{path}.bounds: {len(entry['bounds'])} axes are not allowed; {name!r} is a function "
            f"of {needed}"
        )
    for number, ends in enumerate(entry["bounds"]):
        if len(ends) != 2 or not ends[0] < ends[1]:
            yield (
                f"{path}.bounds.{number}: {ends} is not allowed; needed are [lower, upper], the "
                "lower end below the upper one"
            )
        elif number == len(entry["bounds"]) - 1 and name.startswith("bateman") and ends[0] < 0:
            yield f"{path}.bounds.{number}: {ends} is not allowed; times are at least 0"


def _unfit_map(path: str, entry: Config) -> Iterator[str]:
    if entry["map"] is None:
        return
    axes, grid = len(entry["bounds"]), entry["map"]["grid"]
    if axes != 3:
        yield f"{path}.map: only null is allowed with {axes} axes; a map needs 3, time the last"
    elif len(grid) != axes:
        yield f"{path}.map.grid: {len(grid)} numbers are not allowed; needed is one an axis, {axes}"


def _unfit_bound(bound: Config) -> Iterator[str]:
    axes = _axes(bound["function"])
    if axes is not None and axes != 1:
        name = bound["function"]["name"]
        yield f"vbsw.bound.function: {name!r} is not allowed; it has {axes} variables, needed is 1"
    if not all(low < high for low, high in itertools.pairwise(bound["edges"])):
        yield f"vbsw.bound.edges: {bound['edges']} is not allowed; they must increase"
