"""Faults of the configuration are named, and its manual keeps step with the schema."""

import copy
import random

import pytest
import yaml
from snakemake.utils import update_config

from checkout import ROOT, SCHEMA
from vicinal.data.build import KINDS
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.manual import describe_configuration
from vicinal_workflow.sampling_plan import SAMPLING_TABLES
from vicinal_workflow.scale import departures_from_paper

PRESETS = ["laptop", "paper"]


def default_config():
    return load_yaml(ROOT / "config.yaml")


def overlaid(base, overlay):
    """A configuration under an overlay, as Snakemake merges them."""
    merged = copy.deepcopy(base)
    update_config(merged, overlay)
    return merged


def preset(name):
    return overlaid(default_config(), load_yaml(ROOT / f"workflow/presets/{name}.yaml"))


def test_default_configuration_and_presets_are_valid():
    for config in [default_config(), *map(preset, PRESETS)]:
        complete_configuration(config, SCHEMA)


def test_defaults_fill_every_level():
    config = complete_configuration(
        {
            "datasets": {"d": {"kind": "digits"}},
            "backbones": {"b": {"architecture": "lenet5", "dataset": "d"}},
        },
        SCHEMA,
    )
    assert config["datasets"]["d"] == {
        "kind": "digits",
        "validation": 0.1,
        "label_noise": 0,
        "test_fraction": 0.2,
    }
    assert config["backbones"]["b"]["training"]["epochs"] == 10
    assert config["vbsw"]["tables"]["table1"]["boston"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sed": 1}, "unknown key 'sed' (did you mean seed?); known are seed, results_dir"),
        ({"seed": -1}, "seed: -1 is not allowed; allowed is an integer, at least 0"),
        ({"seed": True}, "seed: True is not allowed"),
        ({"seed": "7"}, "seed: '7' is not allowed"),
        ({"device": "gpu"}, "device: 'gpu' is not allowed; allowed is one of auto, cpu, cuda"),
        ({"data": {"timeout": float("nan")}}, "data.timeout: nan is not allowed"),
        ({"data": {"mirrors": [""]}}, "data.mirrors.0: '' is not allowed; allowed is a text"),
        (
            {"datasets": {"digits": {"kind": "mnsit"}}},
            "datasets.digits.kind: 'mnsit' is not allowed; allowed is one of mnist, cifar10",
        ),
        ({"datasets": {"mine": {}}}, "datasets.mine: the key kind is missing"),
        ({"datasets": {"a/b": {"kind": "digits"}}}, "the name 'a/b' is not allowed"),
        (
            {"datasets": {"digits": {"kind": "digits", "n_train": 3}}},
            "datasets.digits: unknown key 'n_train'; known are kind, validation, label_noise",
        ),
        (
            {"vbsw": {"experiments": {"double_moon": {"backbone": "moon"}}}},
            "vbsw.experiments.double_moon.backbone: 'moon' is not an entry of backbones; known are",
        ),
        (
            {"vbsw": {"experiments": {"double_moon": {"backbone": "double_moon_inputs", "k": 1}}}},
            "vbsw.experiments.double_moon.k: 1 is not allowed; allowed is an integer, at least 2",
        ),
        (
            {"vbsw": {"experiments": {"double_moon": {"backbone": "digits_lenet5", "m": 0.5}}}},
            "m: 0.5 is not allowed; allowed is a number, at least 1",
        ),
        (
            {"vbsw": {"grids": {"g": {"experiment": "diabetes", "k": {"from": 60}}}}},
            "vbsw.grids.g.k: from 60 to 50 are no 20 values; `to` must be above",
        ),
        (
            {"vbsw": {"experiments": {"diabetes": {"density": "knn"}}}},
            "vbsw.grids.diabetes.experiment: grids are made with density: none only",
        ),
        (
            {"vbsw": {"figure6": {"boston": "x"}}},
            "figure6.boston: 'x' is not an entry of vbsw.grid",
        ),
        ({"vbsw": {"further": ["x"]}}, "vbsw.further.0: 'x' is not an entry of vbsw.experiments"),
        (
            {"backbones": {"b": {"architecture": "resnet18", "dataset": "digits"}}},
            "backbones.b.architecture: 'resnet18' is not allowed; allowed is one of none, lenet5",
        ),
        ({"vbsw": {"resamples": 1000.0}}, "vbsw.resamples: 1000.0 is not allowed"),
        ({"datasets": {5: {"kind": "digits"}}}, "datasets: the key 5 is not a text"),
        (
            {"vbsw": {"experiments": {"diabetes": {"metrics": ["accuracy"]}}}},
            "metrics: 'accuracy' does not fit these data; allowed: mse, spearman, pearson",
        ),
        (
            {"datasets": {"diabetes": {"label_noise": 0.1}}},
            "datasets.diabetes.label_noise: only 0 is allowed; the data hold values",
        ),
        (
            {"vbsw": {"experiments": {"digits_lenet5": {"compare_with": ["dense_weight"]}}}},
            "digits_lenet5.compare_with: 'dense_weight' is not allowed; the data hold classes",
        ),
        (
            {"vbsw": {"experiments": {"entailment": {"compare_with": ["input_space"]}}}},
            "'input_space' is for images and tables, the data hold text",
        ),
        (
            {"vbsw": {"experiments": {"digits_lenet5": {"compare_with": ["focal"]}}}},
            "allowed is one of inverse_frequency, dense_weight, input_space",
        ),
        (
            {"vbsw": {"experiments": {"digits_lenet5": {"metrics": ["f1"]}}}},
            "metrics: 'f1' does not fit these data; allowed: accuracy",
        ),
        (
            {"vbsw": {"experiments": {"similarity": {"heads": {"loss": "cross_entropy"}}}}},
            "heads.loss: 'cross_entropy' is of classes, the data hold values",
        ),
        (
            {"backbones": {"digits_lenet5": {"dataset": "double_moon"}}},
            "'lenet5' takes inputs of kind image, and the data set 'double_moon' holds table",
        ),
        (
            {"backbones": {"b": {"architecture": "vgg", "dataset": "diabetes"}}},
            "'vgg' takes inputs of kind image, and the data set 'diabetes' holds table",
        ),
        (
            {"datasets": {"printed_digits": {"size": 7}}},
            "datasets.printed_digits.size: 7 is not allowed; allowed is an integer, at least 8",
        ),
        (
            {"backbones": {"entailment_bert": {"max_length": 16}}},
            "pretraining.max_length: 64 is not allowed; allowed is at most max_length, 16",
        ),
        (
            {
                "backbones": {
                    "digits_resnet20": {
                        "source": "checkpoint",
                        "checkpoint": "x",
                        "mean": [0],
                        "std": [1],
                    }
                }
            },
            "networks: 5 is not allowed; a checkpoint is one",
        ),
        (
            {
                "backbones": {
                    "b": {
                        "architecture": "mlp",
                        "dataset": "diabetes",
                        "training": {"weighting": "active_bias"},
                    }
                }
            },
            "backbones.b.training.weighting: 'active_bias' is of classes, and the data set "
            "'diabetes' holds values; allowed is uniform",
        ),
        (
            {"backbones": {"digits_active_bias_lenet5": {"training": {"burn_in": 8}}}},
            "training.burn_in: 8 is not allowed; weights first differ in epoch burn_in + 3, and",
        ),
        (
            {"vbsw": {"experiments": {"diabetes": {"compare_with": ["dense_weight"] * 2}}}},
            "names an entry twice; each is allowed once",
        ),
        (
            {"backbones": {"entailment_bert": {"source": "hub", "hub_revision": "main"}}},
            "hub_revision: 'main' is not allowed; allowed is a text or null, matching",
        ),
        (
            {"backbones": {"b": {"architecture": "tiny_bert", "dataset": "q", "source": "hub"}}},
            "backbones.b.hub_revision: null is not allowed with source: hub",
        ),
    ],
)
def test_faults_are_named(change, message):
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(overlaid(default_config(), change), SCHEMA)
    assert message in str(error.value)


@pytest.mark.parametrize(("task", "fits"), [("regression", False), ("infer", True)])
def test_active_bias_on_own_data_is_refused_where_they_are_said_to_hold_values(task, fits):
    change = {
        "datasets": {"own": {"kind": "csv", "path": "own.csv", "label": "y", "task": task}},
        "backbones": {
            "b": {
                "architecture": "mlp",
                "dataset": "own",
                "training": {"weighting": "active_bias", "burn_in": 2},
            }
        },
    }
    config = overlaid(default_config(), change)
    if fits:
        training = complete_configuration(config, SCHEMA)["backbones"]["b"]["training"]
        assert (training["weighting"], training["burn_in"]) == ("active_bias", 2)
    else:
        with pytest.raises(ConfigurationError, match=r"b\.training\.weighting: .* 'own' holds val"):
            complete_configuration(config, SCHEMA)


def test_a_number_that_yaml_takes_for_a_text_is_explained():
    change = yaml.safe_load("{backbones: {digits_lenet5: {training: {learning_rate: 1e-3}}}}")
    with pytest.raises(ConfigurationError, match=r"a text to YAML; write 1\.0e-03"):
        complete_configuration(overlaid(default_config(), change), SCHEMA)


def test_all_faults_come_in_one_message():
    with pytest.raises(ConfigurationError) as error:
        complete_configuration({"seed": -1, "device": "x", "foo": 1}, SCHEMA)
    assert "3 fault(s)" in str(error.value)
    assert len(str(error.value).splitlines()) == 4


def test_an_entry_set_to_null_is_left_out():
    change = {
        "vbsw": {
            "experiments": {"diabetes": None},
            "tables": {"table1": {"boston": None}},
            "grids": {"diabetes": None},
            "figure6": {"boston": None},
        }
    }
    config = complete_configuration(overlaid(default_config(), change), SCHEMA)
    assert "diabetes" not in config["vbsw"]["experiments"]


def test_a_section_set_to_null_is_left_out():
    change = {"gradients": None, "bayes": None, "vbsw": {"tables": None}, "data": None}
    config = complete_configuration(overlaid(default_config(), change), SCHEMA)
    assert config["gradients"]["problems"] == {}
    assert config["bayes"]["experiments"] == {}
    assert set(config["vbsw"]["tables"]["table1"].values()) == {None}
    assert config["data"]["mirrors"] == []
    with pytest.raises(ConfigurationError, match="seed: null is not allowed"):
        complete_configuration(overlaid(default_config(), {"seed": None}), SCHEMA)


def test_random_mutations_give_a_message_or_a_valid_configuration():
    values = [
        None,
        -1,
        0,
        1.5,
        3.0,
        {5: 1},
        {True: {}},
        "x",
        "",
        [],
        {},
        [1],
        {"a": 1},
        True,
        float("inf"),
        10**30,
    ]
    rng = random.Random(0)
    messages = []
    for _ in range(300):
        config = default_config()
        node, key = config, None
        while isinstance(node, dict) and node and (key is None or rng.random() < 0.8):
            parent, key = node, rng.choice(list(node))
            node = node[key]
        if rng.random() < 0.2:
            parent[f"{key}x"] = parent.pop(key)
        else:
            parent[key] = rng.choice(values)
        try:
            complete_configuration(config, SCHEMA)
        except ConfigurationError as error:
            messages.append(str(error))
    assert len(messages) > 150
    assert all("fault(s):" in message for message in messages)


def test_schema_and_readers_know_the_same_kinds():
    assert set(SCHEMA["properties"]["datasets"]["additionalProperties"]["x-cases"]) == set(KINDS)


def test_manual_is_in_step_with_the_schema():
    written = (ROOT / "docs/configuration.md").read_text("utf-8")
    assert written == describe_configuration(SCHEMA), "run `make docs`"


def test_manual_describes_every_key():
    manual = describe_configuration(SCHEMA)
    for key in ("mirrors", "test_fraction", "milestones", "attention_mask", "rescale", "resamples"):
        assert f"| `{key}` |" in manual


def test_scale_says_how_a_row_departs_from_the_paper():
    paper = complete_configuration(load_yaml(ROOT / "workflow/presets/paper.yaml"), SCHEMA)
    at_paper_scale = complete_configuration(preset("paper"), SCHEMA)
    for table in paper["vbsw"]["tables"].keys() - SAMPLING_TABLES:
        for row in paper["vbsw"]["tables"][table]:
            assert departures_from_paper(at_paper_scale, paper, table, row) == "paper"
    here = complete_configuration(default_config(), SCHEMA)
    said = departures_from_paper(here, paper, "table2", "mnist_lenet5")
    assert said.startswith("digits in place of mnist; ")
    assert "networks 5 (paper 40)" in said
