"""The latent plane in the workflow: faults, the plan, what is made and runs again."""

import numpy as np
import pandas as pd
import pytest

from checkout import PAPER, ROOT, SCHEMA
from vicinal_workflow.artifacts import read_arrays
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.witness_latent_names import CODES, METHODS

# What follows from any change of a table, and of a picture.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
DRAWN = {"write_manifest": 1, "build_page": 1, "all": 1}
PICTURES = {"plot_latent_space": 1, "plot_latent_prototypes": 1, "plot_latent_curves": 1}
MEASURED = {"measure_latent": 1, "build_latent_tables": 1, **PICTURES, **SUMMARY}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["witness"]["latent"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "mnist"}, "latent.dataset: 'mnist' is not an entry of datasets; known are"),
        ({"backbone": "lenet"}, "latent.backbone: 'lenet' is not an entry of backbones; known are"),
        (
            {"backbone": "digits_noise10_lenet5"},
            "latent.backbone: 'digits_noise10_lenet5' is not allowed; its data set is "
            "'digits_noise10', needed is one of 'digits'",
        ),
        ({"vae": {"hidden": []}}, "latent.vae.hidden: [] is not allowed; allowed is a list"),
        ({"sigmas": {"gaussian": [0]}}, "sigmas.gaussian.0: 0 is not allowed; allowed is a number"),
        ({"extent": 0}, "latent.extent: 0 is not allowed; allowed is a number, above 0"),
        ({"grid": 1}, "latent.grid: 1 is not allowed; allowed is an integer, at least 2"),
        ({"degree": 8}, "latent: unknown key 'degree'; known are dataset,"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("dataset", "held"),
    [("diabetes", "table with values"), ("breast_cancer", "table with classes")],
)
def test_only_images_with_classes_serve(dataset, held):
    with pytest.raises(ConfigurationError) as error:
        completed(dataset=dataset, backbone=f"{dataset}_inputs")
    text = str(error.value)
    assert "2 fault(s)" in text
    assert f"{dataset!r} is not allowed; it holds inputs of kind {held}, needed are images" in text
    assert "its architecture is none, allowed are lenet5, resnet20, vgg" in text


def test_the_scale_names_what_the_paper_says():
    ours = "networks, degree, sigma, permutations and grid ours (paper: lost)"
    assert Plan(PAPER, PAPER, {}).witness_latent.scale == ours
    lines = [*Plan(PAPER, PAPER, {}).witness_latent.drawn()]
    assert [line["item"] for line in lines] == ["figure2", "figure3"]
    found = Plan(completed(components=3), PAPER, {}).witness_latent.scale
    assert found == f"{ours}; digits in place of mnist; components 3 (paper 5)"


def test_presets_over_the_default_run_leave_nothing_of_it():
    """Snakemake lays a preset over config.yaml, key by key."""
    own = load_yaml(ROOT / "config.yaml")["witness"]["latent"]
    for name in ("laptop", "paper"):
        laid_over = load_yaml(ROOT / f"workflow/presets/{name}.yaml")["witness"]["latent"]
        assert own.keys() <= laid_over.keys()
        assert own["vae"].keys() <= laid_over["vae"].keys()


def test_the_plan_names_each_job_it_needs():
    part = Plan(completed(), PAPER, {}).witness_latent
    assert [job.stage for job in part.jobs()] == [
        "build_dataset", "train_backbone", "train_vae", "measure_latent", "build_latent_tables",
        "plot_latent_space", "plot_latent_prototypes", "plot_latent_curves",
    ]  # fmt: skip
    config = completed()
    config["witness"]["latent"] = None
    part = Plan(config, PAPER, {}).witness_latent
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert [*part.figures(), *part.drawn()] == []


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    points = pd.read_csv(results / "witness/latent/points.csv")
    assert set(points["method"]) == {*METHODS, "true_images", "reconstructions"}
    assert points.groupby("method")["repetition"].nunique().to_dict() == {
        **dict.fromkeys(METHODS, 2), "true_images": 1, "reconstructions": 2,
    }  # fmt: skip
    sides = points.set_index(["method", "selection", "side", "repetition"]).sort_index()
    for method in METHODS:
        kept, dropped, whole = (
            sides.loc[method, "threshold", side] for side in ("kept", "dropped", "all")
        )
        np.testing.assert_allclose(kept["share"] + dropped["share"], 1)
        for measure in ("agreement", "confidence", "nearby"):
            both = sum(part[measure].fillna(0) * part["share"] for part in (kept, dropped))
            np.testing.assert_allclose(both, whole[measure])
    # By falling ratio, as many as it keeps are those that it keeps.
    hermite = [sides.loc["hermite", selection, "kept"] for selection in ("threshold", "equal")]
    pd.testing.assert_frame_equal(*hermite)
    curves = pd.read_csv(results / "witness/latent/curves.csv")
    last = curves[curves["share"] == 1].groupby("method")["agreement"].mean()
    whole = points[points["side"] == "all"].groupby("method")["agreement"].mean()
    for method in METHODS:
        assert last[method] == pytest.approx(whole[method])
    prototypes = pd.read_csv(results / "witness/latent/prototypes.csv")
    assert list(prototypes["codes"]) == 2 * list(CODES)
    used = prototypes.pivot(index="repetition", columns="codes", values="used")
    assert (used["trimmed"] == used["hermite"]).all()
    for region, wider in (
        ("hermite", ["significant_only", "class_only"]), ("gaussian", ["gaussian_class_only"]),
    ):  # fmt: skip
        assert (used[wider].min(axis=1) >= used[region]).all()
    compared = pd.read_csv(results / "summary/comparison.csv").query("study == 'witness'")
    compared = compared[compared["item"].isin(["figure2", "figure3"])]
    assert compared.query("metric == 'drawn'")["measured"].to_list() == [1, 1]
    claims = compared.query("metric != 'drawn'")
    assert (len(claims), set(claims["published"])) == (2, {1})
    assert claims["scale"].str.contains("digits in place of mnist").all()
    page = (results / "summary/index.html").read_text("utf-8")
    for text in ("Figure 3: prototypes of the classes", "the latent plane of an autoencoder"):
        assert text in page


def test_what_is_drawn_is_of_the_first_autoencoder(tiny_run):
    results = tiny_run.folder / "results/witness"
    arrays = read_arrays(results / "latent/examples.npz")
    assert arrays["images"].shape == (16, 1, 8, 8)
    assert arrays["prototypes_all_codes"].shape == (10, 2, 2)
    assert arrays["prototype_images_hermite"].shape == (20, 1, 8, 8)
    points = pd.read_csv(results / "latent/points.csv").query("repetition == 0")
    for method in METHODS:
        own = points.query("method == @method and selection == 'threshold' and side == 'kept'")
        assert own["share"].item() == arrays[f"kept_{method}"].mean()
    for name in ("latent_space", "latent_prototypes", "latent_curves"):
        for suffix in ("png", "svg"):
            assert (results / f"figures/{name}.{suffix}").stat().st_size > 5000


def test_every_target_is_listed_and_runs_that_alone(project):
    listed = project.run("--list-target-rules").stdout
    for name in ("witness_figure2", "witness_figure3"):
        assert f"\n{name} (" in f"\n{listed}", name
    assert project.jobs("witness_figure3") == {
        "build_dataset": 1,
        "train_backbone": 1,
        "train_vae": 1,
        "measure_latent": 1,
        "build_latent_tables": 1,
        "plot_latent_prototypes": 1,
        "witness_figure3": 1,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"repetitions": 3}, {"train_vae": 1, **MEASURED}),
        ({"permutations": 12}, MEASURED),
        ({"grid": 4}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["witness"]["latent"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("vicinal/figures/witness_latent_curves.py", {"plot_latent_curves": 1, **DRAWN}),
        ("vicinal_workflow/witness_latent_verdicts.py", {"build_page": 1, "all": 1}),
        ("vicinal/witness/latent_tests.py", MEASURED),
        ("vicinal/training/vae.py", {"train_vae": 1, **MEASURED}),
    ],
)
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        assert tiny_run.jobs() == expected


def test_leaving_the_part_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["witness"].update(latent=None)):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("witness_figure2") == {"witness_figure2": 1}


def test_two_runs_give_the_same_bytes(tiny_run):
    again = ("--config", "results_dir=latent_again", "--cores", "1")
    tiny_run.run("witness_figure2", "witness_figure3", *again)
    folder = tiny_run.folder / "latent_again"
    made = [p for p in (folder / "witness").rglob("[!.]*") if p.is_file()]
    assert len(made) == 15
    tiny_run.assert_same_bytes(made, folder)


def test_killed_and_resumed_equals_unbroken(project):
    vae = {"hidden": [64], "epochs": 120, "record_every": 10}
    project.config["witness"]["latent"].update(vae=vae)
    project.write_config()
    target, log = "witness/latent/vaes.safetensors", "train_vae"
    project.assert_resumed_equals_unbroken([target], log, killed_at=3, lines=12)
