"""The jobs that a run of Snakemake would start, asked of its own dry run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGINS = Path(__file__).parent / "logger_plugins"
# Of the cache Snakemake tells on the screen only.
_CACHED = re.compile(r"^Output file (.+) will be obtained from ", re.M)


class DryRunError(Exception):
    """Snakemake refused the dry run; the message is its own."""


@dataclass(frozen=True)
class PlannedJob:
    """A job that would run.

    name : its wildcards, as Snakemake prints them.
    record : where its time is recorded; None for a rule that records none.
    gpus : how many devices it asks for.
    reason : why it would run.
    cached : whether its files are taken from the cache that runs share.
    """

    rule: str
    name: str = ""
    record: str | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    threads: int = 1
    gpus: int = 0
    reason: str = ""
    cached: bool = False

    @property
    def is_target(self) -> bool:
        """Whether it only asks for what others make: it makes no file, and takes no time."""
        return not self.outputs and self.record is None

    @property
    def takes_time(self) -> bool:
        """Whether there is something to work out."""
        return not self.is_target and not self.cached


def planned_jobs(
    arguments: Sequence[str], folder: str | os.PathLike[str] = "."
) -> list[PlannedJob]:
    """What `snakemake` with these arguments would run in a folder, makers before users.

    Snakemake tells its jobs to a logger plugin, the documented way for a program to be told.
    Raises DryRunError with Snakemake's words where it refuses (a fault in the configuration, a
    target that is not known).
    """
    with tempfile.TemporaryDirectory() as temporary:
        told = Path(temporary) / "jobs.jsonl"
        # The last --quiet holds; quiet about rules and progress, a dry run ends before its jobs.
        ours = ["--quiet", "host", "--dry-run", "--logger", "jobs", "--logger-jobs-file", str(told)]
        paths = [str(PLUGINS), *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments, *ours],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise DryRunError(done.stdout.strip())
        lines = told.read_text("utf-8").splitlines() if told.exists() else []
    cached = set(_CACHED.findall(done.stdout))
    return [_planned(json.loads(line), cached) for line in dict.fromkeys(lines)]


def _planned(job: dict[str, Any], cached: set[str]) -> PlannedJob:
    return PlannedJob(
        rule=job["rule"],
        name=", ".join(f"{name}={value}" for name, value in job["wildcards"].items()),
        # A rule that may come from a cache has no `benchmark`; it writes its record as a log.
        record=job["benchmark"] or next((x for x in job["log"] if x.endswith(".tsv")), None),
        inputs=tuple(job["input"]),
        outputs=tuple(job["output"]),
        threads=job["threads"],
        gpus=job["gpu"],
        reason=job["reason"],
        # Of a job with several files it names the first.
        cached=any(path in cached for path in job["output"]),
    )
