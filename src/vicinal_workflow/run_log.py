"""What Snakemake's log says of a run: its jobs, how many are done, which run and which failed."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

_STAMP = re.compile(r"\[(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\]$")
_JOB = re.compile(r"\s*(?:local)?(?:rule|checkpoint) (\w+):$")
_ERROR = re.compile(r"\s*Error in rule (\w+):$")
_FIELD = re.compile(r"\s+(jobid|log|wildcards): (.*)$")
_FINISHED = re.compile(r"Finished jobid: (\d+) ")
_STEPS = re.compile(r"(\d+) of (\d+) steps ")
_TOTAL = re.compile(r"total +(\d+)$")
_AGAIN = re.compile(r"Trying to restart job (\d+)\.$")
_HEADER = re.compile(r"  (Date|Host|Working directory): (.*)$")
# Snakemake's last words, however the run ended.
_END = ("Complete log(s):", "Nothing to be done")


@dataclass
class RunningJob:
    """A job that Snakemake has announced. `logs` as in the rule, relative to where it runs."""

    rule: str
    name: str = ""
    logs: tuple[str, ...] = ()
    started: datetime | None = None
    attempts: int = 1


@dataclass
class RunLog:
    """A log of Snakemake, read as far as it is written.

    jobs : by Snakemake's number, those announced and not yet done; failed : those that failed
        and were not tried again.
    done, total : steps, targets included; total 0 until it is known.
    """

    path: Path
    started: datetime | None = None
    ended: bool = False
    host: str = ""
    folder: Path = Path(".")
    done: int = 0
    total: int = 0
    jobs: dict[int, RunningJob] = field(default_factory=dict)
    failed: dict[int, RunningJob] = field(default_factory=dict)
    announced: int = 0
    _again: dict[int, RunningJob] = field(default_factory=dict)
    _offset: int = 0
    _rest: bytes = b""
    _time: datetime | None = None
    _block: RunningJob | None = None
    _is_error: bool = False

    def update(self) -> None:
        """Read what has been written since, up to the last whole line."""
        with open(self.path, "rb") as file:
            file.seek(self._offset)
            new = file.read()
        self._offset += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            self._read(line.decode("utf-8", errors="replace").rstrip("\r"))

    def _read(self, line: str) -> None:
        if stamp := _STAMP.match(line):
            self._time, self._block = datetime.strptime(stamp[1], "%a %b %d %H:%M:%S %Y"), None
        elif header := _HEADER.match(line):
            self._read_header(header[1], header[2])
        elif found := _ERROR.match(line) or _JOB.match(line):
            # Failed jobs of a group stand below `jobs:`, indented twice.
            self._is_error = bool(_ERROR.match(line)) or line.startswith(" " * 8)
            self._block = RunningJob(found[1], started=self._time)
        elif self._block is not None and (found := _FIELD.match(line)):
            self._read_field(self._block, found[1], found[2])
        elif found := _FINISHED.match(line):
            self.jobs.pop(int(found[1]), None)
            self.failed.pop(int(found[1]), None)
        elif (found := _AGAIN.match(line)) and int(found[1]) in self.failed:
            self._again[int(found[1])] = self.failed.pop(int(found[1]))
        elif found := _STEPS.match(line):
            self.done, self.total = int(found[1]), int(found[2])
        elif (found := _TOTAL.match(line)) and not self.total:
            self.total = int(found[1])
        elif line.startswith(_END):
            self.ended = True

    def _read_header(self, name: str, value: str) -> None:
        if name == "Date":
            self.started = datetime.fromisoformat(value)
        elif name == "Host":
            self.host = value
        else:
            self.folder = Path(value)

    def _read_field(self, block: RunningJob, name: str, value: str) -> None:
        if name == "log":
            block.logs = tuple(value.split(" (check log file", 1)[0].split(", "))
        elif name == "wildcards":
            block.name = value
        elif self._is_error:
            # Its own block in the log has no wildcards: those of the announcement.
            self.failed[int(value)] = self.jobs.pop(int(value), block)
        else:
            self._announce(int(value), block)

    def _announce(self, number: int, job: RunningJob) -> None:
        """A job starts, perhaps once more after it failed."""
        before = self._again.pop(number, None)
        job.attempts = 1 if before is None else before.attempts + 1
        self.jobs[number] = job
        self.announced += 1


def newest_run(
    folder: Path, results: str | None = None, written: Collection[str] = ()
) -> RunLog | None:
    """The newest run in a folder; the newest of a results folder where one is named.

    written : paths of the logs that are being written. Such a run stands before later calls of
        Snakemake, and one that ended or had a job before calls that were refused.
    A run without any job so far may be of any results.
    """
    paths = sorted((folder / ".snakemake/log").glob("*.snakemake.log"), reverse=True)
    paths.sort(key=lambda path: str(path.resolve()) not in written)
    refused = None
    for path in paths:
        run = RunLog(path)
        run.update()
        if results is not None and run.announced:
            logs = re.escape(f"{os.path.normpath(results)}/logs/")
            text = path.read_text("utf-8", errors="replace")
            if not re.search(rf"(?:^|[\s,]){logs}", text):
                continue
        if run.announced or run.ended or str(path.resolve()) in written:
            return run
        refused = refused or run
    return refused
