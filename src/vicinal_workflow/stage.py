"""The frame of a stage: its log, its number of threads, its device, its progress."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO

from vicinal_workflow.gpu_slots import hold_gpu, holds_gpu, release_gpu
from vicinal_workflow.orphans import end_with_snakemake

if TYPE_CHECKING:
    import torch

DeviceChoice = Literal["auto", "cpu", "cuda"]
logger = logging.getLogger("vicinal")


class _Tee:
    """Standard error that is also written to the log, flushed line by line."""

    def __init__(self, first: TextIO, second: TextIO) -> None:
        self.first, self.second = first, second

    def write(self, text: str) -> int:
        with suppress(OSError):  # a full disk, of which the screen is told
            self.second.write(text)
        return self.first.write(text)

    def flush(self) -> None:
        self.first.flush()
        self.second.flush()

    def isatty(self) -> bool:
        return self.first.isatty()


def start_stage(log: str, threads: int | None = None) -> logging.Logger:
    """Copy messages, warnings and errors to the file `log`; fix the number of threads.

    An error ends the stage with one readable line on the screen; its traceback is in the log.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    file = open(log, "w", buffering=1, encoding="utf-8")  # noqa: SIM115  (open until the end)
    sys.stderr = _Tee(sys.stderr, file)  # type: ignore[assignment]
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr, force=True)
    logging.captureWarnings(True)
    warnings.simplefilter("default", UserWarning)

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.stderr.write(f"\n{kind.__name__}: {error}\n(traceback in {log})\n")
        with suppress(OSError):
            file.write(logging.Formatter().formatException((kind, error, trace)) + "\n")

    sys.excepthook = report
    end_with_snakemake()
    if threads is not None:
        # Only where the script has loaded them: importing takes longer than most stages run.
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(threads)
        if "faiss" in sys.modules:
            sys.modules["faiss"].omp_set_num_threads(threads)
    return logger


def choose_device(device: DeviceChoice) -> torch.device:
    """`auto` is CUDA where there is one; of several devices, one that is free for this job.

    Call it before anything initialises CUDA; it waits while all devices are taken. Raises
    RuntimeError where `cuda` is asked for in vain.
    """
    import torch

    # Another build sees no CUDA, or what only its own makers' tools can tell apart (ROCm).
    if device != "cpu" and torch.version.cuda is not None:
        hold_gpu()
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(
            "device: cuda is set in the configuration, but this torch sees no CUDA device; "
            "set device: auto or cpu, or install a CUDA build of torch (README: Which torch)"
        )
    use_cuda = device != "cpu" and torch.cuda.is_available()
    if holds_gpu() and not use_cuda:
        logger.warning("this torch cannot use the GPU (a driver too old?): on the CPU, then")
        release_gpu()
    if use_cuda:
        # The same bits on every run; an operation that cannot give them warns.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.benchmark = False
        _check_only_the_held_gpu_is_seen()
    return torch.device("cuda" if use_cuda else "cpu")


def _check_only_the_held_gpu_is_seen() -> None:
    """Raises RuntimeError where CUDA was initialised before the choice of a device."""
    import torch

    torch.cuda.init()  # from here on the count is CUDA's own, not that of the variable
    if holds_gpu() and torch.cuda.device_count() != 1:
        raise RuntimeError(
            f"CUDA sees {torch.cuda.device_count()} devices, though one was chosen: something "
            "asked for CUDA before choose_device, such as torch.cuda.is_available() in a module "
            "that was imported"
        )


def start_records(path: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Begin a progress log with the records of the part that was done before a kill.

    Snakemake deletes a job's logs when it starts it again.
    """
    Path(path).unlink(missing_ok=True)
    for record in records:
        append_record(path, record)


def append_record(path: str, record: Mapping[str, Any]) -> None:
    """Append one line of JSON to a progress log."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
