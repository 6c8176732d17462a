"""How long jobs took before, from the records of their times."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Literal

from vicinal_workflow.dry_run import PlannedJob

Source = Literal["own", "other", "rule"]


@dataclass(frozen=True)
class Expected:
    """What a job is expected to take.

    seconds : None where nothing is recorded of it or its rule; 0 for a target, or from a cache.
    source : `own`, a record of the same wildcards in the run's folder; `other`, one in another
        folder; `rule`, the median of the rule's other jobs.
    """

    job: PlannedJob
    seconds: float | None
    source: Source | None = None

    @property
    def of_other_settings(self) -> bool:
        """Whether the record is of the same job before its settings were edited."""
        return self.source == "own" and "params have changed" in self.job.reason.lower()


class RecordedTimes:
    """The records of the run's own folder, then those of other folders.

    folder : where Snakemake runs.
    others : folders of records, or results folders that hold one as `benchmarks`.
    """

    def __init__(
        self, folder: str | os.PathLike[str] = ".", others: Iterable[str | os.PathLike[str]] = ()
    ) -> None:
        self.folder = Path(folder)
        self.others = [_of_results(Path(other)) for other in others]
        self._medians: dict[tuple[Path, str], float | None] = {}

    def expected(self, job: PlannedJob) -> Expected:
        """The job's own record, from the first folder that has one; else the rule's median."""
        if not job.takes_time:
            return Expected(job, 0.0)
        if job.record is None:
            return Expected(job, None)
        folders, name = self._places(job)
        for folder in folders:
            seconds = recorded_seconds(folder / name)
            if seconds is not None:
                return Expected(job, seconds, "own" if folder == folders[0] else "other")
        for folder in folders:
            seconds = self._median(folder, job.rule)
            if seconds is not None:
                return Expected(job, seconds, "rule")
        return Expected(job, None)

    def _places(self, job: PlannedJob) -> tuple[list[Path], str]:
        """The folders of records, and the job's record below each."""
        before, _, after = str(job.record).rpartition(f"benchmarks/{job.rule}")
        return [self.folder / before / "benchmarks", *self.others], job.rule + after

    def _median(self, folder: Path, rule: str) -> float | None:
        key = (folder, rule)
        if key not in self._medians:
            paths = [folder / f"{rule}.tsv", *sorted((folder / rule).rglob("*.tsv"))]
            found = [s for s in map(recorded_seconds, paths) if s is not None]
            self._medians[key] = median(found) if found else None
        return self._medians[key]


def recorded_seconds(path: Path) -> float | None:
    """The seconds of a record, their mean where it has several lines.

    None where there is no record, or a half of one.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            seconds = [float(line["s"]) for line in csv.DictReader(file, delimiter="\t")]
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return mean(seconds) if seconds and all(map(math.isfinite, seconds)) else None


def _of_results(folder: Path) -> Path:
    """Raises NotADirectoryError where there is no such folder."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder of records")
    inside = folder / "benchmarks"
    return inside if inside.is_dir() else folder
