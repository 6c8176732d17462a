"""Results that are brought to another checkout are not made again."""

import os
import random
import shutil

import pytest

from project import Project

# Without `code`, which looks at the times of scripts and not at what is in them.
BY_CONTENT = ("--rerun-triggers", "mtime", "input", "params", "software-env")


@pytest.fixture(scope="module")
def clone(tiny_run, tmp_path_factory):
    """A fresh checkout of the same commit, whose files are newer than the results."""
    folder = tmp_path_factory.mktemp("moved") / "clone"
    ignored = shutil.ignore_patterns("results", ".snakemake", "__pycache__")
    shutil.copytree(tiny_run.folder, folder, ignore=ignored, copy_function=shutil.copyfile)
    return folder


@pytest.fixture
def moved(tiny_run, clone, tmp_path):
    """A fresh checkout with results from elsewhere; times of files are kept, as by `rsync -a`."""
    project = Project.copied(clone, tmp_path / "clone")
    shutil.copytree(tiny_run.folder / "results", project.folder / "results", symlinks=True)
    return project


@pytest.fixture
def records(tiny_run, moved):
    """Snakemake's records of what made the results, brought too."""
    kept = ".snakemake/metadata"
    shutil.copytree(tiny_run.folder / kept, moved.folder / kept)


def again(k):
    def edit(config):
        config["vbsw"]["experiments"]["digits_lenet5"]["k"] = k

    return edit


FROM_WEIGHTS_ON = {
    "weigh_samples": 2,
    "train_heads": 2,
    "compare_weightings": 1,
    "build_table": 1,
    "plot_highest_weights": 1,
    "plot_gains": 1,
    "compare_with_published": 1,
    "write_manifest": 1,
    "build_page": 1,
    "all": 1,
}


@pytest.mark.usefixtures("records")
def test_by_content_nothing_is_to_be_done_and_edits_are_found(moved, tiny_run):
    scripts_are_newer = moved.jobs()
    assert scripts_are_newer["train_backbone"] > 1
    assert moved.jobs(*BY_CONTENT) == {}
    with moved.edited_config(again(k=6)):
        assert moved.jobs(*BY_CONTENT) == FROM_WEIGHTS_ON
    with moved.edited_file(moved.folder / "scripts/vbsw/plot_gains.py", "\n# edited\n"):
        assert moved.jobs(*BY_CONTENT)["plot_gains"] == 1
        assert "train_backbone" not in moved.jobs(*BY_CONTENT)

    # A touch settles the times.
    moved.run("--touch")
    assert moved.jobs() == {}
    with moved.edited_config(again(k=6)):
        assert moved.jobs() == FROM_WEIGHTS_ON
    for path in (tiny_run.folder / "results").rglob("*.npz"):
        found = moved.folder / path.relative_to(tiny_run.folder)
        assert found.read_bytes() == path.read_bytes()


@pytest.mark.usefixtures("records")
def test_a_touch_of_all_settles_lost_times_and_writes_lost_records_anew(moved):
    rng = random.Random(0)
    files = [path for path in (moved.folder / "results").rglob("*") if path.is_file()]
    for path in files:
        time = 1.6e9 + rng.randrange(10**6)
        os.utime(path, (time, time))
    large = {path.parent.parent.name for path in files if path.stat().st_size > 2**20}
    found = moved.jobs(*BY_CONTENT)
    assert large
    assert len(found) < 30  # only what rests on large files may look older than these
    shutil.rmtree(moved.folder / ".snakemake/metadata")
    assert moved.jobs(*BY_CONTENT) != {}
    moved.run("--touch", "--forceall")
    assert moved.jobs() == {}
    with moved.edited_config(again(k=6)):
        assert moved.jobs() == FROM_WEIGHTS_ON
