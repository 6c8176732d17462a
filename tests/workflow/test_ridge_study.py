"""Ridge-gradients in the workflow: faults, summaries, what is made, and what runs again."""

import copy
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, ROOT, SCHEMA
from vicinal.gradients.ridge_comparison import FitErrors
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.ridge_errors import errors_table, ridge_study
from vicinal_workflow.ridge_panels import gain_panels
from vicinal_workflow.ridge_section import ridge_section
from vicinal_workflow.ridge_tables import error_gains, measured_ridges, summarise_ridges
from vicinal_workflow.studies import PartResults, page_studies

# What follows from any change of a table.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
DRAWN = {"plot_ridge_values": 1, "plot_ridge_gradients": 1, "plot_ridge_gains": 1}
ALL = {"compare_ridges": 1, "build_ridge_tables": 1, **DRAWN}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["gradients"]["ridge"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": -1}, "noise: -1 is not allowed; allowed is a number, at least 0"),
        ({"sizes": []}, "sizes: [] is not allowed; allowed is a list, not empty"),
        (
            {"sizes": [10, 10]},
            "sizes: [10, 10] names an entry twice; each is allowed once",
        ),
        ({"sizes": [1]}, "sizes.0: 1 is not allowed; allowed is an integer, at least 2"),
        (
            {"intercept": "no"},
            "intercept: 'no' is not allowed; allowed is one of shrunk, free, none",
        ),
        ({"lambda1": 1}, "ridge: unknown key 'lambda1'; known are noise,"),
        ({"fixed": {"lambda1": -0.1}}, "fixed.lambda1: -0.1 is not allowed; allowed is a number,"),
        (
            {"tuned": {"penalties": {"from": 0}}},
            "tuned.penalties.from: 0 is not allowed; allowed is a number, above 0",
        ),
        (
            {"tuned": {"gradient_weight": {"from": 1000}}},
            "tuned.gradient_weight: from 1000 to 100 are no 9 values; `to` must be above",
        ),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert "gradients.ridge" in str(error.value)
    assert message in str(error.value)


def test_the_default_run_has_the_papers_scale():
    config = completed()
    ridge = config["gradients"]["ridge"]
    assert ridge == PAPER["gradients"]["ridge"]
    assert ridge["sizes"] == list(range(10, 51, 2))
    assert (ridge["samples"], ridge["centres"], ridge["radius"], ridge["size_draws"]) == (
        12, 7, 1, 50,
    )  # fmt: skip
    # The noise is chosen here so that the published errors are within reach: never `paper`.
    ours = "noise and validation samples ours (paper: not said)"
    assert Plan(config, PAPER, {}).ridge.scale == ours
    other = completed(samples=14, tuned={"penalties": {"count": 3}})
    assert Plan(other, PAPER, {}).ridge.scale == f"{ours}; samples 14 (paper 12); count 3 (paper 9)"


def test_settings_become_penalties():
    study = ridge_study(completed()["gradients"]["ridge"])
    assert {getattr(study.fixed, f.name) for f in fields(study.fixed)} == {(0.1,), (1.0,)}
    for name in ("lambda1", "lambda2", "lambda_gradient"):
        assert getattr(study.tuned, name) == pytest.approx(10 ** np.arange(-3, 1.1, 0.5))
    assert study.tuned.gradient_weight == pytest.approx(10 ** np.arange(-2, 2.1, 0.5))


def test_null_leaves_the_study_out():
    config = completed()
    config["gradients"]["ridge"] = None
    part = Plan(config, PAPER, {}).ridge
    assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
    assert list(part.figures()) == []
    studies = page_studies({"ridge": PartResults({}, [])}, pd.DataFrame({"study": []}), {})
    assert studies == []


def found(draws=4):
    """Errors of a made-up comparison: ridge-gradients halves ridge's but in the last draw."""
    ridge = np.arange(1.0, draws + 1)
    half = ridge / 2
    half[-1] = 2 * ridge[-1]
    none = {"lambda1": np.full(draws, 0.1)}
    fits = {
        "ridge": FitErrors(ridge, 2 * ridge, None, none),
        "ridge_gradients": FitErrors(half, ridge, ridge / 4, none | {"lambda_gradient": ridge}),
    }
    joint = {"joint_ridge": FitErrors(0.1 * ridge, 0.2 * ridge, None, none)}
    return {
        (formulas, penalties): fits | (joint if formulas == "corrected" else {})
        for formulas in ("corrected", "printed")
        for penalties in ("fixed", "tuned")
    }


def table():
    sizes = [errors_table(found(), figure="figure7", samples=size) for size in (20, 10)]
    return pd.concat([errors_table(found(), figure="figure5", samples=12), *sizes])


def test_summaries_against_scipy():
    summary = summarise_ridges(table()).set_index(["formulas", "penalties", "quantity", "fit"])
    own = summary.loc["corrected", "fixed", "values", "ridge"]
    low, high = stats.t.interval(0.95, 3, 2.5, stats.sem([1, 2, 3, 4]))
    assert (own["mean"], own["median"], own["n"]) == (2.5, 2.5, 4)
    assert own["half_width"] == pytest.approx((high - low) / 2)
    assert summary.loc["printed", "tuned", "gradients", "gradient_fit"]["mean"] == 2.5 / 4
    assert ("corrected", "fixed", "values", "gradient_fit") not in summary.index
    assert ("printed", "fixed", "values", "joint_ridge") not in summary.index


def test_gains_are_of_the_same_draw():
    # The order of lines must not matter.
    gains = error_gains(table().sample(frac=1, random_state=0))
    keys = ["figure", "samples", "quantity", "formulas", "penalties", "fit", "over"]
    lines = gains.set_index(keys)
    own = lines.loc["figure7", 10, "values", "corrected", "tuned", "ridge_gradients", "ridge"]
    assert (own["mean"], own["ahead"], own["n"]) == ((3 * 50 - 100) / 4, 0.75, 4)
    alone = lines.loc["figure6", 12, "gradients", "printed", "fixed", "gradient_fit", "ridge"]
    assert (alone["mean"], alone["half_width"]) == (87.5, 0)
    same = lines.loc["figure5", 12, "values", "corrected", "fixed", "ridge_gradients", "printed"]
    assert same["mean"] == 0
    assert not ((gains["figure"] == "figure7") & (gains["quantity"] == "gradients")).any()
    curve = gain_panels(gains)["fixed"]["corrected ridge_gradients"]
    assert (list(curve.sizes), list(curve.mean)) == ([10, 20], [12.5, 12.5])


def test_published_rows_find_ours():
    published = pd.read_csv(ROOT / "data/published.csv")
    own = published["row"] == "sine"
    published = published[(published["study"] == "gradients") & own]
    summary = summarise_ridges(table()).assign(scale="ours")
    gains = error_gains(table()).assign(scale="ours")
    measured = join_measured({"ridge": measured_ridges(summary, gains)})
    compared = compare_with_published(published, measured).set_index(["item", "metric"])
    expected = {
        ("figure5", "ridge rmse of values"): (0.35, 2.5),
        ("figure5", "ridge_gradients rmse of values"): (0.31, (0.5 + 1 + 1.5 + 8) / 4),
        ("figure6", "ridge rmse of gradients"): (0.40, 5.0),
        ("figure6", "gradient_fit rmse of gradients"): (0.37, 2.5 / 4),
        ("figure7", "ridge_gradients ahead of ridge (share of sizes)"): (1.0, 1.0),
    }
    pairs = compared[["published", "measured"]]
    assert {key: tuple(pairs.loc[key]) for key in expected} == expected
    assert (compared["scale"] == "ours").all()
    assert compared["agrees"].isna().all()


def test_the_page_answers_in_words():
    summary = summarise_ridges(table()).assign(scale="ours")
    gains = error_gains(table()).assign(scale="ours")
    comparison = pd.DataFrame(
        [["figure5", "ridge rmse of values", 0.35]], columns=["item", "metric", "published"]
    )
    tables, verdicts = ridge_section({"ridge_errors": summary, "ridge_gains": gains}, comparison)
    errors, by_size = tables
    assert [row[:2] for row in errors.groups[0].rows[:3]] == [
        ["ridge", "values"],
        ["ridge-gradients", "values"],
        ["joint ridge (not in the paper)", "values"],
    ]
    assert [cell.value for cell in errors.groups[0].rows[0][2:5]] == [0.35, 2.5, 2.5]
    assert errors.groups[0].rows[2][4].is_missing
    row = by_size.groups[0].rows[0]
    assert [row[3].text, row[4].text, row[5].value] == ["2 of 2", "0 of 2", 12.5]
    texts = {verdict.text: verdict.tone for verdict in verdicts}
    start = "Ridge-gradients, fixed penalties: error of values 2.750, that of ridge 2.500. By draw,"
    (own,) = [tone for text, tone in texts.items() if text.startswith(start)]
    assert own == "open"
    (joint,) = [
        tone for text, tone in texts.items() if text.startswith("Joint ridge (not in the paper), f")
    ]
    assert joint == "for"
    (sizes,) = [v for v in verdicts if "sizes" in v.text and "fixed" in v.text]
    assert sizes.tone == "open"
    assert "at 2 of 2 sizes, its 95 % interval clear of zero at 0; gains of 12.5" in sizes.text


def test_one_draw_has_no_interval():
    one = pd.concat([errors_table(found(1), figure=f"figure{n}", samples=12) for n in (5, 7)])
    tables = {
        "ridge_errors": summarise_ridges(one).assign(scale="ours"),
        "ridge_gains": error_gains(one).assign(scale="ours"),
    }
    comparison = pd.DataFrame(columns=["item", "metric", "published"])
    _, verdicts = ridge_section(tables, comparison)
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    gains = pd.read_csv(results / "gradients/tables/ridge_gains.csv")
    assert set(gains.loc[gains["figure"] == "figure7", "samples"]) == {10, 12}
    assert gains["mean"].notna().all()
    for figure in ("ridge_values", "ridge_gradients", "ridge_gains"):
        for suffix in ("png", "svg"):
            assert (results / f"gradients/figures/{figure}.{suffix}").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    for text in ("Gradient information:", "Figure 5: fits to a sine", "Figure 7: gain over ridge"):
        assert text in page
    comparison = pd.read_csv(results / "summary/comparison.csv")
    own = comparison[(comparison["study"] == "gradients") & (comparison["row"] == "sine")]
    assert len(own) == 5
    assert own["measured"].notna().all()
    assert own["scale"].str.contains(r"draws 3 \(paper 1000\)").all()


def test_every_target_is_listed(tiny_run):
    listed = tiny_run.run("--list-target-rules").stdout
    figures = (f"gradients_figure{n}" for n in range(1, 13))
    for name in ("gradients", *figures, "gradients_table1", "gradients_table2"):
        assert f"\n{name} (" in f"\n{listed}", name


def test_a_study_s_target_runs_that_study_alone(project):
    of_ridges = {**ALL, "gradients": 1}
    of_study = project.jobs("gradients")
    assert {name: of_study[name] for name in of_ridges} == of_ridges
    assert not {"train_heads", "weigh_samples", "build_page"} & of_study.keys()
    assert project.jobs("gradients_figure7") == {
        "compare_ridges": 1,
        "build_ridge_tables": 1,
        "plot_ridge_gains": 1,
        "gradients_figure7": 1,
    }
    assert not ALL.keys() & project.jobs("vbsw").keys()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"noise": 0.5}, {**ALL, **SUMMARY}),
        ({"sizes": [10, 14]}, {**ALL, **SUMMARY}),
        ({}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["gradients"]["ridge"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (
            "vicinal/figures/ridge_fits.py",
            {"plot_ridge_values": 1, "plot_ridge_gradients": 1, "write_manifest": 1}
            | {"build_page": 1, "all": 1},
        ),
        ("vicinal_workflow/ridge_section.py", {"build_page": 1, "all": 1}),
        (
            "vicinal_workflow/ridge_tables.py",
            {"build_ridge_tables": 1, "plot_ridge_gains": 1, **SUMMARY},
        ),
    ],
)
def test_editing_a_module_runs_what_imports_it(tiny_run, module, expected):
    with tiny_run.edited_file(tiny_run.folder / "src" / module, "\n# edited\n"):
        assert tiny_run.jobs() == expected


def test_leaving_the_study_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["gradients"].update(ridge=None)):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("gradients") == {}


def test_two_runs_give_the_same_bytes(tiny_run):
    tiny_run.run(
        "ridges_again/gradients/tables/ridge_gains.csv",
        *(f"ridges_again/gradients/figures/ridge_{name}.svg" for name in ("values", "gains")),
        "--config",
        "results_dir=ridges_again",
        "--cores",
        "1",
    )
    folder = tiny_run.folder / "ridges_again"
    made = [p for p in (folder / "gradients").rglob("[!.]*") if p.is_file()]
    assert len(made) == 9
    tiny_run.assert_same_bytes(made, folder)


def test_sizes_do_not_depend_on_one_another(project):
    """A further size leaves the others' errors as they are."""
    tables = []
    for sizes in ([10, 12], [12, 16]):
        own = copy.deepcopy(project.config)
        own["gradients"]["ridge"]["sizes"] = sizes
        project.config = own
        project.write_config()
        project.run("results/gradients/ridge/errors.csv")
        errors = pd.read_csv(project.folder / "results/gradients/ridge/errors.csv")
        tables.append(errors[(errors["figure"] == "figure7") & (errors["samples"] == 12)])
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in tables))
