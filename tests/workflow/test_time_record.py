"""The time of a stage that Snakemake does not measure."""

import subprocess
import sys
import time

import pandas as pd
import pytest

from vicinal_workflow.stage_times import stage_times

STAGE = """
import sys, time
from vicinal_workflow.time_record import write_time
time.sleep(0.5)
block = bytearray(200 * 2**20)
block[::4096] = b"x" * len(block[::4096])
start = time.process_time()
while time.process_time() < start + 0.3: pass
write_time(sys.argv[1])
"""


def test_time_and_memory_of_the_process_are_written(tmp_path):
    path = tmp_path / "stage.tsv"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", STAGE, str(path)], check=True)
    elapsed = time.perf_counter() - start
    (line,) = pd.read_csv(path, sep="\t").to_dict("records")
    assert 0.8 < line["s"] <= elapsed + 0.05
    assert 200 < line["max_rss"] < 1000
    assert 0.3 <= line["cpu_time"] <= line["s"] * 1.1
    hours, minutes, seconds = map(int, line["h:m:s"].split(":"))
    assert hours * 3600 + minutes * 60 + seconds == int(line["s"])


def test_records_of_artifacts_from_the_cache_are_empty_and_not_counted(tmp_path):
    (tmp_path / "cached.tsv").touch()
    (tmp_path / "made.tsv").write_text("s\tmax_rss\n2.5\t100\n")
    paths = [str(tmp_path / name) for name in ("cached.tsv", "made.tsv", "not_there.tsv")]
    (found,) = stage_times({"train": paths, "build": paths[:1]})
    assert (found.stage, found.jobs, found.seconds) == ("train", 1, pytest.approx(2.5))
