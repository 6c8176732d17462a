"""The workflow through a real SLURM: where jobs go, and what becomes of those that are ended."""

import subprocess
import time
from collections import Counter

import pytest
from cluster_project import rule_of

from rule_texts import rules_with

# A default run at full scale takes its time.
pytestmark = pytest.mark.timeout(3 * 3600)
NETWORK = "backbones/digits_lenet5/0.safetensors"


def test_the_default_run_ends(whole_run):
    project, _ = whole_run
    for name in ("index.html", "comparison.csv", "manifest.json"):
        assert (project.folder / "results/summary" / name).stat().st_size > 1000
    assert project.jobs() == {}


def test_every_stage_is_submitted_once_but_for_tables_figures_and_downloads(whole_run):
    project, planned = whole_run
    local = rules_with("localrule: True")
    submitted = Counter(map(rule_of, project.submitted()))
    # Rules without a script of their own only name what others make.
    scripts = rules_with("script:")
    assert submitted == {
        rule: count for rule, count in planned.items() if rule in scripts and rule not in local
    }
    assert {"build_table", "plot_gains", "build_page"} <= set(planned) & local
    assert {job["JobState"] for job in project.submitted()} == {"COMPLETED"}


def test_stages_that_ask_for_a_gpu_and_no_others_are_in_its_partition(whole_run):
    project, _ = whole_run
    training = rules_with("gpu=")
    assert {"train_backbone", "train_heads"} <= training
    for job in project.submitted():
        asks = rule_of(job) in training
        assert job["Partition"] == ("gpu" if asks else "cpu"), job
        assert ("gpu" in job.get("TresPerJob", "")) == asks, job


def test_memory_time_and_cores_are_those_of_the_rule(whole_run):
    project, _ = whole_run
    (page,) = project.submitted("compare_ridges")
    assert (page["MinMemoryNode"], page["TimeLimit"], page["NumCPUs"]) == ("4000M", "01:00:00", "1")
    training = project.submitted("train_backbone")
    assert {(job["MinMemoryNode"], job["TimeLimit"]) for job in training} == {("8000M", "12:00:00")}


def test_a_job_that_scancel_ends_goes_on_where_it_was(whole_run):
    """Snakemake says that the run failed; called again, the bytes are those of an unbroken run."""
    project, _ = whole_run
    broken = (f"broken/{NETWORK}", "--config", "results_dir=broken")
    records = project.folder / "broken/logs/train_backbone/digits_lenet5/0.jsonl"
    run = project.started(
        *broken, "--retries", "0", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    while not (records.exists() and len(records.read_text().splitlines()) >= 3):
        assert run.poll() is None, run.stdout.read()
        time.sleep(0.05)
    job = project.submitted("train_backbone")[-1]
    subprocess.run(["scancel", job["JobId"]], check=True)
    said, _ = run.communicate(timeout=300)
    assert run.returncode != 0
    assert "SLURM status is: 'CANCELLED'" in said
    assert not (project.folder / "broken" / NETWORK).exists()

    project.run(*broken)
    assert "continuing from" in records.with_suffix(".log").read_text()
    cancelled, finished = project.submitted("train_backbone")[-2:]
    assert (cancelled["JobState"], finished["JobState"]) == ("CANCELLED", "COMPLETED")
    unbroken = project.folder / "results" / NETWORK
    assert (project.folder / "broken" / NETWORK).read_bytes() == unbroken.read_bytes()


def test_a_job_over_its_time_is_given_more_time_and_memory(slow_project):
    project, run = slow_project
    assert run.wait(900) == 0, (project.folder / "said.txt").read_text()[-4000:]
    assert (project.folder / "results/vbsw/samplings/slow/points.npz").exists()
    *ended, last = project.submitted("draw_training_points")
    assert ended
    assert {job["JobState"] for job in ended} == {"TIMEOUT"}
    assert last["JobState"] == "COMPLETED"
    asked = [(job["TimeLimit"], job["MinMemoryNode"]) for job in (*ended, last)]
    more = [("00:01:00", "8000M"), ("00:02:00", "16000M"), ("00:03:00", "24000M")]
    assert asked == more[: len(asked)]
