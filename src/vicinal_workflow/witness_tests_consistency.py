"""Faults of `witness.tests` that no single key shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vicinal_workflow.entry_names import unknown_entry


def wrong_tests_references(config: Mapping[str, Any]) -> Iterator[str]:
    """Entries with neither or both of `data` and `features`, and names that no entry bears."""
    for name, own in config["witness"]["tests"].items():
        path = f"witness.tests.{name}"
        named = {key: own[key] for key in ("data", "features") if own[key] is not None}
        if len(named) != 1:
            yield f"{path}: {len(named)} of data and features are set; needed is one of them"
        for key, where in (("data", "datasets"), ("features", "backbones")):
            yield from unknown_entry(f"{path}.{key}", named.get(key), config[where], where)


def unfit_tests(config: Mapping[str, Any], holds: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Texts without features, networks that are not there, components beyond the columns.

    holds : data set -> what is known of it: `inputs`.
    """
    for name, own in config["witness"]["tests"].items():
        path = f"witness.tests.{name}"
        if own["features"] is None and holds[own["data"]].get("inputs") == "text":
            yield (
                f"{path}.data: {own['data']!r} is not allowed; it holds texts: name a backbone in "
                "`features`"
            )
        networks = 1
        if own["features"] is not None:
            networks = config["backbones"][own["features"]].get("networks", 1)
        if own["network"] >= networks:
            yield (
                f"{path}.network: {own['network']} is not allowed; there are {networks}, numbered "
                "from 0"
            )
        columns, components = own["columns"], own["components"]
        if columns is not None and components is not None and components > len(columns):
            yield (
                f"{path}.components: {components} is not allowed; allowed is at most the number of "
                f"columns, {len(columns)}"
            )
