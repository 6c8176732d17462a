"""Whatever is done to a configuration: a plan, or a message that names what is wrong."""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest
import yaml
from mutations import mutated
from parse_time import ask_everything

from checkout import REGISTRY, SCHEMA
from project import ROOT, Project
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import plan_of

PAPER = load_yaml(ROOT / "workflow/presets/paper.yaml")
DEFAULT = load_yaml(ROOT / "config.yaml")
# As it is written, with every key, and at the paper's scale.
BASES = [
    DEFAULT,
    complete_configuration(DEFAULT, SCHEMA),
    complete_configuration(PAPER, SCHEMA),
]
SEEDS = range(201)
# A path of keys, then what is wrong there. A path may be the configuration as a whole.
FAULT = re.compile(r"(?:[^:]*: |names? )\S")


@pytest.mark.parametrize("base", range(len(BASES)))
def test_a_mutated_configuration_is_planned_or_refused_with_the_path(base):
    outcomes = Counter()
    for seed in SEEDS[base :: len(BASES)]:
        config, done = mutated(BASES[base], seed)
        try:
            plan = plan_of(config, SCHEMA, PAPER, REGISTRY)
            ask_everything(plan)
            yaml.safe_dump(plan.config)  # as Snakemake hands it on
            outcomes["planned"] += 1
        except ConfigurationError as error:
            outcomes["refused"] += 1
            assert_clear(str(error), f"seed {seed}: {done}")
    # The mutations are neither all harmless nor all of one kind.
    assert min(outcomes["planned"], outcomes["refused"]) > 5, outcomes


def assert_clear(message, mutation):
    """Every line names a key that the configuration could have, and none is endless."""
    first, _, rest = message.partition("\n")
    lines = [line.removeprefix("  - ") for line in rest.splitlines()] or [first]
    assert lines, mutation
    for line in lines:
        section = re.split(r"[.:]", line)[0]
        known = (*SCHEMA["properties"], "the configuration")
        assert section in known, (mutation, line)
    assert len(message) < 40_000, mutation


@pytest.mark.parametrize("number", [10**400, -(10**400), 2**63, float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["seed", "threads"])
def test_numbers_that_no_machine_counts_to_are_refused(key, number):
    with pytest.raises(ConfigurationError, match=rf"{key}: .* is not allowed"):
        plan_of(DEFAULT | {key: number}, SCHEMA, PAPER, REGISTRY)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("backbones.digits_lenet5.networks", "at most 10000"),
        ("gradients.problems.cosine.draws", "at most 10000"),
        ("bayes.experiments.digits_lenet5.repetitions", "at most 10000"),
    ],
)
def test_more_jobs_than_snakemake_can_plan_are_refused(path, fault):
    """A million millions of jobs would fill the memory before anything is said."""
    config = complete_configuration(DEFAULT, SCHEMA)
    *sections, key = path.split(".")
    entry = config
    for section in sections:
        entry = entry[section]
    entry[key] = 10**12
    with pytest.raises(ConfigurationError, match=f"{path}: 1000000000000 .*{fault}"):
        plan_of(config, SCHEMA, PAPER, REGISTRY)


@pytest.mark.parametrize("folder", ["", "{results}", "a{b", "a\nb", "\x00", "x" * 300])
@pytest.mark.parametrize("key", ["results_dir", "data.folder"])
def test_folders_that_snakemake_cannot_take_are_refused(key, folder):
    change = {"data": {"folder": folder}} if key == "data.folder" else {key: folder}
    with pytest.raises(ConfigurationError, match=f"{key}: .* is not allowed"):
        plan_of(DEFAULT | change, SCHEMA, PAPER, REGISTRY)


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("mutated"))


@pytest.mark.parametrize("seed", range(12))
def test_snakemake_says_the_same(empty_project, seed):
    """The same mutations of the default configuration through Snakemake itself."""
    config, done = mutated(DEFAULT, seed)
    file = empty_project.folder / f"mutated{seed}.yaml"
    file.write_text(yaml.dump(config, sort_keys=False), "utf-8")
    try:
        plan_of(config, SCHEMA, PAPER, REGISTRY)
        expected = None
    except ConfigurationError as error:
        expected = str(error)
    # In place of config.yaml, not merged with it.
    text = (empty_project.folder / "Snakefile").read_text("utf-8")
    (empty_project.folder / "mutated.smk").write_text(
        text.replace('"config.yaml"', f'"{file.name}"'), "utf-8"
    )
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", "mutated.smk", "--dry-run", "--cores", "2"],
        cwd=empty_project.folder,
        env=empty_project.environment | {"COLUMNS": os.environ.get("COLUMNS", "80")},
        capture_output=True,
        text=True,
    )
    said = run.stdout + run.stderr
    assert "Traceback" not in said, (done, said[-3000:])
    assert (run.returncode == 0) == (expected is None), (done, said[-3000:])
    if expected is not None:
        assert expected.splitlines()[-1].strip() in said, done
