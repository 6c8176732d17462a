"""Full and read-only disks: one clear line, nothing half written, and the run goes on after."""

import errno
import hashlib

import pytest
from mounted import make_read_only, small_disk
from written_files import NUMBERS, WRITERS, read, write

from vicinal.data.download import RetrievalError, retrieve
from vicinal.data.registry import RegistryFile
from vicinal_workflow.artifacts import StorageError, written_whole

DATASET = "datasets/double_moon.npz"
FEATURES = "features/double_moon_inputs/0.npz"


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, suffix):
    with small_disk(tmp_path / "disk", kilobytes=24) as disk:
        with pytest.raises(StorageError) as refused:
            write(disk / f"sub/name{suffix}")
        said = str(refused.value)
        assert f"name{suffix}: cannot be written: No space left on device" in said
        assert "0.0 of 0.0 MB are free there" in said
        assert "\n" not in said
        assert list((disk / "sub").iterdir()) == []


@pytest.mark.parametrize("suffix", [".npz", ".pt"])
def test_a_full_disk_leaves_the_old_file(tmp_path, suffix):
    """Two of them do not fit, and the old one is given up only for a whole new one."""
    with small_disk(tmp_path / "disk", kilobytes=1200) as disk:
        write(disk / f"name{suffix}")
        before = (disk / f"name{suffix}").read_bytes()
        with pytest.raises(StorageError):
            write(disk / f"name{suffix}")
        assert (disk / f"name{suffix}").read_bytes() == before
        read(disk / f"name{suffix}")
        assert {file.name for file in disk.iterdir()} == {f"name{suffix}", f".name{suffix}.sha256"}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_read_only_disk_is_told(tmp_path, suffix):
    with small_disk(tmp_path / "disk", kilobytes=4000) as disk:
        write(disk / f"old{suffix}")
        make_read_only(disk)
        read(disk / f"old{suffix}")
        for name in (f"old{suffix}", f"new{suffix}", f"sub/new{suffix}"):
            with pytest.raises(StorageError, match="cannot be written: Read-only file system"):
                write(disk / name)


@pytest.mark.parametrize("source", ["folder", "server"])
def test_a_download_to_a_full_disk_is_told_and_goes_on(tmp_path, server, source):
    content = NUMBERS.tobytes()
    described = RegistryFile("set.bin", len(content), hashlib.sha256(content).hexdigest(), {}, ())
    (tmp_path / "set.bin").write_bytes(content)
    server.behaviours["set.bin"] = lambda handler, _, asked: handler.answer_range(content, asked)
    mirrors = [server.url if source == "server" else str(tmp_path)]
    with small_disk(tmp_path / "disk", kilobytes=900) as disk:
        (disk / "filler").write_bytes(bytes(400 * 1024))
        with pytest.raises(RetrievalError, match=r"set\.bin: cannot be .*No space left on device"):
            retrieve(described, disk / "set.bin", mirrors=mirrors)
        assert not (disk / "set.bin").exists()
        (disk / "filler").unlink()
        retrieve(described, disk / "set.bin", mirrors=mirrors)
        assert (disk / "set.bin").read_bytes() == content
        assert [path.name for path in disk.iterdir()] == ["set.bin"]


@pytest.mark.parametrize("code", [errno.EACCES, errno.EDQUOT, errno.EPERM])
def test_permissions_and_quotas_are_told_alike(tmp_path, code):
    def write_and_fail():
        with written_whole(tmp_path / "a.csv"):
            raise OSError(code, "not here")

    with pytest.raises(StorageError, match=r"a\.csv: cannot be written: "):
        write_and_fail()


def test_a_run_on_a_full_disk_goes_on_when_there_is_space(project):
    with small_disk(project.folder / "results", kilobytes=400) as results:
        filler = results / "filler"
        filler.write_bytes(bytes(380 * 1024))
        done = project.snakemake(f"results/{FEATURES}")
        said = done.stdout + done.stderr
        assert done.returncode == 1
        assert f"StorageError: results/{DATASET}: cannot be written: No space left" in said
        assert "Traceback" not in said
        assert not (results / DATASET).exists()
        assert not list(results.rglob("*partial*"))

        filler.unlink()
        project.run(f"results/{FEATURES}")
        project.run(f"whole/{FEATURES}", "--config", "results_dir=whole")
        for path in (DATASET, FEATURES):
            made = (project.folder / folder / path for folder in ("results", "whole"))
            assert len({path.read_bytes() for path in made}) == 1


def test_read_only_results_are_told_and_still_shown(project):
    """Finished results on a read-only disk: nothing to do, a plan, and a clear refusal."""
    with small_disk(project.folder / "results", kilobytes=4000) as results:
        project.run(f"results/{FEATURES}")
        make_read_only(results)
        assert "Nothing to be done" in project.run(f"results/{FEATURES}").stderr
        assert project.jobs("results/vbsw/weights/double_moon/0.npz") == {"weigh_samples": 1}
        new, again = "vbsw/weights/double_moon/0.npz", (FEATURES, "--forcerun", "extract_columns")
        for words, (target, *options) in {
            "Read-only file system: 'results/vbsw": (new,),
            "Write-protected output files": again,
        }.items():
            done = project.snakemake(f"results/{target}", *options)
            said = done.stdout + done.stderr
            assert done.returncode == 1
            assert words in said
            assert f"results/{target}" in said
            assert "Traceback" not in said
        assert (results / FEATURES).exists()
