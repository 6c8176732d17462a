"""Treatment effects in the workflow: faults, summaries, what is made, and what runs again."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, SCHEMA
from project import ROOT
from vicinal.data.dataset import Dataset
from vicinal.figures.bias_scores import ScorePanel, bias_scores
from vicinal.figures.effect_estimates import EffectPanel, EffectRow, effect_estimates
from vicinal.witness.treatment_study import SCORED, TreatmentSettings, estimate_effects
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.studies import PartResults, page_studies
from vicinal_workflow.witness_treatment_names import COMPARISONS, METHODS
from vicinal_workflow.witness_treatment_panels import effect_panels
from vicinal_workflow.witness_treatment_section import witness_treatment_section
from vicinal_workflow.witness_treatment_studies import (
    estimates_table,
    generated_study,
    study_of_data,
    treatment_settings,
)
from vicinal_workflow.witness_treatment_tables import (
    paired_errors,
    real_effects,
    summarised_draws,
)

SUMMARY = {"write_manifest": 1, "build_page": 1, "all": 1}
DRAWN = {"plot_treatment_scores": 1, "plot_treatment_effects": 1}
ALL = {"estimate_treatment_effects": 2, "build_treatment_tables": 1, **DRAWN}
DESCRIBED = {
    "made": {"data": "observational_study", "scale": "ours", "generated": True},
    "real": {"data": "lalonde", "scale": "ours", "generated": False},
}


def completed(studies=None, **datasets):
    config = load_yaml(ROOT / "config.yaml")
    config["datasets"].update(datasets)
    if studies is not None:
        config["witness"]["treatment"]["studies"] = studies
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("study", "datasets", "message"),
    [
        ({"dataset": "curvd"}, {}, "curvd' is not an entry of datasets; known are double_moon"),
        ({"dataset": "digits"}, {}, "holds inputs of kind image and 10 classes, needed are a"),
        ({"dataset": "diabetes"}, {}, "holds inputs of kind table and values, needed are a table"),
        (
            {"dataset": "own"},
            {"own": {"kind": "lalonde", "validation": 0.1}},
            "'own' is not allowed with validation 0.1; needed is 0, as all people",
        ),
        (
            {"dataset": "own"},
            {"own": {"kind": "observational_study", "label_noise": 0.2}},
            "not allowed with label_noise 0.2",
        ),
        ({"dataset": "curved_study", "margin": 0.5}, {}, "margin: 0.5 is not allowed"),
        ({"dataset": "curved_study", "folds": 1}, {}, "folds: 1 is not allowed"),
        ({"dataset": "curved_study", "sigmas": []}, {}, "sigmas: [] is not allowed"),
        ({"draws": 3}, {}, "dataset is missing"),
    ],
)
def test_faults_are_named(study, datasets, message):
    with pytest.raises(ConfigurationError) as error:
        completed({"mine": study}, **datasets)
    assert "1 fault(s)" in str(error.value)
    assert "witness.treatment.studies.mine" in str(error.value)
    assert message in str(error.value)


def test_the_schema_has_the_librarys_defaults():
    own = completed({"curved": {"dataset": "curved_study"}})["witness"]["treatment"]["studies"]
    found, usual = treatment_settings(own["curved"]), TreatmentSettings()
    assert list(found.sigmas) == list(usual.sigmas)
    for name in ("n", "permutations", "threshold_factor", "folds", "margin", "neighbours"):
        assert getattr(found, name) == getattr(usual, name)


def test_scales_name_the_data_and_what_is_ours():
    plan = Plan(completed(), PAPER, {}).witness_treatment
    (scale,) = {described["scale"] for described in plan.described().values()}
    ours = "degree, sigma, trimming and matching ours (paper: lost)"
    assert scale == f"observational_study in place of lalonde; {ours}"
    config = completed({"psid": {"dataset": "p", "n": 4}}, p={"kind": "lalonde"})
    described = Plan(config, PAPER, {}).witness_treatment.described()["psid"]
    assert described["scale"] == f"{ours}; n 4 (paper 3); permutations 100 (paper 200)"
    assert (described["data"], described["generated"]) == ("lalonde", False)


def test_null_leaves_the_part_out():
    config = completed()
    config["witness"]["treatment"] = None
    part = Plan(config, PAPER, {}).witness_treatment
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert list(part.figures()) == []
    made = {"witness_treatment": PartResults({}, [])}
    assert page_studies(made, pd.DataFrame({"study": []}), {}) == []


def test_real_data_are_read_and_generated_ones_are_not():
    studies = {"a": {"dataset": "curved_study"}, "b": {"dataset": "p"}, "c": {"dataset": "p"}}
    config = completed(studies, p={"kind": "csv", "path": "p.csv", "label": "w", "validation": 0})
    plan = Plan(config, PAPER, {}).witness_treatment
    stages = [(job.stage, job.name) for job in plan.jobs()]
    assert stages[:4] == [
        ("estimate_treatment_effects", "a"),
        ("build_dataset", "p"),
        ("estimate_treatment_effects", "b"),
        ("estimate_treatment_effects", "c"),
    ]
    assert plan.generated("a") == {
        "n_train": 500,
        "n_test": 400,
        "covariates": 4,
        "curvature": 1,
        "strength": 1,
        "confounding": 1,
        "effect": 1,
        "heterogeneity": 0.5,
        "treated": 0.3,
        "noise": 1,
    }
    assert plan.generated("b") == {}


def table_of(split, people, seed):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(people, 3)), np.arange(people) % 2


def test_data_become_studies():
    inputs, labels = {}, {}
    for seed, (split, people) in enumerate((("train", 8), ("test", 6))):
        inputs[split], labels[split] = table_of(split, people, seed)
    data = Dataset("classification", inputs, labels, ("control", "treated"))
    own = study_of_data(data, "csv")
    assert own.covariates.shape == (14, 2)
    np.testing.assert_array_equal(own.outcome[:8], inputs["train"][:, 2])
    assert own.experiment is None
    assert not own.randomised
    programme = study_of_data(data, "lalonde")
    assert programme.covariates.shape == (8, 2)
    covariates, outcome = programme.experiment
    np.testing.assert_array_equal(covariates, inputs["test"][labels["test"] == 0, :2])
    np.testing.assert_array_equal(outcome, inputs["test"][labels["test"] == 0, 2])
    same = Dataset(
        "classification",
        {"train": inputs["train"], "test": inputs["train"]},
        {"train": labels["train"], "test": labels["train"]},
        ("control", "treated"),
    )
    assert study_of_data(same, "lalonde").randomised
    one = {split: table[:, :1] for split, table in inputs.items()}
    with pytest.raises(ValueError, match="one column"):
        study_of_data(Dataset("classification", one, labels, ("control", "treated")), "csv")
    with pytest.raises(ValueError, match="3 classes; needed is a table"):
        study_of_data(Dataset("classification", inputs, labels, ("a", "b", "c")), "csv")


def made_estimates(draws=6):
    """Errors of about -1, 1, ... draw by draw: larger by the logistic score, and by covariates."""
    rows = []
    for draw in range(draws):
        sign = 1 if draw % 2 else -1
        for method in METHODS:
            rules = ["all", "overlap", "significance"] if method in SCORED[2:] else ["all"]
            for rule in rules:
                size = {"logistic": 3.0, "covariates": 1 + 0.5 * draw**2}.get(
                    method, 1 + 0.01 * draw
                )
                if rule == "significance" and draw == 0:
                    size = np.nan
                rows.append(
                    {
                        "draw": draw,
                        "method": method,
                        "rule": rule,
                        "sigma": 2.0 if method == "hermite" else np.nan,
                        "effect": 5 + sign * size,
                        "standard_error": 2 / 1.96 if draw < 4 else 0.1,
                        "treated": 40,
                        "controls": 20,
                        "kept": 1.0 if rule == "all" else 0.5,
                        "borrowed": 0.25 if method == "hermite" else 0.0,
                        "target": 5.0,
                        "target_of_all": 4.0,
                        "benchmark": 4.5,
                        "benchmark_error": 1.0,
                        "imbalance": 0.1,
                    }
                )
    return pd.DataFrame(rows)


def tables(draws=6):
    estimates = {"made": made_estimates(draws), "real": made_estimates(1)}
    return {
        "treatment_generated": summarised_draws(estimates, DESCRIBED),
        "treatment_paired": paired_errors(estimates, DESCRIBED),
        "treatment_real": real_effects(estimates, DESCRIBED),
    }


def test_errors_are_summarised_over_the_draws():
    found = tables()["treatment_generated"].set_index(["method", "rule"])
    errors = np.array([-1, 1.01, -1.02, 1.03, -1.04, 1.05])
    own = found.loc["hermite", "all"]
    assert own["bias"] == pytest.approx(errors.mean())
    assert own["bias_half_width"] == pytest.approx(stats.t.ppf(0.975, 5) * stats.sem(errors))
    assert own["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    # Intervals are wide enough in four draws of six.
    assert (own["covered"], own["n"], own["moved"]) == (4 / 6, 6, 1.0)
    # Clopper and Pearson's for 4 of 6.
    low, high = stats.beta.ppf(0.025, 4, 3), stats.beta.ppf(0.975, 5, 2)
    assert (own["covered_low"], own["covered_high"]) == pytest.approx((low, high))
    assert found.loc[("hermite", "significance"), "n"] == 5
    assert found.loc[("logistic", "all"), "covered"] == 0
    assert list(found["study"].unique()) == ["made"]


def test_errors_are_paired_by_draw():
    found = tables()["treatment_paired"]
    assert list(zip(found["method"], found["rule"], strict=True)) == [c[:2] for c in COMPARISONS]
    first = found.iloc[0]
    difference = np.array([1, 1.01, 1.02, 1.03, 1.04, 1.05]) - 3
    assert first["mean"] == pytest.approx(difference.mean())
    test = stats.ttest_1samp(difference, 0)
    assert first["p_value"] == pytest.approx(test.pvalue)
    assert (first["low"], first["high"]) == pytest.approx(tuple(test.confidence_interval()))
    # Of two p-values that are known, those of equal errors being none.
    assert found["p_value"].notna().sum() == 2
    assert first["adjusted_p"] == pytest.approx(2 * first["p_value"])
    # The draw in which too few were left has no pair.
    trimmed = found[found["rule"] == "significance"].iloc[0]
    assert (trimmed["n"], trimmed["mean"]) == (5, 0)


def test_real_effects_stand_beside_the_experiment():
    found = tables()["treatment_real"].set_index(["method", "rule"])
    own = found.loc["hermite", "all"]
    assert own["effect"] == 4.0
    assert (own["low"], own["high"]) == pytest.approx((2.0, 6.0), abs=1e-4)
    error = np.hypot(2 / 1.96, 1)
    assert own["apart"] == -0.5
    assert own["apart_high"] == pytest.approx(-0.5 + 1.959964 * error, rel=1e-6)
    assert own["apart_p"] == pytest.approx(2 * stats.norm.sf(0.5 / error))
    assert np.isnan(found.loc[("hermite", "significance"), "effect"])


def test_the_page_says_what_the_tables_say():
    shown, verdicts = witness_treatment_section(tables(), pd.DataFrame())
    assert len(shown) == 3
    assert all(len(table.columns) <= 9 for table in shown)
    texts = {verdict.text: verdict.tone for verdict in verdicts}
    (lower,) = [t for t in texts if "matched on the logistic score: " in t]
    assert texts[lower] == "for"
    assert "|error| 1.025 matched on the Hermite witness (σ 2 in the mean), 3.000 matched" in lower
    assert "1.975 lower (difference -1.99" in lower
    (same,) = [t for t in texts if "its own σ of least imbalance" in t]
    assert texts[same] == "open"
    # Where a rule trims, how many are kept.
    (trimmed,) = [t for t in texts if "no group dominates" in t]
    assert "no group dominates (σ 2 in the mean; 50 % of the treated kept)" in trimmed
    assert "matched on the Hermite witness (σ 2 in the mean): not told apart" in trimmed
    (held,) = [t for t in texts if "intervals of 95" in t]
    assert "4 of 6" in held
    (real,) = [t for t in texts if t.startswith("real: ")]
    assert texts[real] == "open"
    assert "(σ 2) the effect is 4 (2 to 6), which cannot be told from the experiment's 4.5" in real
    assert not any("nan" in text for text in texts)


def test_one_draw_has_no_interval():
    shown, verdicts = witness_treatment_section(tables(draws=1), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    assert len(shown) == 3


def test_pictures_have_every_study_and_estimator():
    found = tables()
    panels = effect_panels(found["treatment_generated"], found["treatment_real"], ["real", "made"])
    assert list(panels) == ["real", "made"]
    assert panels["real"].reference == 4.5
    assert panels["made"].reference == 0
    figure = effect_estimates(panels)
    axes = figure.axes[0]
    assert [axes.get_title() for axes in figure.axes] == ["real", "made"]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "difference of means"
    assert labels[5] == "matching: Hermite witness"
    # Estimates are where the table has them; what is not there says so.
    points = {
        float(line.get_ydata()[0]): float(line.get_xdata()[0])
        for line in axes.lines
        if line.get_marker() == "o"
    }
    assert points[5.0] == 4.0
    assert "too few left" in [text.get_text() for text in axes.texts]
    with pytest.raises(ValueError, match="different estimators"):
        effect_estimates({"a": panels["real"], "b": EffectPanel("x", [])})
    with pytest.raises(ValueError, match="no studies"):
        effect_estimates({})


def test_an_estimate_far_off_is_a_number_at_the_edge():
    rows = [EffectRow("all", "difference", -15204.8, -16000, -14000)]
    rows += [EffectRow(f"{n}", "hermite", n, n - 1, n + 1) for n in range(3)]
    (axes,) = effect_estimates({"a": EffectPanel("effect", rows, 1.0)}).axes
    assert [text.get_text() for text in axes.texts] == ["← −15205"]
    assert axes.get_xlim()[0] > -10


def test_scores_are_counted_on_both_sides():
    share = np.array([0.5, 0.5, 0.9, np.nan, 0.1, 0.1, 0.1, 3.0])
    treatment = np.array([1, 1, 1, 1, 0, 0, 0, 0])
    kept = np.array([True, False, True, False, True, True, False, False])
    (axes,) = bias_scores({"a": {"score": ScorePanel(share, treatment, kept)}}).axes
    filled = [patch.get_data().values for patch in axes.patches]
    assert [int(counts.sum()) for counts in filled] == [2, 3, -2, -4]
    # What is beyond the axis is in its last bin.
    assert filled[3][-1] == -1
    with pytest.raises(ValueError, match="no studies"):
        bias_scores({})


def test_a_generated_study_goes_all_the_way():
    options = {
        **{"n_train": 80, "n_test": 10, "covariates": 3, "curvature": 1.0, "strength": 1.0},
        **{"confounding": 1.0, "effect": 2.0, "heterogeneity": 0.0, "treated": 0.4, "noise": 1.0},
    }
    settings = TreatmentSettings(n=2, sigmas=[2.0], permutations=9, folds=2)
    found = [estimate_effects(generated_study(options, seed), settings, seed)[0] for seed in (0, 1)]
    table = estimates_table(found)
    assert set(table["draw"]) == {0, 1}
    assert (table["target"].dropna() == 2.0).all()


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    generated = pd.read_csv(results / "witness/tables/treatment_generated.csv")
    assert list(generated["study"].unique()) == ["curved", "linear"]
    assert (generated["n"] <= 3).all()
    assert len(pd.read_csv(results / "witness/tables/treatment_real.csv")) == 0
    for figure in ("treatment_scores", "treatment_effects"):
        for suffix in ("png", "svg"):
            assert (results / f"witness/figures/{figure}.{suffix}").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    assert "Hermite witness functions: effects of a treatment" in page
    assert "Section 5.5: generated studies of known effect" in page


def test_the_target_makes_this_part_alone(project):
    assert project.jobs("witness_section5_5") == {**ALL, "witness_section5_5": 1}
    assert not ALL.keys() & project.jobs("vbsw").keys()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c["witness"]["treatment"]["studies"]["curved"].update(margin=0.2), 1),
        (lambda c: c["datasets"]["linear_study"].update(noise=2), 1),
        (lambda c: c["datasets"]["double_moon"].update(n_test=400), 0),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(change):
        jobs = tiny_run.jobs("witness_section5_5")
    wanted = {**ALL, "estimate_treatment_effects": 1, "witness_section5_5": 1} if expected else {}
    assert jobs == wanted
    assert tiny_run.jobs("witness_section5_5") == {}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("vicinal/data/mnist.py", {}),
        ("vicinal/figures/bias_scores.py", DRAWN),
        ("vicinal_workflow/witness_treatment_tables.py",
         {"build_treatment_tables": 1, "plot_treatment_effects": 1}),
        ("vicinal/witness/bias_score.py", ALL),
    ],
)  # fmt: skip
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        jobs = tiny_run.jobs("witness_section5_5")
    jobs.pop("witness_section5_5", None)
    assert jobs == expected


def test_two_runs_give_the_same_bytes(tiny_run):
    tiny_run.run(
        *("effects_again/witness/tables/treatment_paired.csv",),
        *(f"effects_again/witness/figures/treatment_{name}.svg" for name in ("scores", "effects")),
        "--config",
        "results_dir=effects_again",
        "--cores",
        "1",
    )
    folder = tiny_run.folder / "effects_again"
    made = [p for p in (folder / "witness").rglob("[!.]*") if p.is_file()]
    assert len(made) == 11
    tiny_run.assert_same_bytes(made, folder)


def test_a_study_of_ones_own_is_estimated(project):
    """A csv file with groups, covariates and the outcome as its last column."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 2))
    group = (rng.random(80) < 1 / (1 + np.exp(-x[:, 0]))).astype(int)
    lines = ["age,weight,outcome,given"]
    lines += [f"{a},{b},{a + w},{w}" for (a, b), w in zip(x, group, strict=True)]
    (project.folder / "mine.csv").write_text("\n".join(lines) + "\n")
    project.config["datasets"]["mine"] = {
        **{"kind": "csv", "path": "mine.csv", "label": "given", "validation": 0},
        "columns": ["age", "weight", "outcome"],
    }
    project.config["witness"]["treatment"]["studies"] = {
        "mine": {"dataset": "mine", "n": 2, "sigmas": [2], "permutations": 9, "folds": 2}
    }
    project.write_config()
    project.run("witness_section5_5")
    real = pd.read_csv(project.folder / "results/witness/tables/treatment_real.csv")
    found = real.set_index(["method", "rule"]).loc["regression", "all"]
    assert found["effect"] == pytest.approx(1.0)
    assert np.isnan(found["benchmark"])
    assert len(pd.read_csv(project.folder / "results/witness/tables/treatment_paired.csv")) == 0
