"""How long each stage took, from Snakemake's benchmark files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from vicinal_workflow.page import StageTime


def stage_times(benchmarks: Mapping[str, Sequence[str]]) -> list[StageTime]:
    """Jobs, seconds and peak memory of each stage.

    benchmarks : stage -> the records of its jobs. Jobs whose record is not there (a download that
        was there already, results brought from another machine) or is empty (an artifact taken
        from the shared cache) are not counted.
    """
    times = []
    for stage, paths in benchmarks.items():
        present = [path for path in paths if Path(path).exists() and Path(path).stat().st_size]
        records = [pd.read_csv(path, sep="\t", na_values="-") for path in present]
        if not records:
            continue
        jobs = pd.concat(records)
        memory = jobs["max_rss"].max()
        times.append(
            StageTime(
                stage,
                jobs=len(jobs),
                seconds=float(jobs["s"].sum()),
                longest_seconds=float(jobs["s"].max()),
                peak_memory_mb=None if pd.isna(memory) else float(memory),
            )
        )
    return times
