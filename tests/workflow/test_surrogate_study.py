"""Surrogates in the workflow: faults, summaries, what is made, and what runs again."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, ROOT, SCHEMA
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.sweep_curves import collect_curves
from vicinal.gradients.sweep_data import CellErrors, Errors, SimulatorRuns, SweepData
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.surrogate_consistency import known_box
from vicinal_workflow.surrogate_section import surrogate_section
from vicinal_workflow.surrogate_tables import (
    delta_min_table,
    gains_of_gradients,
    measured_surrogates,
    summarise_errors,
)
from vicinal_workflow.sweep_files import read_cells, read_runs, write_cells, write_runs

SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
# What rests on the tiny cosine: its sweep of two jobs, its pictures, and figure 3.
OF_COSINE = {
    "train_surrogates": 2,
    "build_surrogate_tables": 1,
    "plot_surrogate_errors": 1,
    "plot_overfitting": 1,
    "train_best_surrogates": 2,
    "recover_parameters": 1,
    "calibrate_intervals": 1,
    "build_likelihood_tables": 1,
    "plot_parameter_errors": 1,
}

# Figure 4 takes the problem's training, but not its sweep.
SEARCH = {
    "tabulate_hyperparameters": 2,
    "search_hyperparameters": 1,
    "build_search_tables": 1,
    "plot_searches": 1,
}


def default(change=lambda gradients: None):
    config = load_yaml(ROOT / "config.yaml")
    change(config["gradients"])
    return complete_configuration(config, SCHEMA)


def set_cosine(**changes):
    return lambda gradients: gradients["problems"]["cosine"].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            set_cosine(sizes=[50, 1001]),
            "gradients.problems.cosine.sizes.1: 1001 is not allowed; the pool has 1000",
        ),
        (
            set_cosine(complexities=[0]),
            "cosine.complexities.0: 0 is not allowed; allowed is an integer, at least 1",
        ),
        (
            set_cosine(polish=5),
            "gradients.search.problem: 'cosine' is not allowed with polish: 5; searches count",
        ),
        (
            set_cosine(alpha=1),
            "cosine.alpha: 1 is not allowed; allowed is a number, above 0, below",
        ),
        (
            set_cosine(simulator={"name": "cosine", "psi": 1}),
            "cosine.simulator: unknown key 'psi' (did you mean phi?)",
        ),
        (set_cosine(simulator={"name": "sinus"}), "allowed is one of toy_quadratic, cosine, garch"),
        (
            lambda g: g["table1"].update(garch_4d="grach"),
            "table1.garch_4d: 'grach' is not an entry of gradients.problems (did you mean garch?)",
        ),
        (
            lambda g: g["table1"].update(garch_4d="cosine"),
            "gradients.table1: cosine, cosine, eight_parameters is not allowed; a problem stands",
        ),
        (
            lambda g: g["likelihood"].update(problem="none"),
            "gradients.likelihood.problem: 'none' is not an entry",
        ),
        (
            lambda g: g["likelihood"].update(truths=[[5, 5], [4]]),
            "gradients.likelihood.truths.1: [4] is not allowed; cosine has the parameters theta_1",
        ),
        (
            lambda g: g["likelihood"].update(truths=[[5, 25]]),
            "truths.0: [5, 25] is not allowed; cosine has the parameters theta_1 0 to 15, theta_2",
        ),
        (
            lambda g: g["likelihood"].update(problem="garch"),
            "interchangeable.0: 'theta_1' is not a parameter of garch; these are mu, omega",
        ),
        (
            lambda g: g["likelihood"].update(problem="eight_parameters"),
            "likelihood.problem: a simulator with covariates, eight_parameters, is not allowed",
        ),
        (
            lambda g: g["likelihood"]["intervals"].update(size=100),
            "intervals.size: 100 is not allowed; allowed are null and the problem's sizes, 50, 300",
        ),
        (
            lambda g: g["likelihood"]["intervals"].update(replicates=18),
            "intervals.replicates: 18 is not allowed; a level of 0.95 needs at least 19",
        ),
        (
            lambda g: g["training_curves"].update(simulator={"name": "eight_parameters"}),
            "training_curves.simulator.name: eight_parameters is not allowed; its covariates",
        ),
    ],
)
def test_what_is_not_allowed(change, message):
    with pytest.raises(ConfigurationError) as error:
        default(change)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "simulator",
    [
        {"name": "cosine", "upper": 9.0},
        {"name": "garch"},
        {"name": "sine"},
        {"name": "toy_quadratic", "lower": -1.0, "upper": 2.0},
    ],
    ids=lambda simulator: simulator["name"],
)
def test_known_boxes_are_those_of_the_simulators(simulator):
    built = make_simulator(**simulator)
    ends = zip(built.inputs, zip(built.lower, built.upper, strict=True), strict=True)
    assert known_box(simulator) == dict(ends)


def test_cells_are_spread_over_jobs_in_order():
    plan = Plan(default(set_cosine(sizes=[9, 5], complexities=[3, 2], cells_per_job=3)), PAPER, {})
    own = plan.surrogates
    assert own.cells("cosine") == [(5, 2), (5, 3), (9, 2), (9, 3)]
    assert [own.cells_of_shard("cosine", i) for i in own.shards("cosine")] == [
        [(5, 2), (5, 3), (9, 2)],
        [(9, 3)],
    ]


def test_scales():
    described = Plan(PAPER, PAPER, {}).surrogates.described()
    assert described["cosine"] == {
        "row": "cosine_2d",
        "simulator": "cosine",
        "scale": "batch size and standardisation ours (paper: not said)",
    }
    assert "s2_t ours" in described["garch"]["scale"]
    own = default(lambda g: g["table1"].update(cosine_2d=None))
    assert Plan(own, PAPER, {}).surrogates.described()["cosine"]["scale"] == "not in the paper"

    def learn_a_sine(gradients):
        gradients["problems"]["cosine"].update(simulator={"name": "sine"})
        gradients["likelihood"] = None

    other = default(learn_a_sine)
    scale = Plan(other, PAPER, {}).surrogates.described()["cosine"]["scale"]
    assert scale.startswith("sine in place of cosine; batch size")
    assert "draws 3 (paper 10)" in scale


def test_the_papers_sizes_and_rows_are_those_of_its_table():
    published = pd.read_csv(ROOT / "data/published.csv")
    table = published[(published["study"] == "gradients") & (published["item"] == "table1")]
    plan = Plan(PAPER, PAPER, {}).surrogates
    expected = {
        (row, f"{metric} at {size} samples")
        for row, name in plan.rows.items()
        for size in plan.problems[name]["sizes"]
        for metric in ("optimal complexity", "upper bound")
    } | {(row, "optimal within bound (share of sizes)") for row in plan.rows}
    assert set(zip(table["row"], table["metric"], strict=True)) == expected
    for line in table[table["metric"].str.startswith("optimal complexity")].to_dict("records"):
        assert line["published"] in plan.problems[plan.rows[line["row"]]]["complexities"]


def errors(rmse, steps=2):
    """Errors of which the RMSE (2, D) is given."""
    rmse = np.asarray(rmse, dtype=np.float64)
    step = np.repeat(rmse[..., None], steps, axis=2)
    return Errors(rmse, 1 - rmse, step, 1 - step)


def cells():
    """Two sizes, three complexities, four draws; gradients halve the error, but in one cell."""
    draws = np.array([1.0, 1.1, 1.2, 1.3])
    found = []
    for size, level in ((10, 0.4), (20, 0.2)):
        for complexity, shape in ((2, 2.0), (4, 1.0), (8, 1.5)):
            without = level * shape * draws
            factor = 1.2 if (size, complexity) == (20, 8) else 0.5
            test = errors([without, factor * without])
            jitter = np.array([0.99, 1.01, 1.01, 0.99])
            train = errors([jitter * without / 2, jitter * factor * without / 4])
            found.append(CellErrors(complexity, size, train, test, train, errors(2 * test.rmse)))
    return found


def tables():
    found = cells()
    curves, rng = collect_curves(found), np.random.default_rng(0)
    parts = {
        "surrogate_errors": summarise_errors(curves, collect_curves(found, "forced")),
        "surrogate_gains": gains_of_gradients(curves, resamples=200, rng=rng),
        "delta_min": delta_min_table(curves, resamples=200, rng=rng),
    }
    return {
        name: table.assign(problem="cosine", row="cosine_2d", scale="ours")
        for name, table in parts.items()
    }


def test_files_hold_what_was_written(tmp_path):
    found = cells()
    write_cells(tmp_path / "0.npz", found[:4])
    write_cells(tmp_path / "1.npz", found[4:])
    for first, second in zip(
        read_cells([tmp_path / "0.npz", tmp_path / "1.npz"]), found, strict=True
    ):
        assert (first.complexity, first.size) == (second.complexity, second.size)
        np.testing.assert_array_equal(first.forced_test.rmse, second.forced_test.rmse)
        np.testing.assert_array_equal(first.train.step_pearson, second.train.step_pearson)
    rng = np.random.default_rng(0)
    pool, test = (
        SimulatorRuns(rng.normal(size=(n, 2)), rng.normal(size=(n, 3)), rng.normal(size=(n, 3, 2)))
        for n in (5, 4)
    )
    write_runs(tmp_path / "runs.npz", SweepData(pool, test, np.array([[1, 0]])))
    data = read_runs(tmp_path / "runs.npz")
    np.testing.assert_array_equal(data.test.derivatives, test.derivatives)
    np.testing.assert_array_equal(data.pool.inputs, pool.inputs)
    assert data.order.tolist() == [[1, 0]]


def test_summaries_against_scipy():
    table = tables()["surrogate_errors"].set_index(["samples", "complexity", "method"])
    own = table.loc[10, 4, "without_gradients"]
    values = 0.4 * np.array([1.0, 1.1, 1.2, 1.3])
    low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert own["test_rmse"] == pytest.approx(0.46)
    assert own["half_width"] == pytest.approx((high - low) / 2)
    assert own["forced_test_rmse"] == pytest.approx(0.92)
    assert own["test_over_train"] == pytest.approx(2, rel=1e-3)
    assert table.loc[20, 8, "with_gradients"]["test_over_train"] == pytest.approx(4, rel=1e-3)
    logarithm = np.log([2 / 0.99, 2 / 1.01, 2 / 1.01, 2 / 0.99])
    assert own["ratio_p"] == pytest.approx(stats.ttest_1samp(logarithm, 0).pvalue)


def test_gains_are_with_less_without_of_the_same_draw():
    table = tables()["surrogate_gains"].set_index(["samples", "at", "complexity"])
    assert table.loc[10, "each", 2]["mean"] == pytest.approx(-0.5 * 0.8 * 1.15)
    assert table.loc[20, "each", 8]["mean"] == pytest.approx(0.2 * 0.3 * 1.15)
    best = table.sort_index().loc[10, "best"].iloc[0]
    assert (best["without"], best["with"]) == pytest.approx((0.46, 0.23))
    assert best["complexity_with"] == 4
    # Each pair's difference is of one sign: of 4 pairs, the exact test has p = 2 / 2^4.
    assert best["p_value"] == pytest.approx(2 / 16)


def test_the_bound_is_where_errors_are_nearest():
    table = tables()["delta_min"].set_index("samples")
    assert table.loc[10][["best", "best_with", "bound"]].tolist() == [4, 4, 4]
    # At 20 samples and complexity 8 the distance is 0.2 x 0.3, at 4 it is 0.2 x 0.5.
    assert table.loc[20][["best", "best_with", "bound"]].tolist() == [4, 4, 8]
    assert table.loc[20]["ruled_out"] == 0
    assert table.loc[10]["by_chance"] == pytest.approx(2 / 3)
    # All draws are one up to a factor, so that resampling them changes nothing.
    assert (table["share_held"] == 1).all()
    assert (table["bound_low"] == table["bound"]).all()


def test_published_rows_find_ours():
    published = pd.read_csv(ROOT / "data/published.csv")
    published = published[published["study"] == "gradients"]
    own = {name: t.replace({"samples": {10: 50, 20: 300}}) for name, t in tables().items()}
    lines = measured_surrogates(own, {"cosine_2d": "cosine"})
    compared = compare_with_published(published, join_measured({"surrogates": lines}))
    found = compared.dropna(subset=["measured"]).set_index(["item", "metric"])["measured"]
    assert found.to_dict() == {
        ("table1", "optimal complexity at 50 samples"): 4,
        ("table1", "upper bound at 50 samples"): 4,
        ("table1", "optimal complexity at 300 samples"): 4,
        ("table1", "upper bound at 300 samples"): 8,
        ("table1", "optimal within bound (share of sizes)"): 1,
        ("figure2", "gradients ahead at the fewest samples (share of complexities)"): 1,
        ("figure2", "gradients ahead at the lowest complexity (share of sizes)"): 1,
    }


def test_the_page_answers_in_words():
    comparison = pd.DataFrame(
        [["table1", "cosine_2d", "upper bound at 10 samples", 40.0]],
        columns=["item", "row", "metric", "published"],
    )
    shown, verdicts = surrogate_section(tables(), comparison)
    bounds, best = shown
    row = bounds.groups[0].rows[0]
    assert [cell.value for cell in row[:5]] == [10, None, 4, 40, 4]
    assert row[5] == "yes,\u00a0100\u00a0%"
    assert best.groups[0].rows[0][2].value == pytest.approx(0.46)
    claim, gains, fit = verdicts
    # Two thirds of the complexities are bounds at one size and at the other.
    assert claim.tone == "open"
    assert "lies within delta-min's bound at 2 of 2 sizes" in claim.text
    assert "with p 0.444" in claim.text
    assert "by 2 at 10 samples" in gains.text
    assert "the lower one in 5 of 6 pairs" in gains.text
    assert gains.tone == "open"  # of four draws, no p-value is below 0.125
    assert fit.tone == "against"
    assert "2.00 to 4.00 times at 10 samples" in fit.text


@pytest.mark.parametrize(
    ("shares", "by_chance", "tone", "draws"),
    [
        ([1.0] * 5, 0.4, "for", 5),
        ([1.0] * 5, 0.4, "open", 4),
        ([1.0] * 5, 1.0, "open", 5),  # any complexity is a bound
        ([1.0] * 2, 0.4, "open", 5),  # chance brings about two of two with p 0.16
        ([1.0, 1.0, 1.0, 1.0, 0.6], 0.4, "open", 5),
        ([1.0, 1.0, 1.0, 1.0, 0.3], 0.4, "open", 5),  # fails in the means, but not beyond doubt
        ([1.0, 1.0, 1.0, 1.0, 0.01], 0.4, "against", 5),
    ],
)
def test_what_the_claim_needs(shares, by_chance, tone, draws):
    own = tables()
    line = own["delta_min"].iloc[0].to_dict()
    line["n"] = draws
    own["delta_min"] = pd.DataFrame(
        [{**line, "share_held": x, "holds": x > 0.5, "by_chance": by_chance} for x in shares]
    )
    _, verdicts = surrogate_section(
        own, pd.DataFrame(columns=["item", "row", "metric", "published"])
    )
    assert verdicts[0].tone == tone


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results/gradients"
    bounds = pd.read_csv(results / "tables/delta_min.csv")
    assert list(bounds["problem"].unique()) == ["cosine", "garch", "eight_parameters"]
    assert set(bounds["samples"]) == {6, 8}
    errors = pd.read_csv(results / "tables/surrogate_errors.csv")
    assert len(errors) == 3 * 2 * 2 * 2
    assert errors["test_rmse"].notna().all()
    for problem in bounds["problem"].unique():
        for figure in ("surrogate_errors", "surrogate_overfitting"):
            assert (results / f"figures/{figure}_{problem}.png").stat().st_size > 5000
    page = (tiny_run.folder / "results/summary/index.html").read_text("utf-8")
    for text in ("Table 1: delta-min", "Figure 12: training against unseen samples"):
        assert text in page


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"epochs": 3}, {**OF_COSINE, **SEARCH, **SUMMARY}),
        ({"cells_per_job": 4}, {**OF_COSINE, "train_surrogates": 1, **SUMMARY}),
        ({}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["gradients"]["problems"]["cosine"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


def test_targets_make_their_own_part(project):
    train = {"draw_runs": 1, "train_surrogates": 2}
    assert project.jobs("gradients_figure2") == {
        **train, "plot_surrogate_errors": 1, "gradients_figure2": 1,
    }  # fmt: skip
    assert project.jobs("gradients_figure11") == {
        "draw_runs": 1, "train_surrogates": 1, "plot_overfitting": 1, "gradients_figure11": 1,
    }  # fmt: skip
    assert project.jobs("gradients_table1") == {
        "draw_runs": 3, "train_surrogates": 4, "build_surrogate_tables": 1, "gradients_table1": 1,
    }  # fmt: skip


def test_a_problem_left_out_leaves_no_row(tiny_run):
    def leave_out(config):
        config["gradients"]["problems"]["garch"] = None
        config["gradients"]["table1"]["garch_4d"] = None

    with tiny_run.edited_config(leave_out):
        assert tiny_run.jobs() == {"build_surrogate_tables": 1, **SUMMARY}
        assert tiny_run.jobs("gradients_figure11") == {"gradients_figure11": 1}


def test_how_jobs_are_cut_changes_no_number(project):
    found = []
    for count in (1, 3):
        project.config["gradients"]["problems"]["cosine"]["cells_per_job"] = count
        project.write_config()
        project.run("gradients_figure2", "results/gradients/surrogates/cosine/cells/0.npz")
        shards = sorted(
            (project.folder / "results/gradients/surrogates/cosine/cells").glob("[!.]*")
        )
        found.append(
            {(c.size, c.complexity): c.test.rmse for c in read_cells(shards[: 4 // count])}
        )
    common = found[0].keys() & found[1].keys()
    assert len(common) >= 3
    for place in common:
        np.testing.assert_array_equal(found[0][place], found[1][place])
