"""The target that sets two results folders side by side."""

import shutil

from vicinal_workflow.artifacts import read_metadata, write_metadata


def test_another_folder_to_compare_with_reruns_nothing(tiny_run, tmp_path):
    other = shutil.copytree(tiny_run.folder / "results", tmp_path / "results")
    assert tiny_run.jobs("--config", f"compare_with={other}") == {}
    assert tiny_run.jobs("compare", "--config", f"compare_with={other}") == {"compare": 1}


def test_a_copy_is_the_same_and_an_edited_one_is_not(tiny_run, tmp_path):
    results = tiny_run.folder / "results"
    other = shutil.copytree(results, tmp_path / "results")
    page = results / "summary/compare.html"
    try:
        tiny_run.run("compare", "--config", f"compare_with={other}")
        assert "Nothing differs" in page.read_text("utf-8")

        manifest = other / "summary/manifest.json"
        described = read_metadata(manifest)
        described["config"]["seed"] = 1
        write_metadata(manifest, described)
        tiny_run.run("compare", "--config", f"compare_with={other}")
        assert "The configurations differ at 1 place." in page.read_text("utf-8")
        # It is of this comparison alone: the run itself has nothing to do.
        assert tiny_run.jobs() == {}
    finally:
        page.unlink()


def test_without_results_to_compare_with_it_says_how_to_name_them(tiny_run, tmp_path):
    done = tiny_run.snakemake("compare", "--dry-run")
    assert done.returncode != 0
    assert "add --config compare_with=../other/results" in done.stderr + done.stdout
    done = tiny_run.snakemake("compare", "--dry-run", "--config", f"compare_with={tmp_path}")
    assert done.returncode != 0
    assert "summary/manifest.json: no such file" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
