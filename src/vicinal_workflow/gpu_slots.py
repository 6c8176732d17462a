"""Slots of GPUs: no more jobs on a device than are allowed, whichever runs they belong to.

A slot is a file of this machine that its holder keeps locked; the kernel unlocks it when the holder
ends, however it ends.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from vicinal_workflow import cuda_devices

# The same for every job of a user: not that of TMPDIR, which schedulers set for each.
MACHINE_FOLDER = Path("/tmp")
JOBS_PER_GPU = "VICINAL_JOBS_PER_GPU"  # the environment variable; see common.smk
logger = logging.getLogger("vicinal")


@dataclass(frozen=True)
class Slot:
    """A held slot: the device's UUID, and the file whose lock is held as long as it is open."""

    uuid: str
    file: TextIO


# Here, so that it is held until the process ends.
_held: Slot | None = None


def hold_gpu() -> None:
    """Wait for a slot of a GPU and make its device the only one that this process sees.

    The devices are those that CUDA_VISIBLE_DEVICES names (all where it is unset); it then names
    the one. Call it before CUDA is initialised. Nothing happens where there is no device, or where
    this process holds a slot already.
    """
    global _held
    devices = visible_devices() if _held is None else {}
    if devices:
        _held = take_slot(list(devices), jobs_per_gpu(), slot_folder())
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[_held.uuid]


def release_gpu() -> None:
    """Give a held slot back."""
    global _held
    if _held is not None:
        _held.file.close()
        _held = None


def holds_gpu() -> bool:
    """Whether this process holds a slot."""
    return _held is not None


def jobs_per_gpu() -> int:
    """What the configuration allows; it reaches a stage through the environment."""
    return int(os.environ.get(JOBS_PER_GPU, "1"))


def visible_devices() -> dict[str, str]:
    """UUID -> name in CUDA_VISIBLE_DEVICES of each device that CUDA would see, in its order."""
    # By its path, so that nothing is imported.
    asked = subprocess.run(
        [sys.executable, "-I", "-S", cuda_devices.__file__], capture_output=True, text=True
    )
    if asked.returncode:
        logger.warning("GPUs cannot be told apart, so none is reserved: %s", asked.stderr.strip())
        return {}
    uuids = asked.stdout.split()
    # CUDA sees those that are named before the first that is not there.
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = map(str, itertools.count()) if named is None else map(str.strip, named.split(","))
    return dict(zip(uuids, names, strict=False))


def slot_folder() -> Path:
    """The folder of this user's slots on this machine.

    Raises PermissionError where it is not the user's own.
    """
    folder = MACHINE_FOLDER / f"vicinal-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(
            f"{folder} is not your own folder; remove it, GPUs are reserved there"
        )
    return folder


def take_slot(devices: Sequence[str], allowed: int, folder: Path, *, pause: float = 0.2) -> Slot:
    """Wait until a device has fewer holders than allowed, and hold a slot of the least held.

    devices : UUIDs.      folder : of the slots' files.      pause : seconds between tries.
    """
    started, waiting = time.monotonic(), False
    while (slot := _try_to_take(devices, allowed, folder, announce=not waiting)) is None:
        waiting = True
        time.sleep(pause)
    waited = f" after {time.monotonic() - started:.0f} s" if waiting else ""
    logger.info("running on GPU %s%s", slot.uuid, waited)
    return slot


def _try_to_take(
    devices: Sequence[str], allowed: int, folder: Path, *, announce: bool
) -> Slot | None:
    # Processes count and take one at a time, so that no two take the last place.
    with open(folder / "taking", "w", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        holders = {device: _holders(device, folder) for device in devices}
        # Of devices that are held alike, not always the first: a machine's should wear alike.
        start = os.getpid() % len(devices)
        device = min([*devices[start:], *devices[:start]], key=lambda name: len(holders[name]))
        if len(holders[device]) < allowed:
            return _open_slot(device, folder)
    if announce:
        taken = "; ".join(f"{name} by process {', '.join(pids)}" for name, pids in holders.items())
        logger.info("waiting for a GPU (jobs_per_gpu: %d), held are %s", allowed, taken)
    return None


def _open_slot(device: str, folder: Path) -> Slot:
    for number in itertools.count():
        file = open(folder / f"{device}.{number}", "a+", encoding="utf-8")  # noqa: SIM115
        if _lock(file):
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            return Slot(device, file)
        file.close()
    raise AssertionError("unreachable")


def _holders(device: str, folder: Path) -> list[str]:
    """Process numbers of those who hold a slot of a device."""
    holders = []
    for path in folder.glob(f"{device}.*"):
        with open(path, "a+", encoding="utf-8") as file:
            if not _lock(file):
                file.seek(0)
                holders.append(file.read().strip())
    return holders


def _lock(file: TextIO) -> bool:
    """Whether the lock of a file could be had."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
