"""CIFAR-10, read from the archive of its binary version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from vicinal.data.archives import ArchiveError, read_members
from vicinal.data.dataset import Dataset

FOLDER = "cifar-10-batches-bin"
TRAIN_BATCHES = tuple(f"{FOLDER}/data_batch_{number}.bin" for number in range(1, 6))
TEST_BATCH = f"{FOLDER}/test_batch.bin"
CLASS_LIST = f"{FOLDER}/batches.meta.txt"
RECORD = 1 + 3 * 32 * 32  # bytes: the label, then the red, green and blue planes row by row


def cifar10(archive: Path) -> Dataset:
    """The colour images: uint8 (N, 3, 32, 32), labels int64 (N,) in 0..9.

    archive : `cifar-10-binary.tar.gz`, read in memory without unpacking.
    Raises ValueError for a broken archive, an absent or truncated batch, or a label without class.
    """
    try:
        members = read_members(archive, (*TRAIN_BATCHES, TEST_BATCH, CLASS_LIST))
    except ArchiveError as error:
        raise ValueError(f"{archive}: {error}") from error
    class_names = tuple(members[CLASS_LIST].decode("ascii").split())
    inputs, labels = {}, {}
    for split, batches in (("train", TRAIN_BATCHES), ("test", (TEST_BATCH,))):
        records = np.concatenate([_records(archive, name, members[name]) for name in batches])
        inputs[split] = records[:, 1:].reshape(-1, 3, 32, 32)
        labels[split] = records[:, 0].astype(np.int64)
    return Dataset("classification", inputs, labels, class_names)


def _records(archive: Path, name: str, content: bytes) -> npt.NDArray[np.uint8]:
    if not content or len(content) % RECORD:
        raise ValueError(
            f"{archive}, member {name}: {len(content)} bytes is not a whole number of records "
            f"of {RECORD} bytes"
        )
    return np.frombuffer(content, np.uint8).reshape(-1, RECORD)
