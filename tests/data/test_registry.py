"""The registry is strict, complete, and the page of data sets follows it."""

from __future__ import annotations

import copy
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from vicinal.data.build import KINDS, REGISTRY_ENTRY
from vicinal.data.download import RetrievalError, mirrors_from_text, retrieve
from vicinal.data.registry import Source, load_registry, registry_table

ROOT = Path(__file__).parents[2]
REGISTRY = ROOT / "data" / "registry.yaml"
DIGEST = hashlib.sha256(b"content").hexdigest()
ENTRY: dict[str, Any] = {
    "title": "A set",
    "licence": "CC0",
    "citation": "Nobody",
    "homepage": "https://example.org",
    "notes": "None",
    "files": [
        {
            "path": "a/b.tsv",
            "size": 7,
            "sha256": DIGEST,
            "urls": ["https://example.org/b", {"url": "https://example.org/z", "member": "b"}],
        }
    ],
}


def write(tmp_path: Path, entry: Any) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(yaml.safe_dump({"some_set": entry}))
    return path


def test_reads_every_field(tmp_path: Path) -> None:
    (entry,) = load_registry(write(tmp_path, ENTRY)).values()
    (file,) = entry.files
    assert (entry.name, entry.licence, file.name, file.size) == ("some_set", "CC0", "b.tsv", 7)
    assert file.sources == (
        Source("https://example.org/b"),
        Source("https://example.org/z", "b"),
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sha256", DIGEST[:-1], "sha256"),
        ("sha256", DIGEST.upper(), "lower-case"),
        ("sha256", 12, "sha256"),
        ("size", "7", "whole number"),
        ("size", True, "whole number"),
        ("size", 0, "positive"),
        ("path", "/etc/passwd", "relative path"),
        ("path", "a/../../b", "relative path"),
        ("urls", "https://example.org", "a list"),
        ("urls", ["ftp://example.org"], "http"),
        ("urls", [{"url": "https://example.org", "inside": "b"}], "unknown key inside"),
        ("urls", [{"member": "b"}], "missing key url"),
        ("members", {"b": DIGEST}, "either sha256 or"),
        ("colour", "red", "unknown key colour"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, key: str, value: Any, message: str) -> None:
    entry = copy.deepcopy(ENTRY)
    entry["files"][0][key] = value
    with pytest.raises(ValueError, match=rf"some_set\.files\[0\].*{message}"):
        load_registry(write(tmp_path, entry))


@pytest.mark.parametrize("key", ["title", "licence", "citation", "homepage", "notes", "files"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    entry = {name: value for name, value in ENTRY.items() if name != key}
    with pytest.raises(ValueError, match=f"some_set: missing key {key}"):
        load_registry(write(tmp_path, entry))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha": 1}, "unknown key sha"),
        ({"title": 3}, "some_set.title: 3 is not text"),
        ({"files": []}, "no files"),
        ({"files": ENTRY["files"] * 2}, "share a base name"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_registry(write(tmp_path, ENTRY | change))


def test_an_empty_registry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "registry.yaml").write_text("")
    with pytest.raises(ValueError, match="mapping from entry names"):
        load_registry(tmp_path / "registry.yaml")


def test_every_kind_finds_its_entry() -> None:
    registry = load_registry(REGISTRY)
    assert {entry for entry in REGISTRY_ENTRY.values() if entry} <= set(registry)
    assert len({file.path for entry in registry.values() for file in entry.files}) == sum(
        len(entry.files) for entry in registry.values()
    )


def test_the_page_follows_the_registry() -> None:
    page = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
    found = re.search(
        r"<!-- registry table: begin -->\n\n?(.*?)<!-- registry table: end -->", page, re.DOTALL
    )
    assert found is not None
    assert found[1] == registry_table(load_registry(REGISTRY))


def test_the_page_lists_every_kind_with_its_entry_and_options() -> None:
    page = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8").split("## Raw files")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]
    documented = {cells[0]: cells[4:] for cells in rows if len(cells) == 6}
    for name, kind in KINDS.items():
        entry, options = documented[f"`{name}`"]
        assert (entry == f"`{kind.entry}`") if kind.entry else entry.startswith("none")
        assert re.findall(r"`(\w+)`", options) == list(kind.options)


@pytest.mark.skipif("VICINAL_DATA_MIRROR" not in os.environ, reason="VICINAL_DATA_MIRROR is unset")
def test_the_mirror_holds_what_the_registry_describes(tmp_path: Path) -> None:
    mirrors = [
        mirror
        for mirror in mirrors_from_text(os.environ["VICINAL_DATA_MIRROR"])
        if Path(mirror).is_dir()
    ]
    present = [
        file
        for entry in load_registry(REGISTRY).values()
        for file in entry.files
        if any((Path(mirror) / file.path).is_file() for mirror in mirrors)
    ]
    if not present:
        pytest.skip("no folder of VICINAL_DATA_MIRROR holds a file of the registry")
    for file in present:
        offline = type(file)(file.path, file.size, file.sha256, file.members, ())
        try:
            retrieve(
                offline, tmp_path / file.name, mirrors=mirrors, retries=0, timeout=1, progress=False
            )
        except RetrievalError as error:
            pytest.fail(str(error))
        (tmp_path / file.name).unlink()
