"""Checkpoints that are continued only by the training that they were made by."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vicinal_workflow.artifacts import read_checkpoint, remove_whole, write_checkpoint
from vicinal_workflow.checksums import DamagedArtifact, file_sha256, settings_sha256

logger = logging.getLogger("vicinal")
SECONDS = 10  # between two states that are saved in turn


def checkpoint_of(artifact: str) -> str:
    """Where the training of `<results>/backbones/<backbone>/<shard>.safetensors` leaves its state.

    Not among the rule's params: the folder of the results would keep the shared cache from
    knowing a training of another folder as the same.
    """
    path = Path(artifact)
    return str(path.parents[2] / "checkpoints" / path.parent.name / f"{path.stem}.pt")


class Checkpoint:
    """The state of a stage's training on disk, with what it depends on.

    path : the file; not among the rule's outputs, which a failed job loses.
    settings : the rule's params and the device, plain values.
    inputs : the rule's input files, code included.

    A state of other settings, data, code, or versions of torch and NumPy is not continued, nor is a
    file that is not what was written: the training starts anew, and the log says so.
    """

    def __init__(self, path: str, settings: Mapping[str, Any], inputs: Iterable[str]) -> None:
        self.path = Path(path)
        self.saved = -math.inf
        files = {name: file_sha256(name) for name in sorted(set(inputs))}
        versions = {name: version(name) for name in ("numpy", "torch")}
        self.made_of = settings_sha256(
            {"settings": dict(settings), "inputs": files, "versions": versions}
        )

    def load(self) -> dict[str, Any] | None:
        """The state to continue from, None to start anew."""
        try:
            found = read_checkpoint(self.path)
        except DamagedArtifact as damage:
            logger.warning("%s\nstarting anew", damage)
            return None
        if found is None:
            return None
        if not isinstance(found, dict) or found.get("made_of") != self.made_of:
            logger.warning("%s is of other settings, data or code: starting anew", self.path)
            return None
        logger.info("continuing from %s", self.path)
        state: dict[str, Any] = found["state"]
        return state

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the state, whole or not at all."""
        write_checkpoint(self.path, {"made_of": self.made_of, "state": dict(state)})

    def save_in_turn(self, state: Callable[[], Mapping[str, Any]]) -> None:
        """The same where nothing was saved yet, or not for some seconds: for short epochs."""
        if time.monotonic() - self.saved >= SECONDS:
            self.save(state())
            self.saved = time.monotonic()

    def remove(self) -> None:
        """Remove the file of a finished training."""
        remove_whole(self.path)
