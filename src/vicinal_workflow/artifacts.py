"""Artifacts: arrays, parameters, tables, metadata and figures, written whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vicinal.data.dataset import SPLITS, Dataset
from vicinal_workflow.checksums import FilePath as FilePath
from vicinal_workflow.checksums import file_sha256, record_path, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor


class StorageError(OSError):
    """A file cannot be written: its disk is full or may not be written to."""


@contextmanager
def written_whole(path: FilePath) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name once the block ends without an error.

    A reader thus sees the old file or the whole new one, never a half, whatever kills the writer.
    What was written is recorded beside it; see `checksums`.
    Raises StorageError, naming the file, where there is no space or no permission.
    """
    target, record = Path(path), record_path(path)
    temporary, new_record = _partial(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _to_disk(temporary)
        new_record.write_text(f"{file_sha256(temporary)}  {target.name}\n", "utf-8")
        _to_disk(new_record)
        # In this order a record is never that of another file than the one beside it: a kill
        # between two of these lines leaves a whole file, at worst without a record.
        record.unlink(missing_ok=True)
        os.replace(temporary, target)
        os.replace(new_record, record)
    except Exception as error:
        if reason := _refusal(error):
            raise StorageError(_storage_message(target, temporary, reason)) from error
        raise
    finally:
        for leftover in (temporary, new_record):
            with suppress(OSError):  # where nothing may be written there is none
                leftover.unlink(missing_ok=True)


def remove_whole(path: FilePath) -> None:
    """Remove a file that was written whole, its record, and what a killed writer left of either."""
    for file in (Path(path), record_path(path), *_partial(Path(path))):
        file.unlink(missing_ok=True)


def _partial(target: Path) -> tuple[Path, Path]:
    """Where a file and its record gather.

    Always the same names, so that what a killed writer left is overwritten by the next.
    """
    record = record_path(target)
    return (
        target.with_name(f".{target.name}.partial{target.suffix}"),
        record.with_name(f"{record.name}.partial"),
    )


def _to_disk(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


_REFUSALS = {
    errno.ENOSPC: "No space left on device",
    errno.EDQUOT: "Disk quota exceeded",
    errno.EROFS: "Read-only file system",
    errno.EACCES: "Permission denied",
    errno.EPERM: "Operation not permitted",
}


def _refusal(error: Exception) -> str | None:
    """Why the file system takes no file; None for an error of another kind."""
    if isinstance(error, OSError):
        return _REFUSALS.get(error.errno or 0)
    # safetensors tells it in words only.
    return next((words for words in _REFUSALS.values() if words in str(error)), None)


def _storage_message(target: Path, temporary: Path, reason: str) -> str:
    folder = next(parent for parent in target.parents if parent.exists())
    usage = shutil.disk_usage(folder)
    written = temporary.stat().st_size if temporary.exists() else 0
    return (
        f"{target}: cannot be written: {reason} ({usage.free / 1e6:.1f} of {usage.total / 1e6:.1f} "
        f"MB are free there, after {written / 1e6:.1f} MB of this file; nothing of it is left). "
        "Mend that and start the run again: it goes on with this stage"
    )


_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error)


def write_arrays(path: FilePath, **arrays: npt.ArrayLike) -> None:
    """Write named arrays as `.npz`. The same arrays give the same bytes."""
    with written_whole(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, allow_pickle=False, **{name: np.asarray(a) for name, a in arrays.items()})


def read_arrays(path: FilePath, *names: str) -> dict[str, npt.NDArray[Any]]:
    """The named arrays of an `.npz` file, or all of them where no name is given.

    Raises ValueError naming the file for a damaged file, pickled objects or a missing array.
    """
    whole(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in names if name not in file.files]
            if missing:
                raise ValueError(f"no array {missing}; there are {sorted(file.files)}")
            arrays = {name: file[name] for name in names or file.files}
            # NumPy hands out a member that is no array as its bytes.
            others = [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]
            if others:
                raise ValueError(f"{others} hold no arrays")
            return arrays
    except (ValueError, OSError, EOFError, KeyError, *_BROKEN_ZIP) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(f"{path}: cannot be read as arrays: {error}") from error


def write_dataset(path: FilePath, dataset: Dataset) -> None:
    """Write a data set as one `.npz` file."""
    arrays: dict[str, npt.ArrayLike] = {"task": dataset.task}
    arrays["class_names"] = np.array(dataset.class_names, dtype=np.str_)
    for split in dataset.splits:
        arrays[f"{split}_inputs"] = dataset.inputs[split]
        arrays[f"{split}_labels"] = dataset.labels[split]
    write_arrays(path, **arrays)


def read_dataset(path: FilePath) -> Dataset:
    """Read what `write_dataset` wrote."""
    arrays = read_arrays(path)
    splits = [split for split in SPLITS if f"{split}_inputs" in arrays]
    return Dataset(
        str(arrays["task"]),  # type: ignore[arg-type]
        {split: arrays[f"{split}_inputs"] for split in splits},
        {split: arrays[f"{split}_labels"] for split in splits},
        tuple(str(name) for name in arrays["class_names"]),
    )


def write_features(
    path: FilePath,
    dataset: Dataset,
    features: Sequence[Mapping[str, npt.NDArray[Any]]],
    outputs: Sequence[Mapping[str, npt.NDArray[Any]]] = (),
) -> None:
    """Write the features of a shard of networks, with the labels, as one `.npz` file.

    features, outputs : one mapping from split to (N, d) or (N, c) a network; outputs are those of
        the networks' own heads, where they have one.
    The arrays are `<split>_features` (networks, N, d), `<split>_outputs` and `<split>_labels`.
    """
    arrays: dict[str, npt.ArrayLike] = {"task": dataset.task}
    for split in dataset.splits:
        arrays[f"{split}_labels"] = dataset.labels[split]
        arrays[f"{split}_features"] = np.stack([network[split] for network in features])
        if outputs:
            arrays[f"{split}_outputs"] = np.stack([network[split] for network in outputs])
    write_arrays(path, **arrays)


def write_parameters(path: FilePath, parameters: Mapping[str, Tensor], **metadata: str) -> None:
    """Write named tensors as `.safetensors`, with metadata of strings."""
    from safetensors.torch import save_file

    tensors = {name: value.detach().cpu().contiguous() for name, value in parameters.items()}
    with written_whole(path) as temporary:
        # One entry: the format leaves the order of several to chance, and with it the bytes.
        save_file(tensors, temporary, {"vicinal": json.dumps(metadata, sort_keys=True)})


def read_parameters(path: FilePath) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a `.safetensors` file. Raises ValueError for a damaged file."""
    from safetensors import SafetensorError, safe_open

    whole(path)
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())  # not iterable by itself
            metadata = json.loads((file.metadata() or {}).get("vicinal", "{}"))
            return {name: file.get_tensor(name) for name in names}, metadata
    except SafetensorError as error:
        raise ValueError(f"{path}: cannot be read as parameters: {error}") from error


def write_table(path: FilePath, table: pd.DataFrame) -> None:
    """Write a table as `.csv`; numbers keep every digit."""
    with written_whole(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def read_table(path: FilePath) -> pd.DataFrame:
    """Read a `.csv` table; an empty cell is missing. Raises ValueError naming a damaged file."""
    whole(path)
    try:
        return pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as a table: {error}") from error


def write_metadata(path: FilePath, metadata: Mapping[str, Any]) -> None:
    """Write a mapping as readable `.json`."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(metadata, indent=2, ensure_ascii=False) + "\n", "utf-8")


def read_metadata(path: FilePath) -> dict[str, Any]:
    """Read what `write_metadata` wrote. Raises ValueError naming a damaged file."""
    whole(path)
    try:
        metadata: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: cannot be read as JSON: {error}") from error
    return metadata


def write_figure(path: FilePath, figure: Figure) -> None:
    """Write a figure as `.png` or `.svg`, by the suffix; the same figure gives the same bytes."""
    import matplotlib as mpl

    metadata = {"Software": None} if str(path).endswith(".png") else {"Date": None}
    with written_whole(path) as temporary, mpl.rc_context({"svg.hashsalt": "vicinal"}):
        figure.savefig(temporary, dpi=150, metadata=metadata, bbox_inches="tight")


def write_checkpoint(path: FilePath, state: Mapping[str, Any]) -> None:
    """Write the state of a training run, of tensors and plain values only."""
    import torch

    content = io.BytesIO()  # torch does not say why it cannot write a file
    torch.save(dict(state), content)
    with written_whole(path) as temporary:
        temporary.write_bytes(content.getbuffer())


def read_checkpoint(path: FilePath) -> dict[str, Any] | None:
    """The state of a training run, None where there is none.

    Raises DamagedArtifact for a file that is not what was written (it has been moved aside), and
    ValueError naming the file for another that cannot be read: delete it to start anew.
    """
    if not Path(path).exists():
        return None
    whole(path)
    try:
        state: dict[str, Any] = read_torch_file(path)
    except ValueError as error:
        raise ValueError(f"{error}; delete the checkpoint to train from the start") from error
    return state


def read_torch_file(path: FilePath) -> Any:
    """What a file written by torch.save holds: tensors and plain values, and no code.

    Raises ValueError naming the file for a damaged one and for one that holds anything else.
    """
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise
    except Exception as error:
        # The rest of what torch says is how to run the code after all.
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise ValueError(
            f"{path}: not loaded, for it is damaged or holds more than tensors and plain values "
            f"({reason}); a network is saved by torch.save(network.state_dict(), path)"
        ) from error
