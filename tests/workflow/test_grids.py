"""Grids of (m, k): their axes, their tables there and back, and what an edit runs again."""

import numpy as np
import pandas as pd
import pytest

from vicinal.vbsw.grid_scores import GridScores, chosen_cells
from vicinal_workflow.grid_section import grid_table, grid_verdicts
from vicinal_workflow.grid_table import chosen_to_table, scores_to_table, table_to_scores
from vicinal_workflow.grids import grid_axes


def scores(validation=True):
    rng = np.random.default_rng(0)
    held_out = (rng.random((2, 3, 4)), rng.random(4)) if validation else (None, None)
    return GridScores(
        [10, 50], [2.0, 51.0, 100.0], rng.random((2, 3, 4)), held_out[0], rng.random(4),
        held_out[1], larger_is_better=False,
    )  # fmt: skip


def test_axes_are_the_papers():
    axis = {"from": 2.0, "to": 100.0, "count": 20}
    axes = grid_axes({"m": axis, "k": {"from": 10, "to": 50, "count": 20}})
    assert (len(axes["ms"]), len(axes["ks"])) == (20, 20)
    assert (axes["ms"][0], axes["ms"][-1], axes["ks"][0], axes["ks"][-1]) == (2, 100, 10, 50)
    assert np.ptp(np.diff(axes["ms"])) == pytest.approx(0, abs=1e-12)


def test_values_of_k_that_round_to_the_same_stand_once():
    axes = grid_axes({axis: {"from": 2, "to": 4, "count": 9} for axis in "mk"})
    assert axes["ks"] == [2, 3, 4]


@pytest.mark.parametrize("validation", [True, False])
def test_scores_survive_their_table(tmp_path, validation):
    before = scores(validation)
    scores_to_table(before, "mse").sample(frac=1, random_state=0).to_csv(tmp_path / "s.csv")
    metric, after = table_to_scores(pd.read_csv(tmp_path / "s.csv"))
    assert (metric, after.ks, after.ms) == ("mse", [10, 50], [2, 51, 100])
    np.testing.assert_array_equal(after.test, before.test)
    np.testing.assert_array_equal(after.uniform_test, before.uniform_test)
    if validation:
        np.testing.assert_array_equal(after.validation, before.validation)
    else:
        assert after.validation is None


def test_the_page_shows_both_choices_and_the_control():
    found = scores()
    table = chosen_to_table(chosen_cells(found), "mse", resamples=200, rng=np.random.default_rng(0))
    described = {"boston": {"grid": "diabetes", "data": "diabetes", "scale": "paper"}}
    (verdict,) = grid_verdicts({"boston": table}, described)
    assert f"{int((found.test.mean(2) < found.uniform_test.mean()).sum())} pairs" in verdict.text
    shown = grid_table({"boston": table}, described).groups[0].rows
    assert [row[0].split()[-2:] for row in shown] == [
        ["validation", "data"], ["the", "paper"], ["uniform", "weights"],
    ]  # fmt: skip
    means = dict(zip(["validation", "test"], table["test"], strict=False))
    assert shown[0][-2].value == pytest.approx(means["validation"] - means["test"])
    assert means["test"] == found.test.mean(axis=2).min()


def test_cells_that_tie_on_validation_data_are_counted():
    found = scores()
    found.validation[:] = 1.0
    chosen = chosen_cells(found)
    assert (chosen.tied, chosen.by_validation.k, chosen.by_validation.m) == (6, 10, 2.0)
    np.testing.assert_allclose(chosen.gain, found.uniform_test - found.test[0, 0])


def test_editing_an_axis_reruns_that_grid_and_its_figure(tiny_run):
    def edit(config):
        config["vbsw"]["grids"]["diabetes"]["m"]["count"] = 4

    with tiny_run.edited_config(edit):
        assert tiny_run.jobs() == {
            "train_grid": 1,
            "choose_cells": 1,
            "plot_grids": 1,
            "compare_with_published": 1,
            "write_manifest": 1,
            "build_page": 1,
            "all": 1,
        }


def test_two_runs_of_a_grid_give_the_same_bytes(tiny_run):
    target = "vbsw/grids/diabetes_chosen.csv"
    tiny_run.run(f"again/{target}", "--config", "results_dir=again", "--cores", "1")
    first, second = (tiny_run.folder / folder / target for folder in ("results", "again"))
    assert first.read_bytes() == second.read_bytes()
