"""What a run says before it starts: entries that nothing runs, files that nobody has."""

import numpy as np
import pytest
import yaml

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.label_checks import check_labels
from vicinal_workflow.notices import notices
from vicinal_workflow.plan import Plan


def said(tmp_path, edit, mirrors=()):
    config = load_yaml(ROOT / "config.yaml")
    edit(config)
    plan = Plan(complete_configuration(config, SCHEMA), PAPER, REGISTRY)
    return list(notices(plan, config, tmp_path, mirrors))


def test_of_the_default_run_nothing_is_to_be_said(tmp_path):
    assert said(tmp_path, lambda config: None) == []


def test_an_entry_that_no_table_names_is_told(tmp_path):
    def edit(config):
        config["vbsw"]["experiments"]["extra"] = config["vbsw"]["experiments"]["double_moon"]
        config["vbsw"]["samplings"]["more"] = config["vbsw"]["samplings"]["runge"]

    experiment, sampling = said(tmp_path, edit)
    assert "Not part of the run: vbsw.experiments.extra. No table names it" in experiment
    assert "vbsw.samplings.more" in sampling
    assert "vbsw.further_samplings" in sampling

    def named(config):
        edit(config)
        config["vbsw"]["further"] = ["extra"]
        config["vbsw"]["further_samplings"] = ["more"]

    assert said(tmp_path, named) == []


def test_files_without_a_public_address_are_told_before_hours_of_work(tmp_path):
    def edit(config):
        config["datasets"]["people"] = {"kind": "lalonde", "controls": "experimental"}
        config["witness"]["treatment"]["studies"]["people"] = {"dataset": "people"}

    (line,) = said(tmp_path, edit)
    assert "Without a public address: lalonde. Put the files into" in line
    assert said(tmp_path, edit, mirrors=["/copies"]) == []
    (tmp_path / "lalonde").mkdir()
    for file in REGISTRY["lalonde"].files:
        (tmp_path / file.path).touch()
    assert said(tmp_path, edit) == []


def test_of_two_keys_alike_none_is_lost(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("vbsw:\n  experiments:\n    a: {k: 30}\n    b: {k: 5}\n    a: {m: 10}\n")
    with pytest.raises(ConfigurationError, match=r"mine\.yaml: line 5: the key 'a' .* in line 3"):
        load_yaml(path)
    # A merge is no second key.
    path.write_text("a: &a {k: 1, m: 2}\nb: {<<: *a, k: 3}\nc: {<<: *a}\n")
    assert load_yaml(path) == {"a": {"k": 1, "m": 2}, "b": {"k": 3, "m": 2}, "c": {"k": 1, "m": 2}}
    path.write_text("a: [1, 2\nb: 3\n")
    with pytest.raises(ConfigurationError, match=r"mine\.yaml: .*line 2"):
        load_yaml(path)


def test_a_run_says_it(project):
    entry = project.config["vbsw"]["experiments"]["double_moon"]
    overlay = {"vbsw": {"experiments": {"extra": entry}}}
    (project.folder / "mine.yaml").write_text(yaml.safe_dump(overlay))
    done = project.run("--dry-run", "--quiet", "all", "--configfile", "mine.yaml")
    assert "Not part of the run: vbsw.experiments.extra" in done.stdout + done.stderr
    (project.folder / "mine.yaml").write_text("seed: 1\nseed: 2\n")
    refused = project.snakemake("--dry-run", "--configfile", "mine.yaml")
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "mine.yaml: line 2: the key 'seed' is there already, in line 1" in said
    assert "Traceback" not in said


def test_labels_that_do_not_fit_name_the_keys():
    experiment = {
        "compare_with": [],
        "metrics": ["accuracy"],
        "heads": {"loss": "cross_entropy"},
    }
    check_labels("x", experiment, np.array([0, 1, 2]))
    with pytest.raises(ValueError, match=r"x\.metrics: 'accuracy' .*x\.heads\.loss: .*squared_err"):
        check_labels("x", experiment, np.array([0.5, 1.0]))
    binary = experiment | {"heads": {"loss": "binary_cross_entropy"}}
    check_labels("x", binary, np.array([0, 1]))
    with pytest.raises(ValueError, match="'binary_cross_entropy' is of two classes at most"):
        check_labels("x", binary, np.array([0, 1, 2]))
