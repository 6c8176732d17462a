"""Rejection by the witness in the workflow: faults, what is measured, tables, words, and reruns."""

import copy

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal.figures.witness_rejection import STYLES, FactorCurves, rejection_curves
from vicinal.risk_coverage import selective_risks
from vicinal.witness.hermite_witness import HermiteWitness
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.witness_rejection_measurement import (
    chosen_scales,
    measure_points,
    measure_scales,
    network_samples,
)
from vicinal_workflow.witness_rejection_names import (
    AGREEING_WITNESSES,
    CHOSEN,
    SCORES,
    WITNESSES,
    witness_score,
)
from vicinal_workflow.witness_rejection_panels import rejection_panels
from vicinal_workflow.witness_rejection_section import witness_rejection_section
from vicinal_workflow.witness_rejection_tables import (
    CLAIM,
    kept_values,
    measured_rejection,
    paired_scores,
    score_values,
    summarised,
)

SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
ALL = {"measure_rejection": 1, "build_rejection_tables": 1, "plot_rejection": 1}
DESCRIBED = {"toy": {"row": "cifar10_vgg16", "data": "digits", "scale": "ours"}}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["witness"]["rejection"]["experiments"]["digits_resnet20"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": 3}, "samples: 3 is not allowed; allowed is an integer or null, at least 20"),
        ({"held_out": 1}, "held_out: 1 is not allowed; allowed is a number, at least 0, below 1"),
        ({"scales": [1, 1]}, "scales: [1, 1] names an entry twice"),
        ({"backbone": "none_such"}, "backbone: 'none_such' is not an entry of backbones; known"),
        (
            {"backbone": "breast_cancer_inputs"},
            "its architecture is none, which predicts nothing; allowed are lenet5,",
        ),
        ({"sigma": 2}, "unknown key 'sigma'; known are backbone, samples,"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert "witness.rejection.experiments.digits_resnet20" in str(error.value)
    assert message in str(error.value)


def test_experiments_that_are_none_and_points_that_are_none():
    config = load_yaml(ROOT / "config.yaml")
    config["witness"]["rejection"].update(figure4="vgg", further=["other"])
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(config, SCHEMA)
    for key, name in (("figure4", "vgg"), ("further.0", "other")):
        assert f"witness.rejection.{key}: '{name}' is not an entry of witness.rej" in str(
            error.value
        )
    config = load_yaml(ROOT / "config.yaml")
    config["datasets"]["digits"]["validation"] = 0
    with pytest.raises(ConfigurationError, match="held_out: 0 is not allowed; the data set 'digi"):
        complete_configuration(config, SCHEMA)


def test_the_plan_knows_its_networks_and_its_distance_from_the_paper():
    config = completed(samples=100)
    config["backbones"]["digits_resnet20"].update(networks=5, networks_per_job=2)
    part = Plan(config, PAPER, REGISTRY).witness_rejection
    assert part.networks("digits_resnet20") == [[0, 1], [2, 3], [4]]
    assert part.feature_files("digits_resnet20")[2] == "features/digits_resnet20/2.npz"
    assert part.described()["digits_resnet20"]["scale"] == (
        "degree and permutations ours (paper: lost); digits in place of cifar10; network resnet20 "
        "(paper vgg of width 64); samples 100 (paper all)"
    )
    stages = [job.stage for job in part.jobs()]
    assert [stages.count(stage) for stage in ("train_backbone", *ALL)] == [3, 1, 1, 1]
    papers = Plan(PAPER, PAPER, REGISTRY).witness_rejection
    assert (
        papers.described()["cifar10_vgg"]["scale"] == "degree and permutations ours (paper: lost)"
    )
    config["witness"]["rejection"] = None
    left = Plan(config, PAPER, REGISTRY).witness_rejection
    assert (left.jobs(), left.page_tables(), left.measured_tables()) == ([], {}, {})
    assert list(left.figures()) == list(left.drawn()) == []


OWN = {
    "samples": None, "held_out": 0, "components": None, "n": 3, "center": "mean",
    "permutations": 9, "scales": [0.5, 1, 2], "neighbours": 3, "device": "cpu",
}  # fmt: skip


def features(networks=2, validation=True):
    """Three classes in the plane, and networks that are unsure, and often wrong, between them."""
    rng = np.random.default_rng(5)
    middle = np.array([[0, 0], [3, 0], [0, 3]])
    arrays = {}
    for split, size in (("train", 90), ("validation", 30), ("test", 60)):
        if split == "validation" and not validation:
            continue
        labels = rng.integers(0, 3, size)
        points = rng.normal(size=(networks, size, 2)) + middle[labels]
        distances = ((points[:, :, None] - middle) ** 2).sum(-1)
        arrays[f"{split}_labels"] = labels
        arrays[f"{split}_features"] = points.astype(np.float32)
        arrays[f"{split}_outputs"] = (-distances / 2).astype(np.float32)
    return arrays


def test_samples_of_a_network_are_parts_of_its_splits():
    arrays = features()
    own = OWN | {"samples": 40, "held_out": 0.25}
    first, second = (network_samples(arrays, k, own, seed=k, test_seed=7) for k in (0, 1))
    assert len(first.training.labels) == 40
    assert (len(first.choosing.labels), len(first.points.labels)) == (15, 45)
    # All networks have the same points, and training samples of their own.
    np.testing.assert_array_equal(first.points.labels, second.points.labels)
    assert (first.training.features != second.training.features).any()
    held = {tuple(row) for row in first.choosing.features.tolist()}
    assert not held & {tuple(row) for row in first.points.features.tolist()}
    whole = network_samples(arrays, 0, OWN, seed=0, test_seed=7)
    np.testing.assert_array_equal(whole.choosing.labels, arrays["validation_labels"])
    np.testing.assert_array_equal(whole.points.features, arrays["test_features"][0])
    with pytest.raises(ValueError, match="held_out: 0 needs a validation split"):
        network_samples(features(validation=False), 0, OWN, seed=0, test_seed=7)


def measured(own=OWN):
    arrays = features()
    networks = [network_samples(arrays, k, own, seed=k, test_seed=7) for k in (0, 1)]
    scales = measure_scales(networks, own)
    return networks, scales, measure_points(networks, chosen_scales(scales), own)


@pytest.mark.filterwarnings("ignore:.* lie farther than")
def test_scores_are_the_witness_test_s():
    networks, scales, points = measured()
    assert len(scales) == 2 * 2 * 3 * 2  # networks, kernels, scales, rules
    own = networks[1]
    witness = HermiteWitness(3, "median_nn", n_permutations=9, random_state=1)
    witness.fit(own.training.features, own.training.labels)
    test = witness.test(own.points.features)
    np.testing.assert_array_equal(points["score_hermite"][1], test.ratio)
    reached = test.ratio > 0  # the others lie out of the kernel's reach
    assert 0.5 < reached.mean() < 1
    expected = test.statistic / test.threshold
    np.testing.assert_allclose(test.ratio[reached], expected[reached], rtol=1e-6)
    # A network is kept at factor 1 where the test calls it significant, and nowhere else.
    np.testing.assert_array_equal(points["score_hermite"][1] > 1, test.significant)
    errors = scales.groupby("network")["errors"].first()
    assert points["choosing_errors"].tolist() == errors.tolist()
    assert points["choosing_points"].tolist() == [30, 30]
    np.testing.assert_array_equal(points["predicted_hermite"][1], test.predicted)
    assert points["sigma_hermite"][1] == witness.sigma_
    agrees = points["predicted_hermite"] == points["predicted"]
    assert 0.5 < agrees.mean() < 1
    signed = np.where(agrees, points["score_hermite"], -points["score_hermite"])
    np.testing.assert_array_equal(points["score_hermite_agreeing"], signed)
    # The chosen scales are those of the least mean area, of each kernel and rule.
    for (kernel, rule), part in scales.groupby(["kernel", "rule"]):
        means = part.groupby("scale")["area"].mean()
        (chosen,) = part.loc[part["chosen"], "scale"].unique()
        assert means[chosen] == means.min()
        assert set(points[f"scale_{witness_score(kernel, rule, CHOSEN)}"]) == {chosen}
    assert {name for name in points if name.startswith("score_")} == {f"score_{n}" for n in SCORES}


def test_points_out_of_reach_are_counted():
    _, _, points = measured(OWN | {"scales": [0.05, 1], "n": 2})
    reach = 2**0.5 * 2 * points["sigma_hermite"]
    arrays = features()
    for network in (0, 1):
        center = arrays["train_features"][network].mean(0, dtype=np.float64)
        distance = np.linalg.norm(arrays["test_features"][network] - center, axis=1)
        assert points["outside_hermite"][network] == (distance > reach[network]).mean() > 0.5
        assert points["outside_gaussian"][network] == 0


def made_up(networks=4):
    """Points of which every second is wrong: the Hermite witness keeps the right ones first, all
    other scores know nothing."""
    wrong = np.tile([False, True], (networks, 20))
    # One network errs less, so that differences have a spread.
    wrong[0, :10] = False
    labels = np.zeros_like(wrong, dtype=int)
    points = {"labels": labels, "predicted": wrong.astype(int)}
    points |= {"choosing_points": np.full(networks, 50), "choosing_errors": np.arange(networks)}
    for score in SCORES:
        knows = score.startswith("hermite")
        points[f"score_{score}"] = np.where(wrong, 0.5, 2.0) if knows else np.ones(wrong.shape)
    for score in (*WITNESSES, *AGREEING_WITNESSES):
        points[f"predicted_{score}"] = labels
        for name in ("scale", "sigma", "outside"):
            points[f"{name}_{score}"] = np.ones(networks)
    return points


def tables(points, described=DESCRIBED):
    scores, kept = {"toy": score_values(points)}, {"toy": kept_values(points)}
    return {
        "rejection_scores": summarised(scores, described),
        "rejection_kept": summarised(kept, described),
        "rejection_paired": paired_scores(scores, kept, described),
    }


def test_tables_of_scores_of_which_one_knows_all():
    made = tables(made_up())
    scores = made["rejection_scores"].set_index(["score", "metric"])
    errors = np.array([37.5, 50, 50, 50])
    assert scores.loc[("random", "area"), "mean"] == errors.mean()
    assert scores.loc[("softmax_gap", "error_80"), "mean"] == pytest.approx(errors.mean())
    # Of 40 points 20 (25) are right; the first 32 hold 12 (7) errors, the first 20 none.
    assert scores.loc[("hermite", "error_80"), "mean"] == pytest.approx((7 + 36) / 4 / 0.32)
    assert scores.loc[("hermite", "error_50"), "mean"] == 0
    low, high = stats.t.interval(0.95, 3, errors.mean(), stats.sem(errors))
    assert scores.loc[("random", "area"), "half_width"] == pytest.approx((high - low) / 2)
    kept = made["rejection_kept"].set_index(["score", "metric"])["mean"]
    assert kept["hermite", "kept"] == 100 - errors.mean()
    assert (kept["hermite", "error_kept"], kept["hermite", "agreement_kept"]) == (0, 100)
    assert kept["hermite", "agreement"] == kept["hermite", "accuracy"] - errors.mean()
    # Nothing exceeds a ratio of 1: the Gaussian witness keeps nothing, and has no error there.
    assert kept["gaussian", "kept"] == 0
    assert ("gaussian", "error_kept") not in kept
    paired = made["rejection_paired"].set_index(["score", "against", "metric"])
    line = paired.loc["hermite", "random", "area"]
    points = made_up()
    areas = [
        100 * selective_risks(s, w).mean()
        for s, w in zip(points["score_hermite"], points["predicted"] == 1, strict=True)
    ]
    assert line["mean"] == pytest.approx(np.mean(areas - errors))
    assert line["p_value"] == pytest.approx(stats.ttest_rel(areas, errors).pvalue)
    assert paired.loc["hermite", "all", "agreement_half"]["mean"] == errors.mean()


def test_published_rows_find_ours():
    published = pd.read_csv(ROOT / "data/published.csv")
    published = published[(published["study"] == "witness") & (published["item"] == "figure4")]
    measured_table = measured_rejection(tables(made_up())["rejection_paired"], DESCRIBED)
    compared = compare_with_published(published, join_measured({"own": measured_table}))
    line = compared.set_index("metric").loc[CLAIM]
    assert (line["measured"], line["n"], line["scale"]) == (1.0, 4, "ours")
    unsure = measured_rejection(tables(made_up(1))["rejection_paired"], DESCRIBED)
    assert unsure["measured"].isna().all()
    further = {"toy": DESCRIBED["toy"] | {"row": ""}}
    assert measured_rejection(tables(made_up(), further)["rejection_paired"], further).empty


def test_the_page_answers_in_words():
    shown, verdicts = witness_rejection_section(tables(made_up()), pd.DataFrame())
    assert [len(table.columns) <= 9 for table in shown] == [True] * 3
    tones = [verdict.tone for verdict in verdicts]
    assert tones == ["for"] * 6
    assert "lowers the error, as the paper claims (AURC " in verdicts[0].text
    assert "n = 4 networks" in verdicts[0].text
    errors = {row[0]: row[1].value for row in shown[0].groups[0].rows}
    assert errors["all points, or any of them by chance"] == 46.875
    remark = "4 networks; σ chosen on 6 errors among 200 predictions in all"
    assert shown[0].groups[0].remark == remark
    # The other way round, everything speaks against.
    points = made_up()
    for name in SCORES:
        knows = not name.startswith("hermite")
        right = points["predicted"] == 0
        points[f"score_{name}"] = np.where(right == knows, 2.0, 0.5)
    _, verdicts = witness_rejection_section(tables(points), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"against"}
    assert "the network's own soft-max gap rejects better than" in verdicts[2].text


def test_one_network_decides_nothing():
    shown, verdicts = witness_rejection_section(tables(made_up(1)), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    assert shown[1].groups[0].remark == "1 network: no interval"


def test_the_figure_shows_means_over_the_networks():
    points = made_up()
    alone, agreeing, by_factor = rejection_panels(points)
    figure = rejection_curves(alone, agreeing, by_factor)
    first, second, third, fourth = figure.axes
    labels = [line.get_label() for line in first.lines]
    assert labels == [STYLES[name].label for name in alone]
    drawn = first.lines[labels.index("Hermite witness")]
    risks = [
        selective_risks(s, w)
        for s, w in zip(points["score_hermite"], points["predicted"] == 1, strict=True)
    ]
    np.testing.assert_allclose(drawn.get_ydata(), 100 * np.mean(risks, axis=0)[3:])
    np.testing.assert_allclose(drawn.get_xdata(), 100 * np.arange(4, 41) / 40)
    assert first.get_xlim() == (100, 10)
    assert len(second.lines) == len(agreeing)
    # The Gaussian witness is nowhere above 1, and there nothing is left to have an error.
    gaussian = third.lines[1]
    assert gaussian.get_xdata().max() < 1
    share = fourth.lines[0].get_ydata()
    np.testing.assert_allclose(sorted({*share}), [100 - 46.875, 100])
    with pytest.raises(ValueError, match=r"\['guess'\] have no style"):
        rejection_curves({"guess": np.ones((1, 3))}, {}, {})
    lone = FactorCurves(np.arange(2.0), *(np.ones((1, 2)) for _ in range(3)))
    assert rejection_curves({}, {}, {"hermite": lone}).axes


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    points = np.load(results / "witness/rejection/digits_resnet20_points.npz")
    assert points["score_hermite"].shape == (2, 360)  # of both shards
    scores = pd.read_csv(results / "witness/tables/rejection_scores.csv")
    assert set(scores["n"]) == {2}
    for suffix in ("png", "svg"):
        path = results / f"witness/figures/rejection_digits_resnet20.{suffix}"
        assert path.stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    assert "Hermite witness functions: rejection by the last hidden layer" in page
    comparison = pd.read_csv(results / "summary/comparison.csv")
    own = comparison[(comparison["study"] == "witness") & (comparison["item"] == "figure4")]
    assert set(own["metric"]) == {"drawn", CLAIM}
    assert own["scale"].str.contains("digits in place of cifar10").all()


def test_its_target_runs_it_alone(project):
    jobs = project.jobs("witness_figure4")
    assert jobs == {
        "build_dataset": 1, "train_backbone": 2, "extract_network_features": 2, **ALL,
        "witness_figure4": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"permutations": 11}, {**ALL, **SUMMARY}), ({"held_out": 0.5}, {**ALL, **SUMMARY}), ({}, {})],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    def edit(config):
        config["witness"]["rejection"]["experiments"]["digits_resnet20"].update(change)

    with tiny_run.edited_config(edit):
        assert tiny_run.jobs() == expected


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("vicinal/figures/witness_rejection.py", {"plot_rejection", "write_manifest"}),
        ("vicinal_workflow/witness_rejection_panels.py", {"plot_rejection", "write_manifest"}),
        (
            "vicinal_workflow/witness_rejection_tables.py",
            {"build_rejection_tables", "compare_with_published", "write_manifest"},
        ),
    ],
)
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        assert tiny_run.jobs().keys() == {*expected, "build_page", "all"}


def test_leaving_it_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["witness"].update(rejection=None)):
        assert tiny_run.jobs() == SUMMARY


def test_how_networks_are_cut_into_jobs_changes_no_byte(tiny_run):
    def edit(config):
        config["backbones"]["digits_lenet5"]["networks_per_job"] = 2
        config["results_dir"] = "rejection_cut"

    target = "witness/tables/rejection_scores.csv"
    with tiny_run.edited_config(edit):
        tiny_run.run(f"rejection_cut/{target}", "--cores", "1")
    tiny_run.assert_same_bytes([tiny_run.folder / "rejection_cut" / target],
                               tiny_run.folder / "rejection_cut")  # fmt: skip
    assert copy.deepcopy(tiny_run.jobs()) == {}
