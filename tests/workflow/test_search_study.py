"""Hyper-parameter searches in the workflow: faults, tables, what is made, and what runs again."""

import numpy as np
import pandas as pd
import pytest

from checkout import ROOT, SCHEMA
from vicinal.figures.search_progress import search_progress
from vicinal.gradients.hyperparameter_lattice import CellResult, LatticeCell
from vicinal.gradients.search_comparison import SearchCosts
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.search_curves import SHARES, median_curves, progress_panels
from vicinal_workflow.search_lattices import cell_table, group_lattices, read_lattices
from vicinal_workflow.search_section import search_section
from vicinal_workflow.search_tables import (
    bounds_table,
    costs_table,
    pair_searches,
    summarise_bounds,
    summarise_searches,
)

# What follows from any change of a table; the paper has no number to compare with.
PAGE = {"write_manifest": 1, "build_page": 1, "all": 1}
AFTER = {"search_hyperparameters": 1, "build_search_tables": 1, "plot_searches": 1}


def completed(**changes):
    config = load_yaml(ROOT / "config.yaml")
    config["gradients"]["search"].update(changes)
    return complete_configuration(config, SCHEMA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"problem": "sine"},
            "'sine' is not an entry of gradients.problems (did you mean cosine?); known",
        ),
        ({"steps": 11}, "steps: 11 is not allowed; the simulator of 'cosine' has 10"),
        ({"complexities": []}, "complexities: [] is not allowed"),
        ({"complexities": [4]}, "complexities: [4] is not allowed"),
        ({"layers": []}, "layers: [] is not allowed; allowed is a list, not empty"),
        ({"sizes": [5, 5]}, "sizes: [5, 5] names an entry twice; each is allowed once"),
        ({"learning_rates": [0]}, "learning_rates.0: 0 is not allowed; allowed is a number, above"),
        ({"population": 4}, "population: 4 is not allowed; allowed is an integer, at least 5"),
        ({"tolerance": -0.1}, "tolerance: -0.1 is not allowed; allowed is a number, at least 0"),
        ({"populations": 9}, "search: unknown key 'populations'"),
    ],
)
def test_faults_are_named(changes, message):
    with pytest.raises(ConfigurationError) as error:
        completed(**changes)
    assert "1 fault(s)" in str(error.value)
    assert "gradients.search" in str(error.value)
    assert message in str(error.value)


def test_a_problem_of_one_complexity_has_no_bound():
    config = load_yaml(ROOT / "config.yaml")
    config["gradients"]["problems"]["cosine"]["complexities"] = [4]
    config["gradients"]["search"]["complexities"] = None
    with pytest.raises(ConfigurationError, match="'cosine' has one complexity"):
        complete_configuration(config, SCHEMA)


def test_the_plan_spreads_the_lattice_over_jobs():
    config = completed(complexities=None, layers=[3, 2], learning_rates=[0.1, 0.2], cells_per_job=7)
    plan = Plan(config, config, {}).search
    etas = config["gradients"]["problems"]["cosine"]["complexities"]
    assert plan.axes["complexities"] == etas
    assert plan.bound_at == {"layers": 3, "learning_rate": 0.1}
    spread = [cell for shard in plan.shards for cell in plan.cells_of_shard(shard)]
    assert spread == plan.cells
    assert set(spread) == {(100, e, n, r) for e in etas for n in (2, 3) for r in (0.1, 0.2)}
    assert spread[:2] == [(100, 4, 2, 0.1), (100, 4, 2, 0.2)]
    assert plan.training["epochs"] == config["gradients"]["problems"]["cosine"]["epochs"]
    assert Plan(completed(epochs=7), config, {}).search.training["epochs"] == 7
    (line,) = plan.drawn()
    assert line["scale"] == "experiment ours (paper: only proposed)"


def test_null_leaves_the_searches_out():
    config = completed()
    config["gradients"]["search"] = None
    part = Plan(config, config, {}).search
    assert (part.jobs(), part.page_tables(), part.cell_files) == ([], {}, [])
    assert [*part.figures(), *part.drawn(), *part.simulator_files] == []
    assert (part.training, part.bound_at, part.data) == ({}, {}, "")


def cells(sizes=(50,), repetitions=2):
    """A table of 3 x 2 x 2 cells whose errors are numbers of their own."""
    tables, number = [], 0.0
    for size in sizes:
        for place in [(e, n, r) for e in (2, 4, 8) for n in (1, 2) for r in (0.1, 0.3)]:
            errors = number + np.arange(2 * repetitions).reshape(2, repetitions) / 8 + 1
            work = np.array([place[0] * place[1], 2 * place[0] * place[1]], dtype=float)
            result = CellResult(errors, errors + 100, work)
            tables.append(cell_table(size, LatticeCell(*place), result))
            number += 1
    return pd.concat(tables)


def test_cells_are_read_back_in_place():
    table = cells(sizes=(50, 70)).sample(frac=1, random_state=0)
    found = group_lattices(read_lattices(table, {"layers": 2, "learning_rate": 0.1}))
    assert list(found) == [(n, f"{way}_gradients") for n in (50, 70) for way in ("without", "with")]
    one = found[70, "with_gradients"][1]
    assert (one.samples, one.method, one.repetition) == (70, "with_gradients", 1)
    # The 12 cells of 70 samples begin with number 12; with gradients, repetition 1: + 3/8 + 1.
    np.testing.assert_allclose(one.lattice.errors, np.arange(12).reshape(3, 2, 2) + 13.375)
    np.testing.assert_allclose(one.lattice.other_errors, one.lattice.errors - 0.25)
    np.testing.assert_allclose(one.test_errors, one.lattice.errors + 100)
    assert one.lattice.work[:, 1, 0].tolist() == [8, 16, 32]
    assert one.lattice.other_work[:, 1, 0].tolist() == [4, 8, 16]
    assert (one.lattice.complexities, one.lattice.setting) == ((2, 4, 8), (1, 0))


def test_bounds_by_repetition():
    lattices = group_lattices(read_lattices(cells(), {"layers": 1, "learning_rate": 0.3}))
    # Both kinds are as far apart everywhere: of equal ones, the largest is the bound.
    table = bounds_table(lattices[50, "with_gradients"], 0.1, pooled_bound=2)
    assert table["bound"].tolist() == [8, 8]
    assert table["best"].tolist() == [2, 2]
    assert table["ruled_out"].tolist() == [0, 0]
    assert table["by_chance"].tolist() == [1, 1]
    # Work of the curve: 2 + 4 + 8 and twice that; of all cells: (2 + 4 + 8) * 2 * 3 * 2.
    assert table["curve_work"].tolist() == pytest.approx([42 / 168] * 2)
    line = summarise_bounds(table).iloc[0]
    assert (line["keeps_target"], line["pooled_keeps_target"], line["n"]) == (1, 1, 2)
    assert (line["bound_low"], line["bound_high"], line["pooled_bound"]) == (8, 8, 2)


KINDS = [
    *((s, r) for s in ("evolution", "random") for r in ("full", "full_curve", "bound")),
    *((s, r) for s in ("evolution", "random") for r in ("bound_paid", "pooled", "chance")),
    ("cheapest", "full"),
]
# Shares of the lattice's work; the bound halves it, unless it is paid for.
SPENT = {"full": 0.4, "full_curve": 0.3, "bound": 0.2, "bound_paid": 0.6, "chance": 0.2}


def costs(repetitions=8):
    """Costs that differ a little by repetition."""
    tables = []
    for method in ("without_gradients", "with_gradients"):
        for number in range(repetitions):
            found = {}
            for strategy, name in KINDS:
                share = SPENT.get(name, 0.5) + 0.01 * number * (name == "bound")
                work = np.array([share, share])
                curves = np.tile([np.inf, 2.0, 1.0], (2, 1)) + number
                found[strategy, name] = SearchCosts(
                    np.array([True, False]), np.array([4, 6]), work, work + 0.1, 1 + work,
                    1 + 2 * work, curves,
                )  # fmt: skip
            columns = {"samples": 50, "method": method, "repetition": number}
            tables.append(costs_table(found, **columns))
    return pd.concat(tables)


def test_costs_are_paired_by_repetition():
    table = costs().sample(frac=1, random_state=1)
    paired = pair_searches(table, resamples=200, seed=0)
    keys = ["method", "strategy", "range", "over", "measure"]
    lines = paired.set_index(keys)
    own = lines.loc["with_gradients", "evolution", "bound", "full", "work"]
    assert own["mean"] == pytest.approx(100 * (0.2 + 0.035 - 0.4))
    assert own["ratio"] == pytest.approx(0.235 / 0.4)
    assert (own["n"], own["high"] < 0, own["p_value"] < 0.01) == (8, True, True)
    assert lines.loc["with_gradients", "random", "bound", "full", "evaluations"]["mean"] == 0
    assert "cheapest" not in set(paired["strategy"])
    summary = summarise_searches(table).set_index(["method", "strategy", "range"])
    line = summary.loc["without_gradients", "random", "full"]
    assert (line["reached"], line["evaluations"], line["n"]) == (0.5, 5, 8)
    assert line["work"] == pytest.approx(0.4)
    assert line["validation"] == pytest.approx(1.4)


def tables(repetitions=8):
    same = {"data": "cosine", "tolerance": 0.1}
    own = costs(repetitions)
    lattices = group_lattices(
        read_lattices(cells(repetitions=repetitions), {"layers": 1, "learning_rate": 0.1})
    )
    bounds = pd.concat([bounds_table(part, 0.1, 2) for part in lattices.values()])
    return {
        "search_costs": summarise_searches(own).assign(**same),
        "search_paired": pair_searches(own, resamples=200, seed=0).assign(**same),
        "search_bounds": summarise_bounds(bounds).assign(**same),
    }


def test_the_page_answers_in_words():
    shown, verdicts = search_section(tables(), pd.DataFrame())
    spent, paired, bounds = shown
    assert [group.title for group in spent.groups] == [
        "50 samples, networks trained with gradients",
        "50 samples, networks trained without gradients",
    ]
    row = spent.groups[0].rows[0]
    assert row[:2] == ["evolution", "all complexities"]
    assert spent.groups[0].rows[1][:2] == ["evolution", "all, the curve first"]
    assert [cell.value for cell in row[2:]] == pytest.approx([50, 5, 40, 50, 40, 80, 8])
    assert paired.groups[0].rows[4][3].emphasis == "for"
    assert bounds.groups[0].rows[0][1].text == "8, 8 to 8"
    tones = {verdict.text: verdict.tone for verdict in verdicts}
    (cheaper,) = [text for text in tones if "ith gradients: up to the bound, given" in text][:1]
    assert "24 % of the lattice's work (50 % of the searches get there)" in cheaper
    assert "all complexities, 40 %" in cheaper
    assert "The former is cheaper, by 16.5 points" in cheaper
    assert tones[cheaper] == "for"
    # Paid for, the bound is set against a search that had the same start without it.
    paid = [text for text in tones if "up to the bound, paid for" in text]
    assert len(paid) == 2
    assert all("all, the curve first, 30 %" in text for text in paid)
    # All repetitions agree to the last digit: one pair, of which nothing can be told.
    assert {tones[text] for text in paid} == {"open"}
    kept = [text for text in tones if text.startswith("delta-min in a search")]
    assert "it keeps the best cell of the lattice in 8 of 8 repetitions" in kept[0]
    # Any complexity would keep it here: that it does says nothing of the bound.
    assert {tones[text] for text in kept} == {"open"}


@pytest.mark.parametrize(("blindly", "tone"), [(0.3, "for"), (0.7, "open"), (0.97, "against")])
def test_a_bound_that_loses_the_target_is_set_against_a_blind_one(blindly, tone):
    made = tables()
    made["search_bounds"] = made["search_bounds"].assign(keeps_target=0.75, by_chance=blindly)
    _, verdicts = search_section(made, pd.DataFrame())
    assert "one within 10 % of it in 6" in verdicts[0].text
    assert verdicts[0].tone == tone


def test_one_repetition_has_no_interval():
    shown, verdicts = search_section(tables(1), pd.DataFrame())
    assert {verdict.tone for verdict in verdicts} == {"open"}
    assert not any("nan" in verdict.text for verdict in verdicts)
    assert shown[1].groups[0].rows[0][4].is_missing


def test_curves_become_panels():
    made = SearchCosts(*[np.zeros(3)] * 6, curves=np.array([[np.inf, 3, 1], [5, 2, 1], [4, 2, 1]]))
    found = [dict.fromkeys(KINDS, made)] * 2
    curves = median_curves(found, 50, "with_gradients")
    np.testing.assert_array_equal(curves["50/with_gradients/bound"], [[5, 2, 1]] * 2)
    both = {**curves, **median_curves(found, 50, "without_gradients")}
    shares, panels = progress_panels({"shares": SHARES[:3], **both})
    assert set(panels) == {(50, "with_gradients"), (50, "without_gradients")}
    figure = search_progress(shares, panels)
    line = figure.axes[0].get_lines()[0]
    np.testing.assert_array_equal(line.get_ydata(), [5, 2, 1])
    assert figure.axes[0].get_title() == "networks trained with gradients, 50 samples"


def test_what_no_search_has_found_is_not_drawn():
    names = ("full", "full_curve", "bound", "bound_paid")
    curves = np.array([[np.inf, 2.0], [np.inf, 4.0], [3.0, 3.0]])
    panels = {
        (50, method): dict.fromkeys(names, curves)
        for method in ("with_gradients", "without_gradients")
    }
    line = search_progress(np.array([0.1, 1]), panels).axes[0].get_lines()[0]
    np.testing.assert_array_equal(line.get_ydata(), [np.nan, 3])


def test_tables_and_figure_are_made(tiny_run):
    results = tiny_run.folder / "results"
    made = pd.read_csv(results / "gradients/tables/search_costs.csv")
    assert len(made) == 2 * 13
    assert made["work"].between(0, 1).all()
    assert (made["data"] == "cosine, first step").all()
    assert (results / "gradients/figures/searches.png").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    for text in ("Figure 4: what searches cost", "delta-min in a search", "evolutionary searches"):
        assert text in page
    comparison = pd.read_csv(results / "summary/comparison.csv")
    own = comparison[(comparison["study"] == "gradients") & (comparison["item"] == "figure4")]
    assert own["measured"].tolist() == [1.0]
    assert own["scale"].tolist() == ["experiment ours (paper: only proposed)"]


def test_the_figure_s_target_runs_the_searches_alone(project):
    found = project.jobs("gradients_figure4")
    assert found == {"tabulate_hyperparameters": 2, **AFTER, "gradients_figure4": 1}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tolerance": 0.2}, {**AFTER, **PAGE}),
        ({"resamples": 200}, {"build_search_tables": 1, **PAGE}),
        ({"validation_samples": 5}, {"tabulate_hyperparameters": 2, **AFTER, **PAGE}),
        ({}, {}),
    ],
)
def test_editing_a_setting_runs_what_is_behind_it(tiny_run, change, expected):
    with tiny_run.edited_config(lambda c: c["gradients"]["search"].update(change)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


def test_leaving_the_searches_out_leaves_nothing_to_make(tiny_run):
    with tiny_run.edited_config(lambda c: c["gradients"].update(search=None)):
        assert tiny_run.jobs() == {"compare_with_published": 1, **PAGE}


def test_two_runs_and_other_jobs_give_the_same_bytes(tiny_run):
    """Neither chance nor how the lattice is spread over jobs has a bearing on results."""
    with tiny_run.edited_config(lambda c: c["gradients"]["search"].update(cells_per_job=3)):
        tiny_run.run("gradients_figure4", "--config", "results_dir=searches_again", "--cores", "1")
    folder = tiny_run.folder / "searches_again"
    made = [
        path
        for path in (folder / "gradients").rglob("[!.]*")
        if path.is_file() and path.parent.name != "cells"
    ]
    assert len(made) == 8
    tiny_run.assert_same_bytes(made, folder)
