"""Studies of a treatment: the programme's files, and the generated study's known effect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from vicinal.data.build import build_dataset
from vicinal.data.lalonde import lalonde
from vicinal.data.observational_study import (
    confounding_index,
    individual_effects,
    observational_study,
)


def written(path: Path, rows: list[list[float]]) -> Path:
    path.write_text("".join(" ".join(f"{cell:.7e}" for cell in row) + "\n" for row in rows))
    return path


def person(group: int, age: float, early: bool = True) -> list[float]:
    return [group, age, 10, 1, 0, 0, 1, *([300.0] if early else []), 200.0, 1000.0 + age]


def test_the_study_has_the_survey_and_the_test_split_the_experiment(tmp_path: Path) -> None:
    treated = written(tmp_path / "t", [person(1, 20), person(1, 21)])
    control = written(tmp_path / "c", [person(0, 30)])
    survey = written(tmp_path / "s", [person(0, 40), person(0, 41), person(0, 42)])
    found = lalonde(treated, control, survey)
    assert found.inputs["train"][:, 0].tolist() == [20, 21, 40, 41, 42]
    assert found.labels["train"].tolist() == [1, 1, 0, 0, 0]
    assert found.inputs["test"][:, 0].tolist() == [20, 21, 30]
    assert found.labels["test"].tolist() == [1, 1, 0]
    assert found.inputs["train"][0].tolist() == [20, 10, 1, 0, 0, 1, 300, 200, 1020]
    assert found.class_names == ("control", "treated")
    alone = lalonde(treated, control)
    np.testing.assert_array_equal(alone.inputs["train"], alone.inputs["test"])


def test_a_survey_loses_the_earnings_that_the_experiment_has_not(tmp_path: Path) -> None:
    treated = written(tmp_path / "t", [person(1, 20, early=False)])
    control = written(tmp_path / "c", [person(0, 30, early=False)])
    survey = written(tmp_path / "s", [person(0, 40)])
    found = lalonde(treated, control, survey)
    assert found.inputs["train"][1].tolist() == [40, 10, 1, 0, 0, 1, 200, 1040]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([person(1, 30)], "row 1: treat is 1; expected is 0"),
        ([person(0, 30), person(0, 30)[:-1]], "row 2: 9 columns; expected are treat and the 9 of"),
        ([[0, 1, 2]], "row 1: 3 columns"),
        ([person(0, 30, early=False)], "needed are two files of the same sample"),
        ([], "the file is empty"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, rows: list[list[float]], message: str) -> None:
    treated = written(tmp_path / "t", [person(1, 20)])
    with pytest.raises(ValueError, match=message):
        lalonde(treated, written(tmp_path / "c", rows))


def test_what_is_no_number_is_named(tmp_path: Path) -> None:
    treated = written(tmp_path / "t", [person(1, 20)])
    (tmp_path / "c").write_text("0 one 2\n")
    with pytest.raises(ValueError, match=r"c, row 1: could not convert .*'one'"):
        lalonde(treated, tmp_path / "c")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"nan", "row 2: 'nan' is not a finite number"),
        (b"-inf", "row 2: '-inf' is not a finite number"),
        (b"\xc2\xbd", "row 2: .* is not ASCII text"),
    ],
)
def test_what_is_not_finite_or_not_ascii_is_named(tmp_path: Path, bad: bytes, message: str) -> None:
    treated = written(tmp_path / "t", [person(1, 20)])
    control = written(tmp_path / "c", [person(0, 30), person(0, 31)])
    cells = control.read_bytes().split(b" ")
    control.write_bytes(b" ".join([*cells[:-1], bad + b"\n"]))
    with pytest.raises(ValueError, match=f"c, {message}"):
        lalonde(treated, control)


def test_options_choose_the_files(tmp_path: Path) -> None:
    files = {}
    for number, (start, early) in enumerate((("nswre74", True), ("nsw", False))):
        for group, name in enumerate(("control", "treated")):
            path = tmp_path / f"{start}_{name}.txt"
            files[path.name] = written(path, [person(group, 20 + number, early)])
    for number, name in enumerate(("psid", "cps")):
        path = tmp_path / f"{name}_controls.txt"
        files[path.name] = written(path, [person(0, 50 + number)])
    ages = {}
    for sample in ("dehejia_wahba", "lalonde"):
        for controls in ("experimental", "psid", "cps"):
            found = build_dataset("lalonde", files, {"sample": sample, "controls": controls}, 0)
            ages[sample, controls] = found.inputs["train"][:, 0].tolist()
    assert ages == {
        ("dehejia_wahba", "experimental"): [20, 20],
        ("dehejia_wahba", "psid"): [20, 50],
        ("dehejia_wahba", "cps"): [20, 51],
        ("lalonde", "experimental"): [21, 21],
        ("lalonde", "psid"): [21, 50],
        ("lalonde", "cps"): [21, 51],
    }


@pytest.mark.parametrize("curvature", [0.0, 0.4, 1.0])
def test_the_index_has_mean_0_and_variance_1(curvature: float) -> None:
    x = np.random.default_rng(0).normal(size=(200_000, 3))
    index = confounding_index(x, curvature)
    assert index.mean() == pytest.approx(0, abs=0.02)
    assert index.var() == pytest.approx(1, abs=0.05)
    # A curved index cannot be told by a line.
    assert abs(np.corrcoef(index, x[:, 0])[0, 1]) == pytest.approx(
        np.sqrt((1 - curvature) / 2), abs=0.02
    )


def test_the_trial_has_the_effect_and_the_study_a_biased_difference() -> None:
    """In both splits the outcome is the formula's; the trial is on people like the treated."""
    study = observational_study(40_000, 40_000, effect=1.5, heterogeneity=0.5, seed=3)
    differences = {}
    for split in ("train", "test"):
        x, y = study.inputs[split][:, :-1], study.inputs[split][:, -1]
        w = study.labels[split]
        effects = individual_effects(x, 1.0, 1.5, 0.5)
        rest = y - w * effects - confounding_index(x, 1.0) - x[:, 2] / 2
        assert rest.mean() == pytest.approx(0, abs=0.03)
        assert rest.std() == pytest.approx(1, abs=0.02)
        differences[split] = y[w == 1].mean() - y[w == 0].mean(), effects[w == 1].mean()
    assert study.labels["train"].mean() == pytest.approx(0.3, abs=0.01)
    assert study.labels["test"].mean() == 0.5
    # The same people: the mean effect on the trial's is that on the study's treated.
    assert differences["test"][1] == pytest.approx(differences["train"][1], abs=0.03)
    assert differences["test"][0] == pytest.approx(differences["test"][1], abs=0.06)
    assert differences["train"][0] - differences["train"][1] > 0.6


def test_treatment_hangs_on_the_index_alone() -> None:
    study = observational_study(20_000, 10, curvature=0.0, strength=2.0, treated=0.4, seed=1)
    x, w = study.inputs["train"][:, :-1], study.labels["train"]
    # Log odds rise by the strength for each unit of the index.
    index = confounding_index(x, 0.0)
    shares = [w[(index > low) & (index <= low + 0.2)].mean() for low in (-1.1, -0.1, 0.9)]
    odds = np.log(np.array(shares) / (1 - np.array(shares)))
    assert odds[1] - odds[0] == pytest.approx(2, abs=0.3)
    assert odds[2] - odds[1] == pytest.approx(2, abs=0.3)
    assert stats.pointbiserialr(w, x[:, 3]).pvalue > 1e-3


def test_a_study_depends_on_its_seed_alone() -> None:
    first, second, other = (observational_study(50, 20, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.inputs["test"], second.inputs["test"])
    assert not np.array_equal(first.inputs["train"], other.inputs["train"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariates": 2}, "covariates is 2; allowed is at least 3"),
        ({"curvature": 1.2}, "curvature is 1.2; allowed is 0 to 1"),
        ({"n_train": 3}, "n_train is 3; allowed is at least 4"),
        ({"noise": -1.0}, "noise is -1.0; allowed is at least 0"),
        ({"treated": 0.0}, "treated is 0.0; allowed is 0.01 to 0.99"),
        ({"treated": 0.01, "n_train": 4}, "none or all are treated"),
    ],
)
def test_wrong_settings_of_a_study(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        observational_study(**options)  # type: ignore[arg-type]
