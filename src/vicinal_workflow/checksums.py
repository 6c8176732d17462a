"""The record of what was written: the sha256 of each artifact in a hidden file beside it.

`.NAME.sha256` holds one line as of `sha256sum`. A reader that finds another content under NAME than
was written there does not use it, but moves it aside to be made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FilePath = str | os.PathLike[str]
MANIFEST = Path("summary/manifest.json")  # below a folder of results
DAMAGED = ".damaged"  # what the name of a file that was moved aside ends in


class DamagedArtifact(ValueError):
    """A file that is not what was written under its name."""


def file_sha256(path: FilePath) -> str:
    """The sha256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settings_sha256(settings: Mapping[str, Any]) -> str:
    """The sha256 of plain settings, such as a configuration, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def record_path(path: FilePath) -> Path:
    """Where the sha256 of a file is recorded."""
    return Path(path).with_name(f".{Path(path).name}.sha256")


def recorded_sha256(path: FilePath) -> str | None:
    """What was written under this name; None where there is no record.

    That of a link (to Snakemake's between-workflow cache) is beside the file that it leads to.
    """
    return _read_record(record_path(os.path.realpath(path) if os.path.islink(path) else path))


def _read_record(record: Path) -> str | None:
    try:
        return record.read_text("utf-8", "replace").partition(" ")[0]
    except FileNotFoundError:
        return None


def found_and_recorded(path: FilePath) -> tuple[str, str | None]:
    """The sha256 of a file as it is, and as it is recorded. Changes nothing.

    Read once more where a writer came between the two.
    """
    recorded, found = recorded_sha256(path), file_sha256(path)
    while recorded not in (None, found) and (now := recorded_sha256(path)) != recorded:
        recorded, found = now, file_sha256(path)
    return found, recorded


def whole_sha256(path: FilePath) -> str:
    """The sha256 of a file that is what was written.

    Raises DamagedArtifact where it is not; the file has been moved aside then.
    """
    if os.path.islink(path):
        with suppress(OSError):  # where nothing may be written it stays
            _settle_link(Path(path))
    found, recorded = found_and_recorded(path)
    if recorded not in (None, found):
        raise DamagedArtifact(_message(Path(path), found, str(recorded)))
    return found


def _settle_link(path: Path) -> None:
    """Lay the record beside a link to the file that it leads to, for all who use that file.

    Where Snakemake has just taken the file into its cache, the record is of that; a record of what
    was here before the link goes.
    """
    own, shared = record_path(path), record_path(os.path.realpath(path))
    if (recorded := _read_record(own)) is None:
        return
    if recorded == file_sha256(path) and recorded != _read_record(shared):
        temporary = shared.with_name(f"{shared.name}.{os.getpid()}.partial")
        temporary.write_text(f"{recorded}  {os.path.basename(os.path.realpath(path))}\n", "utf-8")
        os.replace(temporary, shared)
    own.unlink(missing_ok=True)


def whole(path: FilePath) -> Path:
    """The path of a file, once it is known to be what was written. Raises as `whole_sha256`.

    A file without a record (of the user, or from a download) is taken as it is, and one that is not
    there is left to the reader.
    """
    records = {record_path(path), record_path(os.path.realpath(path))}
    if os.path.exists(path) and any(map(os.path.exists, records)):
        whole_sha256(path)
    return Path(path)


def move_aside(path: Path) -> Path:
    """Give a damaged file another name, so that a run makes it anew; its record goes.

    So does the manifest that lists it: Snakemake does not miss a file when all that was made of it
    is there, but the manifest's stage asks for every one.
    """
    aside = path.with_name(path.name + DAMAGED)
    os.replace(path, aside)
    record_path(path).unlink(missing_ok=True)
    for folder in path.parents:
        with suppress(OSError, ValueError):  # most folders hold no results
            if path.relative_to(folder).as_posix() in listed_artifacts(read_manifest(folder)):
                forget_manifest(folder)
    return aside


def read_manifest(results: Path) -> dict[str, Any]:
    """The manifest of a folder of results as it is; nothing is checked against its record.

    Raises ValueError where it is not one of this workflow's.
    """
    path = results / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        listed_artifacts(manifest)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ValueError(f"{path}: no manifest of this workflow, or a damaged one") from None
    return dict(manifest)


def listed_artifacts(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Path below the folder of results, wherever it is now -> sha256 of what the manifest lists."""
    made_in = manifest["config"]["results_dir"]
    return {
        Path(os.path.relpath(artifact, made_in)).as_posix(): sha256
        for artifact, sha256 in manifest["artifacts"].items()
    }


def forget_manifest(results: Path) -> None:
    """Have the next run look for all that the manifest of a folder of results lists."""
    manifest = results / MANIFEST
    for file in (manifest, record_path(manifest)):
        file.unlink(missing_ok=True)


def _message(path: Path, found: str, recorded: str) -> str:
    said = (
        f"{path}: the file is damaged or was edited: its sha256 is {found[:12]}..., "
        f"what was written there had {recorded[:12] or 'none'}... "
    )
    if path.is_symlink():
        said += f"It is in a cache, as {os.path.realpath(path)}: delete that, too. "
    try:
        aside = move_aside(path)
    except OSError as error:
        return said + f"It cannot be moved aside ({error.strerror}); delete it to have it made anew"
    return said + (
        f"It is now {aside.name} in the same folder; start the run again and the file, with what "
        f"rests on it, is made anew. (To use an edited file nevertheless, move it back.)"
    )
