"""Whether the process that writes a log of Snakemake is still there."""

from __future__ import annotations

import platform

import psutil

from vicinal_workflow.run_log import RunLog


def is_alive(run: RunLog) -> bool:
    """False where the run was killed: it has said nothing of its end, and nothing writes its log.

    A run on another machine (a shared folder) cannot be asked and counts as alive.
    """
    if run.ended:
        return False
    if run.host != platform.node():
        return True
    return str(run.path.resolve()) in open_paths()


def open_paths() -> set[str]:
    """Paths of the files that processes of this machine have open, as far as one may know."""
    return set().union(*map(_open_files, psutil.process_iter()))


def _open_files(process: psutil.Process) -> set[str]:
    """Paths of a process' open files; none of one that ends meanwhile, or is another user's."""
    try:
        return {file.path for file in process.open_files()}
    except psutil.Error:
        return set()
