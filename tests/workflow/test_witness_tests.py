"""Witness tests of own data in the workflow: what is tested, what comes of it, what runs again."""

import numpy as np
import pandas as pd
import pytest

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal.data.dataset import Dataset
from vicinal.figures.witness_tests import class_colours, witness_test
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.witness_tests_measurement import (
    features_of_network,
    fitted_witness,
    own_samples,
    picture_arrays,
    points_table,
    summary_line,
)
from vicinal_workflow.witness_tests_section import witness_tests_section

DRAWN = {"test_samples": 1, "plot_witness_test": 1}
AFTER = {"write_manifest": 1, "build_page": 1, "all": 1}


def completed(tests):
    config = load_yaml(ROOT / "config.yaml")
    config["witness"]["tests"] = tests
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({}, "own: 0 of data and features are set; needed is one of them"),
        (
            {"data": "digits", "features": "digits_lenet5"},
            "own: 2 of data and features are set; needed is one of them",
        ),
        ({"data": "none_such"}, "own.data: 'none_such' is not an entry of datasets; known are"),
        ({"features": "none"}, "own.features: 'none' is not an entry of backbones; known are"),
        ({"data": "entailment"}, "own.data: 'entailment' is not allowed; it holds texts: name a"),
        (
            {"features": "digits_lenet5", "network": 5},
            "own.network: 5 is not allowed; there are 5, numbered from 0",
        ),
        (
            {"data": "diabetes", "columns": [1, 2], "components": 3},
            "own.components: 3 is not allowed; allowed is at most the number of columns, 2",
        ),
        ({"data": "digits", "sigma": "best"}, "own.sigma: 'best' is not allowed; allowed is a num"),
        ({"data": "digits", "sigma": 0}, "own.sigma: 0 is not allowed; allowed is a number or a"),
    ],
)
def test_faults_are_named(own, message):
    with pytest.raises(ConfigurationError) as error:
        completed({"own": own})
    assert "1 fault(s)" in str(error.value)
    assert f"witness.tests.{message}" in str(error.value)


def test_the_plan_finds_the_network_in_its_shard():
    config = completed({"by_network": {"features": "digits_lenet5", "network": 3}})
    config["backbones"]["digits_lenet5"]["networks_per_job"] = 2
    part = Plan(config, PAPER, REGISTRY).witness_tests
    assert part.feature_files("by_network") == ["features/digits_lenet5/1.npz"]
    assert (part.place("by_network"), part.dataset("by_network")) == (1, "digits")
    assert part.described("by_network")["data"] == "digits, by digits_lenet5"
    stages = [job.stage for job in part.jobs()]
    assert stages == [
        "build_dataset", "train_backbone", "extract_network_features", "test_samples",
        "plot_witness_test",
    ]  # fmt: skip
    columns = Plan(completed({"own": {"data": "diabetes"}}), PAPER, REGISTRY).witness_tests
    assert (columns.feature_files("own"), columns.place("own")) == ([], 0)
    assert Plan(completed({}), PAPER, REGISTRY).witness_tests.jobs() == []


OWN = {
    "network": 0, "columns": None, "scaling": "standard", "components": None, "samples": None,
    "points": None, "kernel": "hermite", "n": 3, "sigma": 1.0, "center": "mean",
    "permutations": 39, "threshold_factor": 1, "level": 0.05, "radius": 0, "grid": 7,
    "device": "cpu",
}  # fmt: skip


def tables(columns=2, classes=("cold", "warm"), seed=0):
    """Two normals that differ in the first column, which is in other units than the second."""
    rng = np.random.default_rng(seed)
    inputs, labels = {}, {}
    for split, size in (("train", 200), ("test", 80)):
        kind = rng.integers(0, 2, size)
        points = rng.normal(size=(size, columns))
        points[:, 0] = 1000 * (points[:, 0] + 3 * kind)
        inputs[split], labels[split] = points, kind
        if not classes:
            labels[split] = kind * 10.0
    return Dataset("classification" if classes else "regression", inputs, labels, classes)


def done(dataset, **changes):
    own = OWN | changes
    samples = own_samples(dataset, None, own, 0)
    witness = fitted_witness(samples, own, 0)
    found = witness.test(samples.points)
    picture = picture_arrays(samples, witness, found, own["grid"])
    return samples, witness, found, points_table(samples, found), picture


pytestmark = pytest.mark.filterwarnings("ignore:with .* permutations", "ignore:.* lie farther")


def test_a_line_a_point_is_what_the_witness_says():
    dataset = tables()
    samples, _, _, table, _ = done(dataset)
    train = dataset.inputs["train"]
    scaled = (train - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(samples.training, scaled)
    points = (dataset.inputs["test"] - train.mean(0)) / train.std(0)
    witness = HermiteWitness(3, 1.0, n_permutations=39).fit(scaled, dataset.labels["train"])
    expected = witness.test(points)
    np.testing.assert_allclose(table["statistic"], expected.statistic)
    np.testing.assert_array_equal(table["p_value"], expected.p_values)
    np.testing.assert_array_equal(table["significant"], expected.significant)
    names = np.array(["cold", "warm"])
    np.testing.assert_array_equal(table["predicted"], names[expected.predicted])
    np.testing.assert_array_equal(table["label"], names[dataset.labels["test"]])
    assert table["row"].tolist() == list(range(80))


def test_the_summary_counts_them():
    samples, witness, found, table, _ = done(tables())
    line = summary_line(samples, witness, found)
    right = table["label"] == table["predicted"]
    chosen = table["significant"]
    assert 0.2 < line["significant"] == chosen.mean() < 1
    assert line["right_significant"] == right[chosen].mean() > 0.9
    assert line["right_others"] == right[~chosen].mean()
    assert line["discoveries"] == table["discovery"].mean()
    assert (line["samples"], line["points"], line["columns"], line["classes"]) == (200, 80, 2, 2)
    (shown,), verdicts = witness_tests_section(
        {"own": pd.DataFrame([{"test": "own", "data": "csv"} | line])}, pd.DataFrame()
    )
    row = shown.groups[0].rows[0]
    assert (row[0].value, row[0].note) == ("own", "hermite, n = 3, σ = 1, 2 columns")
    # No permutation's largest F over the points reaches the labels'.
    assert line["global_p"] == row[3].value == 1 / 40
    assert row[7].value == 100 * line["right_significant"]
    (verdict,) = verdicts
    assert verdict.text == (
        "own: classes differ somewhere (largest F over 80 test points, corrected p 0.025)."
    )
    assert verdict.tone == "open"
    nothing = line | {"right_significant": np.nan, "global_p": 0.3, "classes": 0}
    (shown,), (verdict,) = witness_tests_section(
        {"own": pd.DataFrame([{"test": "own", "data": "csv"} | nothing])}, pd.DataFrame()
    )
    assert shown.groups[0].rows[0][7].is_missing
    assert "that high and low values differ anywhere is not told" in verdict.text


def test_values_are_high_or_low_and_never_classes():
    """Whole numbers among the values must not turn them into classes."""
    whole = tables(classes=())
    samples, witness, found, table, picture = done(whole)
    assert witness.classes_ is None
    assert set(table["predicted"]) == {"high", "low"}
    line = summary_line(samples, witness, found)
    assert line["classes"] == 0
    assert line["right_significant"] > 0.9
    assert picture["class_names"].tolist() == ["low", "high"]
    # Values that are not whole give the same.
    labels = {split: values + 0.3 for split, values in whole.labels.items()}
    other = done(Dataset("regression", whole.inputs, labels))[3]
    np.testing.assert_allclose(other["statistic"], table["statistic"], atol=1e-12)


def test_columns_components_and_parts_of_the_samples():
    dataset = tables(columns=4)
    samples, *_ = done(dataset, columns=[2, 0], samples=50, points=20, scaling="as_is")
    assert samples.training.shape == (50, 2)
    assert len(samples.rows) == len(set(samples.rows.tolist())) == 20
    np.testing.assert_array_equal(samples.points, dataset.inputs["test"][samples.rows][:, [2, 0]])
    np.testing.assert_array_equal(samples.labels, dataset.labels["test"][samples.rows])
    reduced, *_ = done(dataset, components=1)
    assert reduced.points.shape == (80, 1)
    with pytest.raises(ValueError, match="column 4 is not there: the data have 4 columns, numbere"):
        own_samples(dataset, None, OWN | {"columns": [4]}, 0)


def test_images_and_features_and_no_texts():
    rng = np.random.default_rng(0)
    pixels = {s: rng.integers(0, 256, (6, 1, 2, 2), dtype=np.uint8) for s in ("train", "test")}
    labels = {split: np.array([0, 1] * 3) for split in pixels}
    images = Dataset("classification", pixels, labels, ("a", "b"))
    plain = own_samples(images, None, OWN | {"scaling": "as_is"}, 0)
    np.testing.assert_allclose(plain.training, pixels["train"].reshape(6, 4) / 255)
    arrays = {f"{split}_features": rng.normal(size=(2, 6, 3)) for split in pixels}
    found = features_of_network(arrays, 1)
    named = own_samples(images, found, OWN | {"scaling": "as_is"}, 0)
    np.testing.assert_array_equal(named.points, arrays["test_features"][1])
    texts = {split: np.array([["one"]] * 6) for split in pixels}
    with pytest.raises(ValueError, match="holds texts; name a backbone in `features`"):
        own_samples(Dataset("classification", texts, labels, ("a", "b")), None, OWN, 0)


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_pictures_are_in_the_user_s_units(columns):
    dataset = tables(columns=columns)
    samples, witness, found, table, picture = done(dataset)
    figure = witness_test(picture)
    (axes,) = figure.axes
    np.testing.assert_array_equal(picture["significant"], table["significant"])
    if columns <= 2:
        np.testing.assert_allclose(picture["points"], dataset.inputs["test"])
        assert len(picture["grid"]) == 7**columns
        every = np.concatenate([dataset.inputs["train"], dataset.inputs["test"]])
        assert (picture["grid"].min(0) < every.min(0)).all()
        inside = (picture["grid"] - dataset.inputs["train"].mean(0)) / samples.scale
        np.testing.assert_allclose(
            witness.decision_function(inside), picture["grid_statistic"], atol=1e-12
        )
    else:
        assert "grid" not in picture
        assert picture["points"].shape == (80, 2)
    if columns > 1:
        filled, hollow = axes.collections
        assert len(filled.get_offsets()) == found.significant.sum()
        assert len(hollow.get_offsets()) == (~found.significant).sum()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["cold", "warm"]


def test_regions_have_the_colours_of_what_dominates():
    *_, picture = done(tables(), grid=9)
    figure = witness_test(picture)
    image = np.asarray(figure.axes[0].images[0].get_array())
    colours = np.array(class_colours(2))
    strong = picture["grid_significant"]
    for chosen, strength in ((strong, 0.45), (picture["grid_level"] & ~strong, 0.15)):
        assert chosen.any()
        own = colours[picture["grid_predicted"][chosen]]
        shown = image.reshape(-1, 3)[chosen]
        np.testing.assert_allclose(shown, strength * own + 1 - strength)
    # The first column tells the classes apart: warm lies to the right.
    warm = picture["grid"][strong & (picture["grid_predicted"] == 1), 0]
    cold = picture["grid"][strong & (picture["grid_predicted"] == 0), 0]
    assert np.median(warm) > np.median(cold) + 1000
    assert len(set(class_colours(12))) == 12


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    table = pd.read_csv(results / "witness/tests/double_moon.csv")
    assert len(table) == 10
    assert set(table["label"]) <= {"upper", "lower"}
    assert (results / "witness/figures/test_double_moon.png").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    assert "Hermite witness functions: tests of own data" in page


def test_a_user_s_table_is_tested(project):
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 200)
    table = pd.DataFrame(rng.normal(size=(200, 2)) + 2 * kind[:, None], columns=["a", "b"])
    table.assign(kind=np.array(["x", "y"])[kind]).to_csv(project.folder / "own.csv", index=False)
    project.config["datasets"]["own"] = {"kind": "csv", "path": "own.csv", "label": "kind"}
    project.config["witness"]["tests"] = {"own": {"data": "own", "permutations": 19, "grid": 4}}
    project.write_config()
    targets = ("results/witness/tests/own.csv", "results/witness/figures/test_own.svg")
    project.run(*targets)
    found = pd.read_csv(project.folder / targets[0])
    assert len(found) == 40
    chosen = found[found["significant_at_level"]]
    assert len(chosen) > 10
    assert (chosen["label"] == chosen["predicted"]).mean() > 0.9
    path = project.folder / "own.csv"
    before = path.read_text()
    path.write_text(before + "1,2,y\n")
    assert project.jobs(*targets) == {"build_dataset": 1, **DRAWN}
    path.write_text(before)
    path.rename(project.folder / "elsewhere.csv")
    missing = project.snakemake("--dry-run", *targets)
    assert "datasets.own.path" in missing.stdout + missing.stderr


def test_features_are_tested(project):
    project.config["witness"]["tests"] = {
        "hidden": {"features": "digits_lenet5", "network": 1, "permutations": 9, "points": 15}
    }
    project.write_config()
    assert project.jobs("witness_tests") == {
        "build_dataset": 1, "train_backbone": 1, "extract_network_features": 1, **DRAWN,
        "witness_tests": 1,
    }  # fmt: skip
    project.run("witness_tests")
    found = pd.read_csv(project.folder / "results/witness/tests/hidden_summary.csv").iloc[0]
    assert (found["columns"], found["classes"], found["points"]) == (84, 10, 15)


@pytest.mark.parametrize(("change", "expected"), [({"level": 0.1}, {**DRAWN, **AFTER}), ({}, {})])
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["witness"]["tests"]["double_moon"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}
