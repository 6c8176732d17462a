"""A cache that would fail jobs after their work is refused before; names count beside contents."""

import json
import os
from pathlib import Path

import pytest

from vicinal.data.registry import RegistryFile, Source
from vicinal_workflow.shared_cache import MADE_WITH, check_cache, contents_by_name


@pytest.mark.parametrize("folder", [None, ""])
def test_no_folder_is_refused(folder):
    with pytest.raises(ValueError, match="SNAKEMAKE_OUTPUT_CACHE is not set"):
        check_cache(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"=.*/none is no folder"):
        check_cache(str(tmp_path / "none"))
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is no folder"):
        check_cache(str(tmp_path / "file"))


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    # Asked of the system, which refuses the superuser nothing.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(ValueError, match="cannot be written, and a job"):
        check_cache(str(tmp_path))


def test_other_versions_are_refused(tmp_path):
    check_cache(str(tmp_path))
    check_cache(str(tmp_path))  # the same again
    made_with = json.loads((tmp_path / MADE_WITH).read_text())
    assert {"machine", "numpy", "torch"} <= set(made_with)
    other = tmp_path / "other"
    other.mkdir()
    (other / MADE_WITH).write_text(json.dumps(made_with | {"torch": "1.0"}))
    with pytest.raises(ValueError, match=r"torch 1.0 there, \S+ here\)"):
        check_cache(str(other))


def test_contents_count_with_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one, two = Path("cat.png"), Path("dog.png")
    one.write_text("c")
    two.write_text("d")
    before = contents_by_name([one, two])
    assert contents_by_name([two, one]) == before
    one.write_text("d")
    two.write_text("c")
    exchanged = contents_by_name([one, two])
    assert exchanged != before
    two.rename("bird.png")
    assert contents_by_name([one, Path("bird.png")]) not in (before, exchanged)


def test_one_file_needs_no_name(tmp_path):
    (tmp_path / "table.csv").write_text("a")
    assert contents_by_name([]) is None
    assert contents_by_name([tmp_path / "table.csv"]) is None


def test_addresses_are_no_part_of_what_a_raw_file_holds():
    described = {"path": "a/b.csv", "size": 3, "sha256": "0" * 64, "members": {}}
    for url in ("https://example.org/b.csv", "https://example.net/b.csv"):
        file = RegistryFile(**described, sources=(Source(url),))
        # Plain values, which the cache and the look for changed settings need.
        assert json.loads(json.dumps(file.recognised_by)) == described
