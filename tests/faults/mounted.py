"""Small file systems that a test mounts, as root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own in a folder; skips where mounting is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    done = _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder)
    if done.returncode:
        pytest.skip(f"needs root that may mount a tmpfs: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def make_read_only(disk: Path) -> None:
    """Let nothing be written any more to what `small_disk` mounted."""
    _mount("-o", "remount,ro", disk).check_returncode()


def _mount(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["mount", *map(str, arguments)]
    try:
        return subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
