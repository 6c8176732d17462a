"""Averaged Bayesian networks in the workflow: faults, the plan, what is made and runs again."""

import numpy as np
import pandas as pd
import pytest

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal_workflow.artifacts import read_arrays
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan

OURS = "rates, epochs, cycles and numbers of draws ours (paper: not said)"
# What follows from any change of a table.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
PAGE = {"write_manifest": 1, "build_page": 1, "all": 1}
# Of two shards, one a repetition.
MEASURED = {"measure_posteriors": 2, "build_bayes_tables": 1, "plot_reliability": 1, **SUMMARY}
CURVES = {"plot_posterior_curves": 1}
SURFACE = {"map_loss_surface": 1, "plot_loss_surface": 1}
EVERYTHING = {"train_start": 4, "train_run": 10, **MEASURED, **CURVES, **SURFACE}

# What the faults below are told by, whatever the default run has.
BASE = {
    "repetitions": 5, "repetitions_per_job": 5, "start_epochs": 15, "epochs": 15,
    "record_every": 1, "samples": 20, "curve_samples": 5, "surface": {"grid": 5},
    "hwa": {"rates": "cyclical", "upper": 0.002, "lower": 0.0005, "variance": "total", "rank": 0},
    "swa": {"rates": "constant", "upper": 0.02, "lower": 0.02, "rank": 10},
    "variational": {"kl_warm_up": 0},
}  # fmt: skip


def with_changes(config, changes):
    """Changes of the experiment; of nested settings key by key."""
    own = config["bayes"]["experiments"]["digits_lenet5"]
    for key, value in changes.items():
        nested = isinstance(value, dict) and isinstance(own.get(key), dict)
        own[key] = {**own[key], **value} if nested else value
    return config


def completed(**changes):
    config = with_changes(load_yaml(ROOT / "config.yaml"), BASE)
    return complete_configuration(with_changes(config, changes), SCHEMA)


def plan(**changes):
    return Plan(completed(**changes), PAPER, REGISTRY).bayes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "mnist"}, "dataset: 'mnist' is not an entry of datasets; known are"),
        (
            {"samples": 60},
            "sgld.snapshots: 100 is not allowed; allowed is twice samples, 120, or more",
        ),
        ({"out_of_distribution": "x"}, "out_of_distribution: 'x' is not an entry of datasets"),
        ({"initial": "lenet"}, "initial: 'lenet' is not an entry of backbones; known are"),
        (
            {"dataset": "breast_cancer"},
            "dataset: 'breast_cancer' is not allowed; it holds inputs of kind table, needed are",
        ),
        (
            {"out_of_distribution": "diabetes"},
            "out_of_distribution: 'diabetes' is not allowed; it holds inputs of kind table",
        ),
        (
            {"out_of_distribution": "digits"},
            "out_of_distribution: 'digits' is not allowed; it is the data set itself",
        ),
        (
            {"initial": "digits_noise10_lenet5", "repetitions": 1},
            "initial: 'digits_noise10_lenet5' is not allowed; its data set is 'digits_noise10', "
            "the experiment's 'digits'",
        ),
        (
            {"initial": "digits_resnet20"},
            "'digits_resnet20' is not allowed; its architecture is 'resnet20', the experiment's",
        ),
        (
            {"initial": "digits_lenet5", "repetitions": 6},
            "'digits_lenet5' is not allowed; its networks are 5, the repetitions 6",
        ),
        ({"architecture": "mlp"}, "allowed is one of lenet5, vgg, resnet20"),
        ({"hwa": {"lower": 0.01}}, "hwa.lower: 0.01 is not allowed; allowed is at most upper,"),
        (
            {"swa": {"rates": "cyclical", "lower": 0.03}},
            "swa.lower: 0.03 is not allowed; allowed is at most upper, 0.02",
        ),
        ({"hwa": {"cycle": 0}}, "hwa.cycle: 0 is not allowed; allowed is an integer, at least 1"),
        ({"hwa": {"rank": 1}}, "hwa.rank: 1 is not allowed; allowed are 0 and integers from 2"),
        ({"swa": {"rank": 1}}, "swa.rank: 1 is not allowed; allowed are 0 and integers from 2"),
        (
            {"hwa": {"rank": 5, "variance": "within"}},
            "hwa.rank: 5 is not allowed with variance: within; it is of the variance between",
        ),
        ({"curve_samples": 21}, "curve_samples: 21 is not allowed; allowed is at most samples, 20"),
        (
            {"variational": {"kl_warm_up": 16}},
            "variational.kl_warm_up: 16 is not allowed; allowed is at most start_epochs, 15",
        ),
        ({"posterior": {"prior_sigma": 0}}, "prior_sigma: 0 is not allowed; allowed is a number,"),
        (
            {"record_every": 15},
            "surface: not allowed with 2 recorded iterates; needed are 3, of 2 records",
        ),
        ({"width": "wide"}, "width: 'wide' is not allowed; allowed is an integer, at least 1"),
        ({"estimator": "flipout"}, "digits_lenet5: unknown key 'estimator'"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert "bayes.experiments.digits_lenet5" in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": {"mnist_lenet5": "x"}}, "rows.mnist_lenet5: 'x' is not an entry of bayes.exp"),
        ({"rows": {"mnist": None}}, "bayes.rows: unknown key 'mnist'"),
        ({"further": ["x"]}, "bayes.further.0: 'x' is not an entry of bayes.experiments; known"),
        (
            {"further": ["digits_lenet5"]},
            "bayes.further.0: 'digits_lenet5' is not allowed; bayes.rows.mnist_lenet5 names it al",
        ),
        ({"further": ["a", "a"]}, "names an entry twice"),
    ],
)
def test_wrong_names_of_experiments_are_named(changes, message):
    config = load_yaml(ROOT / "config.yaml")
    config["bayes"].update(changes)
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(config, SCHEMA)
    assert "1 fault(s)" in str(error.value)
    assert message in str(error.value)


def test_what_an_own_data_set_holds_is_known_when_it_is_read():
    config = load_yaml(ROOT / "config.yaml")
    config["datasets"]["own"] = {"kind": "npz", "path": "own.npz"}
    completed = complete_configuration(with_changes(config, {"dataset": "own"}), SCHEMA)
    with pytest.raises(ValueError, match=r"datasets\.own\.path: .*own.npz"):
        Plan(completed, PAPER, REGISTRY).bayes.check_own_files()


def test_a_vgg_begins_with_one_of_its_own_width():
    config = load_yaml(ROOT / "config.yaml")
    config["backbones"]["narrow"] = {
        "dataset": "digits", "architecture": "vgg", "width": 8, "batch_norm": False, "networks": 5,
    }  # fmt: skip
    changes = {"architecture": "vgg", "width": 16, "initial": "narrow"}
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(with_changes(config, changes), SCHEMA)
    assert "2 fault(s)" in str(error.value)
    assert "its width is 8, the experiment's 16" in str(error.value)
    assert "its batch_norm is False, the experiment's True" in str(error.value)
    complete_configuration(with_changes(config, {"width": 8, "batch_norm": False}), SCHEMA)


def test_the_scale_names_what_the_paper_says():
    own = Plan(PAPER, PAPER, REGISTRY).bayes.described()
    assert [about["scale"] for about in own.values()] == [OURS, OURS]
    assert [about["row"] for about in own.values()] == ["mnist_lenet5", "cifar10_vgg"]
    (found,) = plan().described().values()
    assert found["scale"] == f"{OURS}; digits in place of mnist"
    (found,) = plan(repetitions=3, posterior={"prior_sigma": 2.0}, epochs=7).described().values()
    assert found["scale"] == (
        f"{OURS}; digits in place of mnist; prior_sigma 2 (paper 1); repetitions 3 (paper 5)"
    )
    assert found["hwa"] == "hwa_total"
    assert plan(hwa={"rank": 5}).described()["digits_lenet5"]["hwa"] == "hwa_low_rank"
    config = completed()
    config["bayes"].update(rows={"mnist_lenet5": None, "cifar10_vgg": None})
    config["bayes"]["further"] = ["digits_lenet5"]
    further = Plan(config, PAPER, REGISTRY).bayes
    assert further.described()["digits_lenet5"]["scale"] == "not in the paper"
    assert list(further.drawn()) == []


def test_the_papers_preset_has_its_numbers():
    mnist = PAPER["bayes"]["experiments"][PAPER["bayes"]["rows"]["mnist_lenet5"]]
    validation = PAPER["datasets"][mnist["dataset"]]["validation"]
    assert 60_000 - round(validation * 60_000) == 55_000
    vgg = PAPER["bayes"]["experiments"][PAPER["bayes"]["rows"]["cifar10_vgg"]]
    assert (vgg["width"], vgg["posterior"]["prior_sigma"], vgg["repetitions"]) == (64, 1, 5)
    lines = [(line["item"], line["row"]) for line in Plan(PAPER, PAPER, REGISTRY).bayes.drawn()]
    assert lines == [
        ("figure1", "mnist_lenet5"), ("section3_3", "mnist_lenet5"), ("figure2", "cifar10_vgg"),
    ]  # fmt: skip


def test_presets_over_the_default_run_leave_nothing_of_it():
    """Snakemake lays a preset over config.yaml, key by key."""
    own = load_yaml(ROOT / "config.yaml")["bayes"]
    for name in ("laptop", "paper"):
        over = load_yaml(ROOT / f"workflow/presets/{name}.yaml")["bayes"]
        assert own["rows"].keys() <= over["rows"].keys()
        assert own.keys() <= over.keys()
        assert not set(own["experiments"]) & set(over["experiments"])


def test_no_settings_reach_what_they_do_not_concern():
    before = plan()
    for changes, same in {
        "deterministic": [("bayes_by_backprop", "hwa"), ("sgd", "swa", "sgld")],
        "variational": [("sgd", "swa", "sgld"), ("bayes_by_backprop", "hwa")],
    }.items():
        after = plan(**{changes: {"clip_norm": 3.0}})
        for run in same[0]:
            assert before.run("digits_lenet5", run) == after.run("digits_lenet5", run)
        for run in same[1]:
            assert before.run("digits_lenet5", run) != after.run("digits_lenet5", run)
    after = plan(posterior={"initial_sigma": 0.1})
    assert before.run("digits_lenet5", "sgld") == after.run("digits_lenet5", "sgld")
    assert before.start("digits_lenet5", "variational")["posterior"]["prior_sigma"] == 1
    after = plan(posterior={"prior_sigma": 2.0})
    assert before.run("digits_lenet5", "sgld") != after.run("digits_lenet5", "sgld")


def test_only_variational_runs_keep_a_path_and_only_of_the_first_repetition():
    own = plan(repetitions_per_job=2)
    kept = [
        (run, shard)
        for run in ("bayes_by_backprop", "hwa", "sgd", "swa", "sgld")
        for shard in own.shards("digits_lenet5")
        if own.records_path("digits_lenet5", run, shard)
    ]
    assert kept == [("bayes_by_backprop", 0), ("hwa", 0)]
    assert own.repetitions("digits_lenet5", 2) == [4]
    without = plan(surface=None)
    assert not without.records_path("digits_lenet5", "hwa", 0)


def test_the_plan_names_each_job_it_needs():
    own = plan(initial="digits_lenet5")
    stages = [job.stage for job in own.jobs()]
    assert stages == [
        "build_dataset", "build_dataset", "train_backbone", *["train_start"] * 2,
        *["train_run"] * 5, "measure_posteriors", "map_loss_surface", "build_bayes_tables",
        "plot_posterior_curves", "plot_reliability", "plot_loss_surface",
    ]  # fmt: skip
    stages = [job.stage for job in plan(surface=None, out_of_distribution=None).jobs()]
    assert stages.count("build_dataset") == 1
    assert "map_loss_surface" not in stages
    config = complete_configuration(load_yaml(ROOT / "config.yaml") | {"bayes": {}}, SCHEMA)
    part = Plan(config, PAPER, REGISTRY).bayes
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert [*part.figures(), *part.drawn()] == []


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    methods = pd.read_csv(results / "bayes/tables/methods.csv")
    assert set(methods["method"]) == {
        "bayes_by_backprop", "unaveraged", "hwa_total", "hwa_between", "hwa_within",
        "hwa_as_printed", "sgd", "swa", "swag", "sgld",
    }  # fmt: skip
    assert {"accuracy", "nll", "ece", "brier", "aurc", "ood_auroc"} <= set(methods["metric"])
    assert set(methods["n"]) == {2}
    assert methods["mean"].notna().all()
    times = pd.read_csv(results / "bayes/tables/times.csv")
    assert set(times["method"]) == set(methods["method"])
    assert (times["mean"] > 0).all()
    for figure in ("curves", "reliability", "surface"):
        for suffix in ("png", "svg"):
            path = results / f"bayes/figures/{figure}_digits_lenet5.{suffix}"
            assert path.stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    for text in (
        "Averaged Bayesian networks: HWA",
        "Figure 1: training of digits_lenet5",
        "Section 3.3: the loss surface of digits_lenet5",
        "HWA less every other method",
    ):
        assert text in page


def test_records_begin_where_the_start_ended(tiny_run):
    folder = tiny_run.folder / "results/bayes"
    start = pd.read_csv(folder / "starts/digits_lenet5/variational/1_records.csv")
    assert list(start["epoch"]) == [0, 1]
    run = pd.read_csv(folder / "runs/digits_lenet5/hwa/1_records.csv")
    assert list(run["repetition"].unique()) == [1]
    assert list(run.loc[run["method"] == "hwa", "epoch"]) == [1, 2, 3]
    assert list(run["method"].unique()) == ["hwa", "unaveraged"]
    np.testing.assert_allclose(run["loss"], run["train_nll"] + run["kl"])
    other = pd.read_csv(folder / "runs/digits_lenet5/bayes_by_backprop/1_records.csv")
    assert other["step"].iloc[0] == start["step"].iloc[-1] == run["step"].iloc[0]
    seconds = pd.read_csv(folder / "runs/digits_lenet5/sgd/1_seconds.csv")["seconds"]
    before = pd.read_csv(folder / "starts/digits_lenet5/deterministic/1_seconds.csv")["seconds"]
    assert before.max() < seconds.min()
    paths = {
        (run, shard): read_arrays(folder / f"runs/digits_lenet5/{run}/{shard}_path.npz")
        for run, shard in (("hwa", 0), ("hwa", 1), ("bayes_by_backprop", 0), ("sgd", 0))
    }
    assert {key: arrays["iterates"].shape[0] for key, arrays in paths.items()} == {
        ("hwa", 0): 3, ("hwa", 1): 0, ("bayes_by_backprop", 0): 3, ("sgd", 0): 0,
    }  # fmt: skip
    assert paths["hwa", 0]["averages"].shape == paths["hwa", 0]["iterates"].shape


def test_every_target_is_listed_and_runs_that_alone(project):
    listed = project.run("--list-target-rules").stdout
    for name in ("bayes", "hwa_figure1", "hwa_figure2", "hwa_table", "hwa_surface"):
        assert f"\n{name} (" in f"\n{listed}", name
    assert project.jobs("hwa_figure1") == {
        "build_dataset": 1,
        "train_start": 4,
        "train_run": 10,
        "plot_posterior_curves": 1,
        "hwa_figure1": 1,
    }
    assert project.jobs("hwa_figure2") == {"hwa_figure2": 1}
    assert project.jobs("hwa_surface") == {
        "build_dataset": 1,
        "train_start": 1,
        "train_run": 2,
        "map_loss_surface": 1,
        "plot_loss_surface": 1,
        "hwa_surface": 1,
    }
    assert project.jobs("hwa_table")["measure_posteriors"] == 2


VARIATIONAL_AGAIN = {**EVERYTHING, "train_start": 2, "train_run": 4}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"batch_size": 32}, EVERYTHING),
        ({"variational": {"learning_rate": 0.003}}, VARIATIONAL_AGAIN),
        ({"posterior": {"initial_sigma": 0.03}}, VARIATIONAL_AGAIN),
        (
            {"deterministic": {"momentum": 0.8}},
            {"train_start": 2, "train_run": 6, **MEASURED, **CURVES},
        ),
        ({"hwa": {"upper": 0.003}}, {"train_run": 2, **MEASURED, **CURVES, **SURFACE}),
        ({"sgld": {"learning_rate": 0.02}}, {"train_run": 2, **MEASURED, **CURVES}),
        ({"epochs": 3}, {**EVERYTHING, "train_start": 0}),
        ({"samples": 3}, MEASURED),
        ({"bins": 6}, MEASURED),
        ({"surface": {"grid": 4}}, {**SURFACE, **PAGE}),
        ({"samples": 2}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, changes, expected):
    with tiny_run.edited_config(lambda config: with_changes(config, changes)):
        assert tiny_run.jobs() == {rule: n for rule, n in expected.items() if n}
    assert tiny_run.jobs() == {}


def test_leaving_the_surface_out_trains_only_what_kept_a_path(tiny_run):
    with tiny_run.edited_config(lambda config: with_changes(config, {"surface": None})):
        jobs = tiny_run.jobs()
    assert jobs == {"train_run": 2, **MEASURED, **CURVES, "measure_posteriors": 1}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("vicinal/figures/posterior_curves.py", {"plot_posterior_curves": 1, **PAGE}),
        ("vicinal/figures/reliability.py", {"plot_reliability": 1, **PAGE}),
        ("vicinal_workflow/bayes_section.py", {"build_page": 1, "all": 1}),
        ("vicinal/bayes/loss_surface.py", {**SURFACE, **PAGE}),
    ],
)
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        assert tiny_run.jobs() == expected


def test_leaving_bayes_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda config: config.update(bayes={})):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("hwa_table") == {"hwa_table": 1}


def test_another_cut_into_jobs_and_one_core_give_the_same_bytes_but_for_times(tiny_run):
    def edit(config):
        with_changes(config, {"repetitions_per_job": 2})
        config["results_dir"] = "bayes_again"

    with tiny_run.edited_config(edit):
        tiny_run.run("hwa_table", "hwa_surface", "--cores", "1")
    folder = tiny_run.folder / "bayes_again"
    timed = ("times.csv", "speed.csv")
    made = [p for p in (folder / "bayes/tables").rglob("[!.]*.*") if not str(p).endswith(timed)]
    made += (folder / "bayes/figures").rglob("[!.]*.*")
    assert len(made) == 5 + 4
    tiny_run.assert_same_bytes(made, folder)


def test_a_cycle_longer_than_the_run_is_refused_by_the_stage(project):
    with_changes(project.config, {"hwa": {"cycle": 5000}})
    project.write_config()
    done = project.snakemake("results/bayes/runs/digits_lenet5/hwa/0.safetensors")
    assert done.returncode != 0
    assert "cycle is 5000; the run has" in done.stdout + done.stderr


def test_killed_and_resumed_equals_unbroken(project):
    """The kill is in the second repetition: the first must be kept."""
    changes = {"repetitions_per_job": 2, "epochs": 6, "record_every": 3}
    with_changes(project.config, changes)
    project.write_config()
    ends = (".safetensors", "_records.csv", "_path.npz")
    targets = [f"bayes/runs/digits_lenet5/hwa/0{end}" for end in ends]
    log = "train_run/digits_lenet5/hwa/0"
    project.assert_resumed_equals_unbroken(targets, log, killed_at=8, lines=12)
