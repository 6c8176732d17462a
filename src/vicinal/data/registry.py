"""The registry of raw data: where each file comes from and how it is recognised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Source:
    """A public address of a file, or of the zip or tar archive that holds it as `member`."""

    url: str
    member: str | None = None


@dataclass(frozen=True)
class RegistryFile:
    """One raw file and the ways to recognise it.

    path : place below a mirror, with forward slashes.
    size : bytes. Exact for a file verified by `sha256`; for an archive verified by its members it
        is the size of the public archive, which a repacked one need not have.
    sha256 : of the whole file; None for an archive verified by its members.
    members : member name -> sha256 of its content, for an archive; else empty.
    sources : public addresses in the order of trial; empty where the file has none.
    """

    path: str
    size: int
    sha256: str | None
    members: Mapping[str, str]
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """The last part of `path`."""
        return PurePosixPath(self.path).name

    @property
    def recognised_by(self) -> dict[str, Any]:
        """All but the addresses, as plain values: what its content depends on."""
        members = dict(self.members)
        return {"path": self.path, "size": self.size, "sha256": self.sha256, "members": members}


@dataclass(frozen=True)
class RegistryEntry:
    """One data set: its files, and what a user must know before using them."""

    name: str
    title: str
    licence: str
    citation: str
    homepage: str
    notes: str
    files: tuple[RegistryFile, ...]


def load_registry(path: Path) -> dict[str, RegistryEntry]:
    """Read and check the registry; entries by name, in the order of the file.

    Raises ValueError that names the entry and the key for unknown or missing keys, values of a
    wrong type, paths that leave the mirror, malformed hashes, and two files of one base name.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not content:
        raise ValueError(f"{path}: the registry is a mapping from entry names to entries")
    return {name: _entry(f"{path}: {name}", name, value) for name, value in content.items()}


def registry_table(registry: Mapping[str, RegistryEntry]) -> str:
    """A Markdown table of all entries: name, title, files with sizes, licence, source."""
    lines = [
        "| entry | data set | files | size | licence | source |",
        "| --- | --- | --- | ---: | --- | --- |",
    ]
    for entry in registry.values():
        files = ", ".join(f"`{file.path}`" for file in entry.files)
        size = sum(file.size for file in entry.files)
        cells = (
            f"`{entry.name}`",
            f"[{entry.title}]({entry.homepage})",
            files,
            f"{size / 1e6:,.2f} MB",
            entry.licence,
            _hosts(entry),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _hosts(entry: RegistryEntry) -> str:
    hosts = dict.fromkeys(
        urlsplit(source.url).netloc for file in entry.files for source in file.sources
    )
    mirror_only = sum(not file.sources for file in entry.files)
    if not mirror_only:
        return ", ".join(hosts)
    if not hosts:
        return "mirror only"
    return f"{', '.join(hosts)}; {mirror_only} of {len(entry.files)} files mirror only"


def _entry(where: str, name: str, value: Any) -> RegistryEntry:
    texts = ("title", "licence", "citation", "homepage", "notes")
    _check_keys(where, value, required=(*texts, "files"))
    for key in texts:
        _check_type(f"{where}.{key}", value[key], str, "text")
    _check_type(f"{where}.files", value["files"], list, "a list")
    if not value["files"]:
        raise ValueError(f"{where}.files: no files")
    files = tuple(_file(f"{where}.files[{i}]", item) for i, item in enumerate(value["files"]))
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        raise ValueError(f"{where}.files: two files share a base name among {', '.join(names)}")
    described = {key: " ".join(value[key].split()) for key in texts}
    return RegistryEntry(name=name, files=files, **described)


def _file(where: str, value: Any) -> RegistryFile:
    _check_keys(where, value, required=("path", "size", "urls"), optional=("sha256", "members"))
    if ("sha256" in value) == ("members" in value):
        raise ValueError(f"{where}: give either sha256 or, for an archive, members")
    _check_type(f"{where}.path", value["path"], str, "text")
    _check_inside(f"{where}.path", value["path"])
    _check_type(f"{where}.size", value["size"], int, "a whole number of bytes")
    if value["size"] <= 0:
        raise ValueError(f"{where}.size: {value['size']}; a size is positive")
    members = value.get("members", {})
    _check_type(f"{where}.members", members, dict, "a mapping from member names to sha256")
    if "members" in value and not members:
        raise ValueError(f"{where}.members: no members")
    for member, digest in members.items():
        _check_inside(f"{where}.members", member)
        _check_sha256(f"{where}.members[{member}]", digest)
    if "sha256" in value:
        _check_sha256(f"{where}.sha256", value["sha256"])
    _check_type(f"{where}.urls", value["urls"], list, "a list, empty where there is no address")
    sources = tuple(_source(f"{where}.urls[{i}]", item) for i, item in enumerate(value["urls"]))
    return RegistryFile(value["path"], value["size"], value.get("sha256"), members, sources)


def _source(where: str, value: Any) -> Source:
    if isinstance(value, str):
        value = {"url": value}
    _check_keys(where, value, required=("url",), optional=("member",))
    _check_type(f"{where}.url", value["url"], str, "text")
    if urlsplit(value["url"]).scheme not in ("http", "https"):
        raise ValueError(f"{where}.url: {value['url']!r}; allowed are http:// and https://")
    if "member" in value:
        _check_inside(f"{where}.member", value["member"])
    return Source(value["url"], value.get("member"))


def _check_keys(
    where: str, value: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> None:
    _check_type(where, value, dict, "a mapping")
    unknown = [str(key) for key in value if key not in required + optional]
    missing = [key for key in required if key not in value]
    if unknown:
        allowed = ", ".join(required + optional)
        raise ValueError(f"{where}: unknown key {', '.join(unknown)}; allowed are {allowed}")
    if missing:
        raise ValueError(f"{where}: missing key {', '.join(missing)}")


def _check_type(where: str, value: Any, kind: type, words: str) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{where}: {value!r} is not {words}")


def _check_inside(where: str, value: Any) -> None:
    _check_type(where, value, str, "text")
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts or "\\" in value:
        raise ValueError(f"{where}: {value!r} is not a relative path without '..'")


def _check_sha256(where: str, value: Any) -> None:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise ValueError(f"{where}: {value!r} is not a sha256 of 64 lower-case hex digits")
