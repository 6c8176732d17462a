"""What a cluster is asked for: few jobs in all, and GPUs only where they may be used."""

import pytest
import yaml

from project import ROOT
from rule_texts import rules_with

PROFILE = "workflow/profiles/slurm"
PRESETS = {
    "config.yaml": (),
    "laptop": ("--configfile", "workflow/presets/laptop.yaml"),
    "paper": ("--configfile", "workflow/presets/paper.yaml"),
}
# Submitted jobs of the paper's preset. Of a rule there are at most as many as shards of networks,
# ten of them in most, trained one after another for hours; each has features, weights and heads.
MOST_OF_A_RULE = 32
MOST_IN_ALL = 240


@pytest.fixture
def full_project(project):
    """A copy with the configuration that users have."""
    project.config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    project.write_config()
    return project


def kinds_of_jobs(project, preset):
    """Rule -> number of jobs, of those that a cluster runs and of those beside Snakemake."""
    # A rule without a script only names what others make.
    counts = {
        rule: count
        for rule, count in project.jobs(*PRESETS[preset]).items()
        if rule in rules_with("script:")
    }
    local = rules_with("localrule: True")
    return (
        {rule: n for rule, n in counts.items() if rule not in local},
        {rule: n for rule, n in counts.items() if rule in local},
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_says_how_many_jobs_there_are(full_project, preset):
    submitted, local = kinds_of_jobs(full_project, preset)
    gpu = sum(n for rule, n in submitted.items() if rule in rules_with("gpu="))
    page = (ROOT / "docs/cluster.md").read_text("utf-8")
    line = f"| {sum(submitted.values())} | {gpu} | {sum(local.values())} |"
    (found,) = (row for row in page.splitlines() if row.startswith(f"| `{preset}"))
    assert found.endswith(line), line


def test_the_paper_preset_submits_few_jobs(full_project):
    submitted, _ = kinds_of_jobs(full_project, "paper")
    assert len(submitted) > 30
    assert not {rule: n for rule, n in submitted.items() if n > MOST_OF_A_RULE}
    assert sum(submitted.values()) <= MOST_IN_ALL


def test_snakemake_takes_the_profile_and_finds_the_partitions_beside_it(full_project):
    done = full_project.snakemake("--dry-run", "--quiet", "all", "--profile", PROFILE)
    assert done.returncode == 0, done.stderr
    partitions = full_project.folder / PROFILE / "partitions.yaml"
    assert yaml.safe_load(partitions.read_text("utf-8")) == {
        "partitions": {"cpu": {}, "gpu": {"max_gpu": 1}}
    }
    # The plugin looks for the file even then.
    partitions.unlink()
    done = full_project.snakemake("--dry-run", "--quiet", "all", "--profile", PROFILE)
    assert done.returncode != 0
    assert "Partition configuration file not found" in done.stdout + done.stderr


def test_no_gpu_is_asked_for_where_the_configuration_forbids_it(full_project):
    target = "results/backbones/digits_lenet5/0.safetensors"
    assert "gpu=1" in full_project.run("--dry-run", target).stdout
    without = full_project.run("--dry-run", target, "--config", "device=cpu").stdout
    assert "rule train_backbone" in without
    assert "gpu=1" not in without
