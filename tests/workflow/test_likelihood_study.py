"""Figures 1 and 3 in the workflow: summaries, what is made, and what runs again."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, ROOT, SCHEMA
from vicinal.gradients.likelihood_intervals import Intervals
from vicinal.gradients.parameter_recovery import Recovery
from vicinal.gradients.sweep import fit_cell
from vicinal.gradients.sweep_data import METHODS
from vicinal.gradients.training_curves import TrainingCurves
from vicinal_workflow.best_surrogates import read_surrogates
from vicinal_workflow.configuration import complete_configuration, load_yaml
from vicinal_workflow.likelihood_section import likelihood_section
from vicinal_workflow.likelihood_tables import (
    TruthRecovery,
    error_table,
    gain_table,
    interval_rows,
    measured_likelihood,
    read_recoveries,
    write_recoveries,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.surrogate_settings import cell_arguments
from vicinal_workflow.sweep_files import read_cells, read_runs
from vicinal_workflow.training_curves_section import training_curves_section
from vicinal_workflow.training_curves_table import (
    measured_training,
    read_curves,
    training_table,
    write_curves,
)

PUBLISHED = pd.read_csv(ROOT / "data/published.csv")
PUBLISHED = PUBLISHED[PUBLISHED["study"] == "gradients"]
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}


def recovery(sets=8, draws=1):
    """Gradients halve the errors, but at the larger size; distances are a tenth of errors."""
    level = np.linspace(1, 2, sets)[:, None] * [1, 3]
    of_draw = 1 + np.arange(draws)[:, None, None] / 10
    errors = np.empty((2, 2, draws, sets, 2))
    for i, factor in enumerate((0.5, 1.5)):
        errors[i, 0] = of_draw * level
        errors[i, 1] = factor * errors[i, 0]
    agreeing = np.full((2, 2, draws, sets), 0.75)
    return Recovery((50, 300), 0.1 * level, errors, 0.1 * errors, agreeing)


def tables(sets=8, draws=6):
    both = TruthRecovery(recovery(sets), recovery(sets, draws))
    found = {"5, 5": both, "4, 9": both}
    gains = gain_table(found, resamples=200, rng=np.random.default_rng(0))
    return error_table(found).assign(scale="ours"), gains.assign(scale="ours")


def test_errors_against_scipy():
    errors, gains = tables()
    own = errors.set_index(["truth", "samples", "method"])
    line = own.loc["5, 5", 50, "without_gradients"]
    values = 2 * np.linspace(1, 2, 8)
    low, high = stats.t.interval(0.95, 7, values.mean(), stats.sem(values))
    assert (line["error"], line["distance"]) == pytest.approx((3, 0.3))
    assert line["half_width"] == pytest.approx((high - low) / 2)
    # Alone, over the draws: 3 times 1, 1.1, ..., 1.5.
    values = 3 * np.arange(1, 1.55, 0.1)
    low, high = stats.t.interval(0.95, 5, values.mean(), stats.sem(values))
    assert line["alone_error"] == pytest.approx(3.75)
    assert line["alone_error_half_width"] == pytest.approx((high - low) / 2)
    assert (line["n"], line["draws"]) == (8, 6)
    simulator = errors[errors["method"] == "true simulator"]
    assert simulator["samples"].isna().all()
    assert simulator["error"].tolist() == pytest.approx([0.3, 0.3])
    pairs = gains.set_index(["truth", "samples", "of"])
    assert pairs.loc["4, 9", 50, "error"]["mean"] == pytest.approx(-3.75 / 2)
    assert pairs.loc["4, 9", 300, "distance"]["mean"] == pytest.approx(0.375 / 2)
    assert pairs.loc["4, 9", 300, "error"]["p_value"] == pytest.approx(2 / 2**6)


def test_more_sets_of_observations_are_no_more_evidence():
    """Surrogates that differ by chance: sets make differences exact, draws make them evidence."""
    rng = np.random.default_rng(0)
    significant = 0
    for _ in range(100):
        # 5 surrogates of each method, no better or worse, and 50 sets that all agree on each.
        own = rng.uniform(1, 2, size=(1, 2, 5, 1, 1)) + rng.normal(
            scale=0.01, size=(1, 2, 5, 50, 2)
        )
        found = Recovery((50,), own[0, 0, 0], own, own, own[..., 0])
        table = gain_table({"t": TruthRecovery(found, found)}, resamples=50, rng=rng)
        significant += int((table["p_value"] <= 0.05).any())
    assert significant <= 10


def test_recoveries_come_back(tmp_path):
    first, second = (TruthRecovery(recovery(n), recovery(n, 2)) for n in (8, 3))
    write_recoveries(tmp_path / "recovery.npz", {"5, 5": first, "4, 9.5": second})
    found = read_recoveries(tmp_path / "recovery.npz")
    assert list(found) == ["5, 5", "4, 9.5"]
    assert found["4, 9.5"].alone.sizes == (50, 300)
    np.testing.assert_array_equal(found["4, 9.5"].alone.distances, recovery(3, 2).distances)
    np.testing.assert_array_equal(found["5, 5"].averaged.simulator, recovery(8).simulator)


def test_coverage_counts_the_sets_that_hold_the_truth():
    grid = np.linspace(0, 4, 401)

    def intervals(centre, threshold):
        ratio = ((grid - centre) / 0.5) ** 2
        return Intervals(
            0.95, np.array([centre]), grid[None], ratio[None], np.array([threshold]), 4.0,
            np.zeros((3, 1)),
        )  # fmt: skip

    # Half-widths of 0.5 sqrt(threshold): 0.5 by bootstrap, 1 by chi-square.
    found = [intervals(2.0, 1.0), intervals(2.75, 1.0), intervals(3.5, 1.0)]
    own = {row["calibration"]: row for row in interval_rows(found, [2.0], ["theta_1"])}
    assert own["bootstrap"]["held"] == pytest.approx(1 / 3)
    assert own["chi-square"]["held"] == pytest.approx(2 / 3)
    # The third one ends at the box: 3 to 4, and 2.5 to 4.
    assert own["bootstrap"]["width"] == pytest.approx((1 + 1 + 1) / 3, abs=1e-6)
    assert own["chi-square"]["width"] == pytest.approx((2 + 2 + 1.5) / 3, abs=0.03)


def test_published_rows_find_ours():
    measured = join_measured({"likelihood": measured_likelihood(tables()[0])})
    compared = compare_with_published(PUBLISHED, measured).set_index(["item", "row", "metric"])
    own = compared.sort_index().loc["figure3", "theta 5, 5"]["measured"]
    assert own["gradients nearer at 50 samples"] == 1
    assert own["gradients nearer at 300 samples"] == 0
    assert np.isnan(own["gradients nearer at 100 samples"])
    table = training_table_of_two().assign(simulator="toy_quadratic", scale="ours")
    lines = measured_training(table)
    compared = compare_with_published(PUBLISHED, join_measured({"training_curves": lines}))
    own = compared[compared["item"] == "figure1"]
    assert own["published"].tolist() == [1, 1]
    assert own["measured"].tolist() == [0.5, 1]


def test_the_page_answers_in_words():
    errors, gains = tables()
    shown, verdicts = likelihood_section(
        {"parameter_errors": errors, "parameter_gains": gains}, PUBLISHED
    )
    assert len(shown) == 2
    assert [v.tone for v in verdicts] == ["against"] * 4
    assert verdicts[0].text == (
        "Truth 5, 5: the error is, with gradients for without, 1.9 for 3.8 at 50 samples (p 0.031)"
        ", 5.6 for 3.8 at 300 samples (p 0.031); lower beyond doubt (corrected p at most 0.05) "
        "at 1 of 2 sizes, higher at 1 (n = 6 draws)."
    )
    fewer = {
        "parameter_errors": errors[errors["samples"] != 300],
        "parameter_gains": gains[gains["samples"] != 300],
    }
    assert {v.tone for v in likelihood_section(fewer, PUBLISHED)[1]} == {"for"}
    errors, gains = tables(1, 1)
    _, verdicts = likelihood_section(
        {"parameter_errors": errors, "parameter_gains": gains}, PUBLISHED
    )
    assert {v.tone for v in verdicts} == {"open"}
    assert not any("nan" in v.text for v in verdicts)


def curves(ratio):
    runs = np.linspace(1, 2, 6)[:, None] * np.ones(3)
    return TrainingCurves(
        np.stack([runs, runs / 2]), np.stack([2 * runs, runs]), np.stack([runs, ratio * runs])
    )


def training_table_of_two():
    found = {250: curves(2.0), 1000: curves(0.5)}
    return training_table(found, resamples=200, rng=np.random.default_rng(0))


def test_training_curves_in_numbers(tmp_path):
    table = training_table_of_two().set_index("samples")
    assert table.loc[250]["update_ratio"] == pytest.approx(2)
    assert table.loc[1000]["update_ratio"] == pytest.approx(0.5)
    assert table.loc[250][["without", "with", "mean"]].tolist() == pytest.approx([3, 1.5, -1.5])
    assert table.loc[250]["p_value"] == pytest.approx(2 / 2**6)
    write_curves(tmp_path / "records.npz", {250: curves(2.0)})
    (found,) = read_curves(tmp_path / "records.npz").values()
    np.testing.assert_array_equal(found.updates, curves(2.0).updates)
    shown, verdicts = training_curves_section(
        {"training_curves": training_table_of_two().assign(simulator="sine", scale="ours")},
        PUBLISHED,
    )
    assert shown[0].groups[0].rows[0][1].value == pytest.approx(3)
    assert "gradients lower the error on unseen ones, from 3.000 to 1.500" in verdicts[0].text


def test_what_is_left_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["gradients"].update(likelihood=None)):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("gradients_figure3") == {"gradients_figure3": 1}
    with tiny_run.edited_config(lambda c: c["gradients"].update(training_curves=None)):
        assert tiny_run.jobs() == SUMMARY
        assert tiny_run.jobs("gradients_figure1") == {"gradients_figure1": 1}
    with tiny_run.edited_config(lambda c: c["gradients"]["likelihood"].update(intervals=None)):
        assert tiny_run.jobs() == {k: v for k, v in SUMMARY.items() if "published" not in k}
    config = load_yaml(ROOT / "config.yaml")
    config["gradients"].update(likelihood=None, training_curves=None)
    plan = Plan(complete_configuration(config, SCHEMA), PAPER, {})
    for part in (plan.likelihood, plan.training_curves):
        assert (part.jobs(), part.page_tables(), part.measured_tables()) == ([], {}, {})
        assert list(part.figures()) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"truths": [[5, 5]]},
            {"recover_parameters": 1, "calibrate_intervals": 1, "build_likelihood_tables": 1}
            | {"plot_parameter_errors": 1, **SUMMARY},
        ),
        (
            {"sets": 3},
            {"recover_parameters": 1, "build_likelihood_tables": 1, "plot_parameter_errors": 1}
            | SUMMARY,
        ),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["gradients"]["likelihood"].update(change)):
        assert tiny_run.jobs() == expected


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results/gradients"
    errors = pd.read_csv(results / "tables/parameter_errors.csv")
    assert len(errors) == 2 * (1 + 2 * 2)
    assert errors["error"].notna().all()
    intervals = pd.read_csv(results / "tables/likelihood_intervals.csv")
    assert len(intervals) == 2 * 3 * 2 * 2
    for figure in ("parameter_errors", "training_curves"):
        assert (results / f"figures/{figure}.png").stat().st_size > 5000
    page = (tiny_run.folder / "results/summary/index.html").read_text("utf-8")
    for text in ("Figure 3: maximum likelihood with surrogates", "Figure 1: training with"):
        assert text in page


def test_the_surrogates_kept_are_those_of_the_sweep(tiny_run):
    """Trained again by themselves, they have the errors that they were chosen by."""
    results = tiny_run.folder / "results/gradients"
    config = complete_configuration(tiny_run.config, SCHEMA)
    settings = config["gradients"]["problems"]["cosine"]
    data = read_runs(results / "surrogates/cosine/runs.npz")
    found = read_cells(sorted((results / "surrogates/cosine/cells").glob("[!.]*")))
    plan = Plan(config, PAPER, {}).likelihood
    paths = [str(results.parent / path) for path in plan.surrogate_files(8)]
    (kept,) = read_surrogates(paths, [8], steps=10).values()
    arguments = cell_arguments(settings, seed=config["seed"], device="cpu")
    for number, method in enumerate(METHODS):
        own = [cell for cell in found if cell.size == 8]
        best = min(own, key=lambda cell: cell.test.rmse[number].mean())
        (again,) = fit_cell(data, best.complexity, 8, methods=[method], **arguments)
        for draw in range(2):
            predicted = kept[number][draw].predict(data.test.inputs)
            np.testing.assert_array_equal(predicted, again[draw].predict(data.test.inputs))
            rmse = np.sqrt(np.mean((predicted - data.test.values) ** 2))
            assert rmse == pytest.approx(best.test.rmse[number, draw], rel=1e-5)
