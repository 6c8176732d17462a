"""A stage ends with the Snakemake that started it, however that one ends."""

from __future__ import annotations

import os
import signal
import threading
import time

SNAKEMAKE = "VICINAL_SNAKEMAKE"  # the environment variable with its process id; see common.smk


def end_with_snakemake(every: float = 0.5) -> None:
    """Look every so many seconds whether Snakemake is still there; without it, end at once.

    Snakemake has no time to end its jobs where it is killed by `kill -9` or for its memory. A stage
    that went on would hold its cores and write beside the one that the next run starts. Nothing is
    lost: a training goes on from its last checkpoint. Without the variable nothing is done.
    """
    if SNAKEMAKE in os.environ:
        pid, parent = int(os.environ[SNAKEMAKE]), os.getppid()
        threading.Thread(target=_watch, args=(pid, parent, every), daemon=True).start()


def _watch(snakemake: int, parent: int, every: float) -> None:
    # One that is dead but not yet waited for still has its number; its children have new parents.
    while os.getppid() == parent and _is_there(snakemake):
        time.sleep(every)
    os.kill(os.getpid(), signal.SIGKILL)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there, and another user's
        return True
    return True
