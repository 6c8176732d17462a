"""A file that is not what was written is not used: it is told, moved aside and made anew."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch
from written_files import WRITERS, read, write

from project import Project
from vicinal_workflow import artifacts
from vicinal_workflow.artifacts import (
    remove_whole,
    write_arrays,
    write_metadata,
    write_table,
    written_whole,
)
from vicinal_workflow.checksums import (
    MANIFEST,
    DamagedArtifact,
    file_sha256,
    record_path,
    whole_sha256,
)
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.verify import check_results, main

FEATURES = "results/features/double_moon_inputs/0.npz"
WEIGHTS = "results/vbsw/weights/double_moon/0.npz"


def flip_a_bit(path, at=-200):
    """What a disk or a memory does: the size and the time of the file stay."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("suffix", WRITERS)
def test_one_flipped_bit_is_found(tmp_path, suffix):
    path = tmp_path / f"name{suffix}"
    write(path)
    read(path)
    flip_a_bit(path, at=len(path.read_bytes()) // 2)
    with pytest.raises(DamagedArtifact, match=rf"name\{suffix}: the file is damaged or was edited"):
        read(path)
    # Out of the way, so that Snakemake makes it anew.
    assert [file.name for file in tmp_path.iterdir()] == [f"name{suffix}.damaged"]
    write(path)
    read(path)


def test_the_manifest_that_lists_a_damaged_file_goes_and_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    inner, outer = Path("results/inner"), Path("results")
    path = inner / "features/a.npz"
    write(path)
    listed = {"config": {"results_dir": "elsewhere"}, "artifacts": {"elsewhere/features/a.npz": ""}}
    write_metadata(inner / MANIFEST, listed)
    write_metadata(outer / MANIFEST, listed | {"artifacts": {"elsewhere/b.npz": ""}})
    foreign = tmp_path / MANIFEST
    foreign.parent.mkdir()
    foreign.write_text("of another program")
    flip_a_bit(path, at=100)
    with pytest.raises(DamagedArtifact):
        read(path)
    assert not (inner / MANIFEST).exists()
    assert not record_path(inner / MANIFEST).exists()
    assert (outer / MANIFEST).exists()
    assert foreign.read_text() == "of another program"


def test_a_writer_beside_a_reader_does_no_damage(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    write(path)
    hashes = []

    def written_anew_and_hashed(name):
        if not hashes:
            write_table(path, pd.DataFrame({"b": [2]}))
        hashes.append(file_sha256(name))
        return hashes[-1]

    monkeypatch.setattr("vicinal_workflow.checksums.file_sha256", written_anew_and_hashed)
    assert whole_sha256(path) == hashes[-1]
    assert len(hashes) == 2
    assert path.exists()


@pytest.mark.parametrize("kept", [0, 100])
def test_a_shortened_file_is_found(tmp_path, kept):
    write(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes((tmp_path / "a.csv").read_bytes()[:kept])
    with pytest.raises(DamagedArtifact):
        read(tmp_path / "a.csv")


def test_an_edit_is_told_how_to_be_kept(tmp_path):
    write(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("edited\n1\n")
    with pytest.raises(DamagedArtifact, match=r"was edited: .*move it back"):
        read(tmp_path / "a.csv")
    (tmp_path / "a.csv.damaged").rename(tmp_path / "a.csv")
    assert list(read(tmp_path / "a.csv")["edited"]) == [1]


def test_the_record_is_one_that_sha256sum_reads(tmp_path):
    write(tmp_path / "a.npz")
    done = subprocess.run(["sha256sum", "--check", ".a.npz.sha256"], cwd=tmp_path)
    assert done.returncode == 0


def test_a_file_without_a_record_is_taken_as_it_is(tmp_path):
    write(tmp_path / "a.csv")
    record_path(tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").write_text("own\n1\n")
    assert list(read(tmp_path / "a.csv")["own"]) == [1]


def test_a_link_of_the_cache_is_not_taken_for_damage(tmp_path):
    """The record is of the file that was there before Snakemake put the link."""
    write_arrays(tmp_path / "cached", a=1)
    write_arrays(tmp_path / "a.npz", a=2)
    (tmp_path / "a.npz").unlink()
    (tmp_path / "a.npz").symlink_to("cached")
    assert read(tmp_path / "a.npz")["a"] == 1
    # Nor later, when results were copied with the files in place of the links.
    shutil.copy(tmp_path / "cached", tmp_path / "copied")
    (tmp_path / "a.npz").unlink()
    (tmp_path / "copied").rename(tmp_path / "a.npz")
    assert read(tmp_path / "a.npz")["a"] == 1


def test_damage_in_a_cache_is_found_by_all_who_use_it(tmp_path):
    """As Snakemake does it: the file of the job that made it is moved, and linked."""
    cache, own, other = (tmp_path / name for name in ("cache/4f2a", "own/a.csv", "other/a.csv"))
    for path in (cache, own, other):
        path.parent.mkdir()
    write(own)
    own.rename(cache)
    own.symlink_to(cache)
    other.symlink_to(cache)
    read(own)
    assert not record_path(own).exists()
    assert record_path(cache).exists()
    read(other)
    flip_a_bit(cache, at=2)
    assert check_results(tmp_path / "other").damaged == [other]
    with pytest.raises(DamagedArtifact, match=r"a\.csv: the file is damaged .*/4f2a: delete that"):
        read(other)
    assert cache.exists()


def test_a_record_is_never_beside_another_file_whenever_the_writer_dies(tmp_path):
    """The writer's process ends without a word after its first, second, ... change of a name."""
    code = (
        "import os, sys, pathlib\n"
        "from vicinal_workflow.artifacts import written_whole\n"
        "left = int(sys.argv[2])\n"
        "def dying(change):\n"
        "    def changed(*arguments, **options):\n"
        "        global left\n"
        "        if left == 0: os._exit(7)\n"
        "        left -= 1\n"
        "        return change(*arguments, **options)\n"
        "    return changed\n"
        "os.replace = dying(os.replace)\n"
        "pathlib.Path.unlink = dying(pathlib.Path.unlink)\n"
        "with written_whole(sys.argv[1]) as path: path.write_text('new')\n"
    )
    path, ended = tmp_path / "a.txt", []
    for changes in range(6):
        with written_whole(path) as temporary:
            temporary.write_text("old")
        ended.append(subprocess.run([sys.executable, "-c", code, path, str(changes)]).returncode)
        recorded = record_path(path).read_text() if record_path(path).exists() else None
        assert path.read_text() in ("old", "new")
        assert recorded is None or recorded.split()[0] == file_sha256(path)
        remove_whole(path)
    assert ended == [7, 7, 7, 7, 7, 0]


def test_a_damaged_checkpoint_is_not_continued(tmp_path, caplog):
    def checkpoint():
        return Checkpoint(str(tmp_path / "0.pt"), {"epochs": 3}, [__file__])

    checkpoint().save({"epoch": 2})
    assert checkpoint().load() == {"epoch": 2}
    flip_a_bit(tmp_path / "0.pt")
    assert checkpoint().load() is None
    assert "starting anew" in caplog.text
    checkpoint().save({"epoch": 1})
    assert checkpoint().load() == {"epoch": 1}
    checkpoint().remove()
    assert [path.name for path in tmp_path.iterdir()] == ["0.pt.damaged"]


def test_a_checkpoint_of_another_program_is_not_continued(tmp_path, caplog):
    torch.save([1, 2], tmp_path / "0.pt")
    assert Checkpoint(str(tmp_path / "0.pt"), {}, []).load() is None
    assert "starting anew" in caplog.text


def test_nothing_is_left_of_a_checkpoint_whose_writer_was_killed(tmp_path):
    checkpoint = Checkpoint(str(tmp_path / "0.pt"), {}, [])
    checkpoint.save({"epoch": 1})
    for name in (".0.pt.partial.pt", ".0.pt.sha256.partial"):
        (tmp_path / name).write_text("half")
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


def test_every_stage_writes_through_the_one_that_records():
    """A stage that opened its output itself would leave a half file where it is killed."""
    root = Path(__file__).parents[2]
    for path in (root / "scripts").rglob("*.py"):
        text = path.read_text("utf-8")
        for opened in ("open(", ".to_csv(", "np.save", "save_file(", "torch.save(", ".savefig("):
            assert opened not in text, f"{path} calls {opened}"
        if "write_text(" in text or ".save(path)" in text:
            assert "with written_whole(" in text, path
    assert artifacts.written_whole.__module__ == "vicinal_workflow.artifacts"


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A finished run of one experiment, with its summary."""
    project = Project(tmp_path_factory.mktemp("small"))
    project.config["vbsw"] |= {"tables": {}, "figure6": {}, "bound": None}
    project.config |= {"gradients": {}, "bayes": {}, "witness": {}}
    project.config["vbsw"]["further"] = ["double_moon"]
    project.write_config()
    project.run()
    return project


def verify(project, *arguments):
    """What the command says, and its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "vicinal_workflow.verify", *arguments],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr, done.returncode


def checksums(project):
    """The checksum of every file that the manifest lists."""
    manifest = artifacts.read_metadata(project.folder / "results/summary/manifest.json")
    return {path: file_sha256(project.folder / path) for path in manifest["artifacts"]}


def test_damage_in_a_run_is_found_before_use_and_made_good(small_run):
    """Detected by the stage that would use it; the next call mends it, to the same bytes."""
    before = checksums(small_run)
    features = small_run.folder / FEATURES
    remove_whole(small_run.folder / WEIGHTS)
    flip_a_bit(features)
    done = small_run.snakemake(WEIGHTS)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert f"DamagedArtifact: {FEATURES}: the file is damaged or was edited" in said
    assert "Traceback" not in said
    assert not features.exists()
    assert not (small_run.folder / WEIGHTS).exists()

    small_run.run()
    assert checksums(small_run) == before
    assert small_run.jobs() == {}
    (features.parent / f"{features.name}.damaged").unlink()


def test_damage_that_no_stage_would_read_is_found_by_verify(small_run):
    before = checksums(small_run)
    assert verify(small_run)[1] == 0
    table = small_run.folder / "results/vbsw/tables/further.csv"
    flip_a_bit(table)
    (small_run.folder / FEATURES).unlink()
    assert small_run.jobs() == {}  # Snakemake sees nothing

    said, status = verify(small_run)
    assert status == 1
    assert "damaged: results/vbsw/tables/further.csv" in said
    assert f"missing: {FEATURES}" in said
    assert table.exists()  # it was only told
    assert verify(small_run, "--remove")[1] == 1
    assert not table.exists()
    small_run.run()
    assert checksums(small_run) == before
    assert "0 are damaged, 0 are missing" in verify(small_run)[0]
    assert small_run.jobs() == {}


def test_verify_holds_a_file_without_a_record_against_the_manifest(small_run):
    """Such as one that a cache holds, or that was copied without its record."""
    path = small_run.folder / FEATURES
    kept, record = path.read_bytes(), record_path(path)
    text = record.read_text()
    record.unlink()
    flip_a_bit(path)
    assert f"damaged: {FEATURES}" in verify(small_run)[0]
    path.write_bytes(kept)
    record.write_text(text)
    assert verify(small_run)[1] == 0


def test_verify_tells_what_it_cannot_do(tmp_path, monkeypatch, capsys):
    write_metadata(tmp_path / MANIFEST, {"of": "another program"})
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path)])
    assert "summary/manifest.json: no manifest of this workflow" in capsys.readouterr().err
    (tmp_path / MANIFEST).unlink()
    write(tmp_path / "a.csv")
    flip_a_bit(tmp_path / "a.csv", at=2)

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), "--remove"])
    assert "cannot be moved aside: [Errno 13] Permission denied" in capsys.readouterr().err


def test_a_look_changes_nothing(tmp_path):
    """A user's link to another disk keeps the checksum of the file that was there."""
    write(tmp_path / "a.csv")
    (tmp_path / "a.csv").rename(tmp_path.parent / "moved.csv")
    (tmp_path / "a.csv").symlink_to(tmp_path.parent / "moved.csv")
    check_results(tmp_path)
    assert record_path(tmp_path / "a.csv").exists()


def test_verify_in_the_wrong_folder_says_so(small_run):
    said, status = verify(small_run, "nowhere")
    assert status == 2
    assert "nowhere is no folder" in said
