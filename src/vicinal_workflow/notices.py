"""What a user should know before a run starts, though nothing forbids it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vicinal_workflow.plan import Plan


def notices(
    plan: Plan, written: Mapping[str, Any], downloads: Path, mirrors: Sequence[str]
) -> Iterator[str]:
    """A line for each: entries that nothing runs, and files that cannot be had anywhere.

    written : the configuration file that was read last, the only one whose entries are looked at:
        a preset leaves those of the default run as they are.
    downloads : the folder of files that were retrieved before.
    """
    yield from _idle(plan, written.get("vbsw") or {})
    yield from _without_source(plan, downloads, mirrors)


def _idle(plan: Plan, written: Mapping[str, Any]) -> Iterator[str]:
    for key, used, further in (
        ("experiments", _experiments(plan), "further"),
        ("samplings", plan.sampling.names, "further_samplings"),
    ):
        entries = written.get(key) or {}
        idle = [f"vbsw.{key}.{name}" for name in entries if entries[name] and name not in used]
        if idle:
            yield (
                f"Not part of the run: {', '.join(idle)}. No table names it; "
                f"add it to vbsw.tables or vbsw.{further}."
            )


def _experiments(plan: Plan) -> set[str]:
    """Experiments that a table names, or whose grid a figure shows."""
    grids = plan.config["vbsw"]["grids"]
    return {*plan.vbsw.experiments, *(grids[name]["experiment"] for name in plan.vbsw.grids)}


def _without_source(plan: Plan, downloads: Path, mirrors: Sequence[str]) -> Iterator[str]:
    wanted = {job.name for job in plan.jobs() if job.stage == "retrieve_file"}
    entries = [
        name
        for name, entry in plan.registry.items()
        if any(
            file.path in wanted and not file.sources and not (downloads / file.path).exists()
            for file in entry.files
        )
    ]
    if entries and not mirrors:
        yield (
            f"Without a public address: {', '.join(entries)}. Put the files into {downloads}, or "
            "name a folder that has them in data.mirrors; data/registry.yaml lists them."
        )
