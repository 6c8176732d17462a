"""Members of zip and tar archives, read in memory: nothing is ever extracted to disk."""

from __future__ import annotations

import hashlib
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, TypeVar

MEMBER_LIMIT = 2**31  # bytes; a larger declared member is taken for a decompression bomb
UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # an encrypted or unknown compression method, in zipfile
)
Content = TypeVar("Content")


class ArchiveError(ValueError):
    """An archive that is broken, unsafe, or lacks a member."""


def read_members(archive: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Contents of the members `names`.

    Raises ArchiveError as `member_digests` does, and where a member is absent.
    """
    found = _each_member(archive, lambda name, stream: stream.read() if name in names else None)
    contents = {name: content for name, content in found.items() if content is not None}
    absent = [name for name in names if name not in contents]
    if absent:
        raise ArchiveError(f"no member {', '.join(absent)}")
    return contents


def member_digests(archive: Path) -> dict[str, str]:
    """sha256 of every member's content, by member name (a leading `./` is dropped).

    Raises ArchiveError for broken archives, absolute names, names with `..`, links, devices,
    names that occur twice, and members above 2 GiB. Folders are passed over.
    """
    return _each_member(archive, lambda _, stream: _digest(stream))


def _each_member(archive: Path, read: Callable[[str, IO[bytes]], Content]) -> dict[str, Content]:
    members = _zip_members if zipfile.is_zipfile(archive) else _tar_members
    contents: dict[str, Content] = {}
    try:
        for raw_name, stream in members(archive):
            name = str(PurePosixPath(raw_name))
            if name in contents:
                raise ArchiveError(f"member {name!r} occurs twice")
            contents[name] = read(name, stream)
    except UNREADABLE as error:
        raise ArchiveError(f"broken archive: {error}") from error
    return contents


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(2**20):
        digest.update(block)
    return digest.hexdigest()


def _tar_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            _check_name(member.name)
            if member.isdir():
                continue
            stream = tar.extractfile(member) if member.isfile() else None
            if stream is None:
                raise ArchiveError(f"member {member.name!r} is a link or device")
            _check_size(member.name, member.size)
            yield member.name, stream


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as zipped:
        for member in zipped.infolist():
            _check_name(member.filename)
            if member.is_dir():
                continue
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                raise ArchiveError(f"member {member.filename!r} is a link or device")
            _check_size(member.filename, member.file_size)
            with zipped.open(member) as stream:
                yield member.filename, stream


def _check_name(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise ArchiveError(f"member name {name!r} leaves the archive")


def _check_size(name: str, size: int) -> None:
    if size > MEMBER_LIMIT:
        raise ArchiveError(f"member {name!r} declares {size} bytes; the limit is {MEMBER_LIMIT}")
