"""Fetch a file of the registry from a mirror or the internet, and verify it before use.

Built on requests and tqdm, not on pooch, which cannot resume a broken download.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from vicinal.data.archives import ArchiveError, member_digests, read_members
from vicinal.data.registry import RegistryFile
from vicinal.data.transfer import Patience, SourceRefused, download, write_blocks

BLOCK = 2**20  # bytes a read from a folder
ARCHIVE_LIMIT = 2**28  # bytes; of an archive from which one member is taken


class RetrievalError(RuntimeError):
    """No source had the right file; the message lists each source and its failure."""


def retrieve(
    file: RegistryFile,
    destination: Path,
    *,
    mirrors: Sequence[str] = (),
    retries: int = 3,
    timeout: float = 30.0,
    progress: bool = False,
    pause: float = 1.0,
) -> Path:
    """Bring `file` to `destination`, verified; a destination that is right already is kept.

    mirrors : folders or http(s) base URLs, tried in order before the public addresses.
    retries : further attempts at one source after a broken connection, a time-out, a short body
        or a passing server error (5xx, 408, 425, 429).
    timeout : seconds without an answer or a byte after which a connection counts as broken.
    progress : show a progress bar on standard error.
    pause : seconds before the first retry, doubled before each further one.

    Bytes gather in `<destination>.part`, which another source or a later call continues. Only a
    verified file gets the name `destination`.
    Raises RetrievalError where no source had the right file; there is no destination then.
    """
    if destination.exists():
        if _mismatch(file, destination) is None:
            return destination
        destination.unlink()
    destination.parent.mkdir(parents=True, exist_ok=True)
    fetch = _Fetch(file, destination, Patience(retries, timeout, pause), progress)
    failures = []
    for label, attempt in _sources(fetch, mirrors):
        try:
            attempt()
            return destination
        except SourceRefused as failure:
            failures.append(f"  {label}: {failure}")
    raise RetrievalError(_explanation(file, failures))


def verify(file: RegistryFile, path: Path) -> None:
    """Raise RetrievalError where `path` does not hold what the registry says of `file`."""
    if mismatch := _mismatch(file, path):
        raise RetrievalError(
            f"{path} is not what the registry says: {mismatch}; delete it to fetch it again"
        )


def mirrors_from_text(text: str) -> tuple[str, ...]:
    """Mirrors listed in one string, as in VICINAL_DATA_MIRROR: separated by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


@dataclass(frozen=True)
class _Fetch:
    """One file on its way to its destination: what stays the same from source to source."""

    file: RegistryFile
    destination: Path
    patience: Patience
    progress: bool

    def part(self, kind: str = "") -> Path:
        """Where unverified bytes gather."""
        return self.destination.with_name(f"{self.destination.name}{kind}.part")

    def copy(self, source: Path) -> None:
        """Copy from a folder mirror."""
        part, limit = self.part(".copy"), _limit(self.file)
        try:
            with source.open("rb") as incoming:
                blocks = iter(lambda: incoming.read(BLOCK), b"")
                write_blocks(
                    blocks, part, start=0, limit=limit, total=self.file.size, bar=self.progress
                )
        except FileNotFoundError as error:
            raise SourceRefused("no such file") from error
        except OSError as error:
            part.unlink(missing_ok=True)
            raise SourceRefused(f"cannot be copied: {error}") from error
        self.accept(part)

    def download(self, url: str) -> None:
        """Download the file itself, continuing what an earlier attempt left."""
        part = self.part()
        inherited = part.exists()
        self.transfer(url, part)
        try:
            self.accept(part)
        except SourceRefused:
            if not inherited:
                raise
            # The beginning came from elsewhere and may be the wrong half: once more from zero.
            self.transfer(url, part)
            self.accept(part)

    def download_member(self, url: str, member: str) -> None:
        """Download an archive and take the file from its `member`, in memory."""
        archive, part = self.part(".archive"), self.part(".member")
        archive.unlink(missing_ok=True)  # of unknown origin, and too small to be worth resuming
        self.transfer(url, archive, whole_file=False)
        try:
            part.write_bytes(read_members(archive, (member,))[member])
        except ArchiveError as error:
            raise SourceRefused(str(error)) from error
        finally:
            archive.unlink()
        self.accept(part)

    def transfer(self, url: str, part: Path, whole_file: bool = True) -> None:
        """Fill `part` from `url`: the registry's file, or an archive that holds it."""
        exact = self.file.size if whole_file and self.file.sha256 else None
        limit = _limit(self.file) if whole_file else ARCHIVE_LIMIT
        shown = self.progress
        try:
            download(url, part, size=exact, limit=limit, patience=self.patience, progress=shown)
        except OSError as error:  # of the disk; those of the network are SourceRefused
            raise SourceRefused(f"cannot be stored: {error}") from error

    def accept(self, part: Path) -> None:
        """Verify, then rename into place; a wrong file is deleted."""
        if mismatch := _mismatch(self.file, part):
            part.unlink()
            raise SourceRefused(mismatch)
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        os.replace(part, self.destination)


def _sources(fetch: _Fetch, mirrors: Sequence[str]) -> Iterator[tuple[str, Callable[[], None]]]:
    """Name and action of every source, in the order of trial."""
    for mirror in mirrors:
        if mirror.startswith(("http://", "https://")):
            url = f"{mirror.rstrip('/')}/{quote(fetch.file.path)}"
            yield url, partial(fetch.download, url)
        else:
            path = Path(mirror).expanduser() / fetch.file.path
            yield str(path), partial(fetch.copy, path)
    for source in fetch.file.sources:
        if source.member is None:
            yield source.url, partial(fetch.download, source.url)
        else:
            label = f"{source.url} (member {source.member})"
            yield label, partial(fetch.download_member, source.url, source.member)


def _limit(file: RegistryFile) -> int:
    """Most bytes to accept. A repacked archive may differ from the public one in size."""
    return file.size if file.sha256 else 2 * file.size


def _mismatch(file: RegistryFile, path: Path) -> str | None:
    """What is wrong with the content of `path`; None where it is the registry's file."""
    if file.sha256 is None:
        return _member_mismatch(file, path)
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found == file.sha256:
        return None
    return (
        f"found {path.stat().st_size} bytes with sha256 {found}, "
        f"expected {file.size} bytes with sha256 {file.sha256}"
    )


def _member_mismatch(file: RegistryFile, archive: Path) -> str | None:
    try:
        found = member_digests(archive)
    except ArchiveError as error:
        return str(error)
    wrong = [
        f"member {name} has sha256 {found[name]}, expected {expected}"
        if name in found
        else f"no member {name} (expected with sha256 {expected})"
        for name, expected in file.members.items()
        if found.get(name) != expected
    ]
    return "; ".join(wrong) or None


def _explanation(file: RegistryFile, failures: Sequence[str]) -> str:
    identity = f"sha256 {file.sha256}" if file.sha256 else "verified by its members"
    lines = [f"{file.path} ({file.size} bytes, {identity}) could not be retrieved."]
    lines += ["Tried:", *failures] if failures else ["No mirror is set."]
    if not file.sources:
        lines.append(
            "This file has no public address: it must come from a mirror. Add the folder or base "
            f"URL below which {file.path} lies to data.mirrors in the configuration, or to the "
            "environment variable VICINAL_DATA_MIRROR; its entry in data/registry.yaml says how "
            "the file was made."
        )
    else:
        lines.append(
            "Without the internet, set data.mirrors in the configuration, or the environment "
            f"variable VICINAL_DATA_MIRROR, to a folder or base URL that holds {file.path}."
        )
    return "\n".join(lines)
