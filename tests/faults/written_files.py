"""One file of every kind that stages write, with its reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from vicinal_workflow import artifacts
from vicinal_workflow.checksums import whole

NUMBERS = np.random.default_rng(0).standard_normal((200, 500))


def write(path: Path) -> None:
    """Write a file of 0.8 MB at least (a picture: 20 kB) of the kind that the suffix says."""
    WRITERS[path.suffix](path)


def read(path: Path) -> Any:
    """Read it as the stage behind it does."""
    return READERS[path.suffix](path)


def _write_picture(path: Path) -> None:
    figure = Figure(figsize=(8, 8))
    figure.subplots().imshow(NUMBERS)
    artifacts.write_figure(path, figure)


WRITERS: dict[str, Callable[[Path], None]] = {
    ".npz": lambda path: artifacts.write_arrays(path, numbers=NUMBERS),
    ".csv": lambda path: artifacts.write_table(path, pd.DataFrame(NUMBERS)),
    ".json": lambda path: artifacts.write_metadata(path, {"numbers": NUMBERS.tolist()}),
    ".safetensors": lambda path: artifacts.write_parameters(path, {"a": torch.tensor(NUMBERS)}),
    ".pt": lambda path: artifacts.write_checkpoint(path, {"a": torch.tensor(NUMBERS)}),
    ".png": _write_picture,
    ".svg": _write_picture,
}
READERS: dict[str, Callable[[Path], Any]] = {
    ".npz": artifacts.read_arrays,
    ".csv": artifacts.read_table,
    ".json": artifacts.read_metadata,
    ".safetensors": artifacts.read_parameters,
    ".pt": artifacts.read_checkpoint,
    ".png": lambda path: whole(path).read_bytes(),
    ".svg": lambda path: whole(path).read_bytes(),
}
