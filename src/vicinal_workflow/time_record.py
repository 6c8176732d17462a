"""The time and memory of a stage, in the form of Snakemake's benchmark files.

For rules whose artifacts may come from a cache: Snakemake forbids these a `benchmark`, which it
could not fill then.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import psutil


def write_time(path: str) -> None:
    """Write the seconds since this process began, and what it took of memory and processor.

    The columns are some of Snakemake's: seconds, the same as h:mm:ss, MB of memory at the peak,
    seconds of processor time.
    """
    seconds = _age()
    values = {
        "s": f"{seconds:.4f}",
        "h:m:s": str(timedelta(seconds=int(seconds))),
        "max_rss": f"{_peak_memory() / 2**20:.2f}",
        "cpu_time": f"{time.process_time():.2f}",
    }
    lines = ("\t".join(values), "\t".join(values.values()))
    Path(path).write_text("\n".join(lines) + "\n", "utf-8")


def _age() -> float:
    """Seconds since this process began."""
    if sys.platform != "linux":
        return time.time() - float(psutil.Process().create_time())
    # There psutil knows the beginning to a second only.
    fields = Path("/proc/self/stat").read_text("utf-8").rpartition(")")[2].split()
    began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began


def _peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
