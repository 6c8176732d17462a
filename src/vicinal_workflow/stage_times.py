"""How long each stage took, from Snakemake's benchmark files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from vicinal_workflow.page import StageTime


def stage_times(benchmarks: Path, stages: Iterable[str]) -> list[StageTime]:
    """Jobs, seconds and peak memory of each stage that has a record below `benchmarks`.

    benchmarks : folder with one folder (or file) of `.tsv` records a stage.
    stages : the stages' names, in the order of the workflow.
    """
    times = []
    for stage in stages:
        files = [*(benchmarks / stage).rglob("*.tsv")]
        files += [file for file in [benchmarks / f"{stage}.tsv"] if file.exists()]
        if not files:
            continue
        records = pd.concat([pd.read_csv(file, sep="\t", na_values="-") for file in sorted(files)])
        memory = records["max_rss"].max()
        times.append(
            StageTime(
                stage,
                jobs=len(files),
                seconds=float(records["s"].sum()),
                longest_seconds=float(records["s"].max()),
                peak_memory_mb=None if pd.isna(memory) else float(memory),
            )
        )
    return times
