"""What Snakemake's cache between workflows (`--cache`) does not look after by itself."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from vicinal_workflow.artifacts import read_metadata
from vicinal_workflow.checksums import file_sha256, settings_sha256

LOCATION = "SNAKEMAKE_OUTPUT_CACHE"
# Snakemake knows an entry by data, code and settings, and by these only with --sdm conda.
MADE_WITH = "made_with.json"
PACKAGES = ("numpy", "scikit-learn", "torch", "transformers")


def check_cache(folder: str | None) -> None:
    """Refuse a cache that would fail jobs after their work is done, or mix versions.

    folder : the value of SNAKEMAKE_OUTPUT_CACHE.
    The first to use a cache leaves there, in `made_with.json`, the versions that its entries are
    made with. Raises ValueError for no folder, one that cannot be written, and other versions.
    """
    if not folder:
        raise ValueError(f"--cache: {LOCATION} is not set; export it with the path of a folder")
    cache = Path(folder)
    if not cache.is_dir():
        raise ValueError(f"--cache: {LOCATION}={cache} is no folder; make it, or correct the path")
    if not os.access(cache, os.W_OK | os.X_OK):
        raise ValueError(
            f"--cache: {LOCATION}={cache} cannot be written, and a job whose result cannot be "
            "left there fails after its work; run without --cache, or with a copy of the folder"
        )
    here = {"machine": platform.machine()} | {name: version(name) for name in PACKAGES}
    record = cache / MADE_WITH
    if not record.exists():
        # Under a name of its own: others may be the first at the same time.
        with NamedTemporaryFile("w", dir=cache, delete=False, encoding="utf-8") as file:
            json.dump(here, file, indent=2)
        os.chmod(file.name, 0o644)
        os.replace(file.name, record)
    there = read_metadata(record)
    if there != here:
        different = ", ".join(
            f"{name} {there.get(name)} there, {value} here"
            for name, value in here.items()
            if there.get(name) != value
        )
        raise ValueError(
            f"--cache: what {cache} holds is made with other versions ({different}), and its "
            "bytes would not be those of a run here; name another folder"
        )


def contents_by_name(files: Iterable[Path]) -> str | None:
    """A checksum over the names and contents of several files; None for one or none.

    The cache compares the contents of inputs, whatever their names: without this an image moved
    to the folder of another class would be taken for the data set from before.
    """
    contents = {path.as_posix(): file_sha256(str(path)) for path in files}
    return settings_sha256(contents) if len(contents) > 1 else None
