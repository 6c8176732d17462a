"""The GAN trained on gradients in the workflow: faults, the plan, what is made and runs again."""

import pandas as pd
import pytest

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan

# What follows from any change of a table.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
MEASURED = {"measure_gans": 1, "build_gan_tables": 1, "plot_gan_samples": 1, **SUMMARY}
BEHIND = {**MEASURED, "plot_gan_accuracy_drop": 1}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["gradients"]["gan"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "mnist"}, "gan.dataset: 'mnist' is not an entry of datasets; known are"),
        ({"backbone": "lenet"}, "gan.backbone: 'lenet' is not an entry of backbones; known are"),
        (
            {"dataset": "diabetes", "backbone": None},
            "gan.dataset: 'diabetes' is not allowed; it holds inputs of kind table, needed are",
        ),
        (
            {"backbone": "digits_noise10_lenet5"},
            "gan.backbone: 'digits_noise10_lenet5' is not allowed; its data set is "
            "'digits_noise10', needed is one of 'digits'",
        ),
        ({"gradient_weight": 0}, "gradient_weight: 0 is not allowed; allowed is a number, above 0"),
        ({"momentum": 1}, "momentum: 1 is not allowed; allowed is a number, at least 0, below 1"),
        ({"shape": {"generator": []}}, "shape.generator: [] is not allowed; allowed is a list"),
        ({"shape": {"activation": "relu"}}, "allowed is one of leaky_relu, silu"),
        ({"images": 1}, "images: 1 is not allowed; allowed is an integer, at least 2"),
        ({"epochs": 9}, "gan: unknown key 'epochs'; known are dataset,"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert message in str(error.value)


def test_features_need_an_image_network():
    config = load_yaml(ROOT / "config.yaml")
    # What an own data set holds is known when it is read.
    config["datasets"]["own"] = {"kind": "npz", "path": "own.npz"}
    config["backbones"]["own"] = {"dataset": "own", "architecture": "none"}
    config["gradients"]["gan"].update(dataset="own", backbone="own")
    with pytest.raises(ConfigurationError, match="architecture is none, allowed are lenet5, res"):
        complete_configuration(config, SCHEMA)
    config["gradients"]["gan"].update(backbone=None)
    complete_configuration(config, SCHEMA)


def test_the_scale_names_what_the_paper_says():
    ours = "networks, rates, weights and metrics ours (paper: not said)"
    assert Plan(PAPER, PAPER, REGISTRY).gan.scale == ours
    assert Plan(completed(), PAPER, REGISTRY).gan.scale == (
        f"{ours}; digits in place of mnist; images 360 (paper 15000); "
        "iterations 3000 (paper 15000); trials 4 (paper 10)"
    )
    papers = PAPER["gradients"]["gan"]
    assert papers["images"] * papers["trials"] == 150_000
    (drawn,) = Plan(PAPER, PAPER, REGISTRY).gan.drawn()
    assert (drawn["item"], drawn["scale"]) == ("figure8", ours)


def test_presets_over_the_default_run_leave_nothing_of_it():
    """Snakemake lays a preset over config.yaml, key by key."""
    own = load_yaml(ROOT / "config.yaml")["gradients"]["gan"]
    for name in ("laptop", "paper"):
        laid_over = load_yaml(ROOT / f"workflow/presets/{name}.yaml")["gradients"]["gan"]
        assert own.keys() <= laid_over.keys()
        assert own["shape"].keys() <= laid_over["shape"].keys()


def test_only_the_gan_with_gradients_depends_on_their_settings():
    first, second = (
        Plan(completed(**changes), PAPER, REGISTRY).gan
        for changes in ({}, {"gradient_weight": 5, "stored": "after"})
    )
    assert first.training("without_gradients") == second.training("without_gradients")
    assert first.training("without_gradients")["gradient_weight"] == 0
    assert first.training("with_gradients")["gradient_weight"] == 1
    assert second.training("with_gradients")["stored"] == "after"


def test_the_plan_names_each_job_it_needs_and_no_features_file():
    stages = [job.stage for job in Plan(completed(), PAPER, REGISTRY).gan.jobs()]
    assert stages == [
        "build_dataset", "train_backbone", "train_gan", "train_gan", "measure_gans",
        "build_gan_tables", "plot_gan_architecture", "plot_gan_accuracy_drop", "plot_gan_samples",
    ]  # fmt: skip
    without = Plan(completed(backbone=None), PAPER, REGISTRY).gan
    assert "train_backbone" not in [job.stage for job in without.jobs()]
    config = completed()
    config["gradients"]["gan"] = None
    part = Plan(config, PAPER, REGISTRY).gan
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert [*part.figures(), *part.drawn()] == []


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    images = pd.read_csv(results / "gradients/tables/gan_images.csv")
    assert set(images["metric"]) == {"kl", "rmse", "frechet", "drop"}
    assert images["mean"].notna().all()
    assert set(images.loc[images["images"] != "true_images", "n"]) == {2}
    records = pd.read_csv(results / "gradients/gan/with_gradients_records.csv")
    assert list(records["iteration"]) == [2, 4, 5] * 2
    assert records["matching_loss"].notna().all()
    lines = (results / "logs/train_gan/without_gradients.jsonl").read_text().splitlines()
    assert len(lines) == 3
    for figure in ("gan_architecture", "gan_accuracy_drop", "gan_samples"):
        for suffix in ("png", "svg"):
            assert (results / f"gradients/figures/{figure}.{suffix}").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    for text in ("Table 2: images of both GANs", "Figure 8: the GAN trained on gradients"):
        assert text in page


def test_every_target_is_listed_and_runs_that_alone(project):
    listed = project.run("--list-target-rules").stdout
    for name in ("gradients_figure8", "gradients_figure9", "gradients_table2"):
        assert f"\n{name} (" in f"\n{listed}", name
    assert project.jobs("gradients_figure8") == {
        "build_dataset": 1,
        "plot_gan_architecture": 1,
        "gradients_figure8": 1,
    }
    assert project.jobs("gradients_table2") == {
        "build_dataset": 1,
        "train_backbone": 1,
        "train_gan": 2,
        "measure_gans": 1,
        "build_gan_tables": 1,
        "plot_gan_samples": 1,
        "gradients_table2": 1,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"iterations": 6}, {"train_gan": 2, **BEHIND}),
        ({"gradient_weight": 2}, {"train_gan": 1, **BEHIND}),
        ({"images": 25}, MEASURED),
        ({"images": 20}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["gradients"]["gan"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (
            "vicinal/figures/gan_accuracy_drop.py",
            {"plot_gan_accuracy_drop": 1, "write_manifest": 1, "build_page": 1, "all": 1},
        ),
        ("vicinal_workflow/gan_section.py", {"build_page": 1, "all": 1}),
        ("vicinal/gradients/gan_quality.py", MEASURED),
    ],
)
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        assert tiny_run.jobs() == expected


def test_leaving_the_gan_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["gradients"].update(gan=None)):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("gradients_table2") == {"gradients_table2": 1}


def test_a_gan_without_a_backbone_has_no_frechet_distance(tiny_run):
    def edit(config):
        config["gradients"]["gan"]["backbone"] = None
        config["results_dir"] = "plain"

    with tiny_run.edited_config(edit):
        tiny_run.run("gradients_table2")
    images = pd.read_csv(tiny_run.folder / "plain/gradients/tables/gan_images.csv")
    assert set(images["metric"]) == {"kl", "rmse", "drop"}


def test_two_runs_give_the_same_bytes(tiny_run):
    tiny_run.run(
        "gradients_table2",
        "gradients_figure9",
        "--config",
        "results_dir=gans_again",
        "--cores",
        "1",
    )
    folder = tiny_run.folder / "gans_again"
    made = [p for p in (folder / "gradients").rglob("[!.]*") if p.is_file()]
    assert len(made) == 13
    tiny_run.assert_same_bytes(made, folder)


def test_killed_and_resumed_equals_unbroken(project):
    project.config["gradients"]["gan"].update(iterations=1200, record_every=100)
    project.write_config()
    targets = [f"gradients/gan/with_gradients{end}" for end in (".safetensors", "_records.csv")]
    log = "train_gan/with_gradients"
    project.assert_resumed_equals_unbroken(targets, log, killed_at=3, lines=12)
