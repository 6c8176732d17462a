"""Two results folders side by side: constructed ones, whose differences are known."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from vicinal_workflow.compare_page import compare_page
from vicinal_workflow.compare_runs import compare_runs
from vicinal_workflow.compare_tables import compare_tables, with_kinds_of_errors
from vicinal_workflow.compare_trees import (
    check_other_results,
    compare_artifacts,
    compare_circumstances,
    compare_settings,
    holds_times,
    read_tree,
)
from vicinal_workflow.page import render_page

PNG = base64.b64decode(  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
GAINS = "row,experiment,metric,gain,mean,low,high,p_value,n,scale\n"
SCORES = "experiment,method,metric,mean,half_width,n,data,scale\n"
COMPARISON = (
    "study,item,row,metric,published,published_error,measured,measured_error,n,scale,agrees\n"
)
PUBLISHED = pd.DataFrame(
    [
        ["vbsw", "table1", "moon", "vbsw mean accuracy", 94.4, 0.8, 50, "standard_error"],
        ["vbsw", "table1", "moon", "vbsw best accuracy", 99.4, None, 50, None],
        ["vbsw", "table6", "runge", "taylor l2", 0.1, 0.01, 40, "interval"],
    ],
    columns=["study", "item", "row", "metric", "published", "published_error", "n", "error_kind"],
)
CONFIG = {
    "seed": 0,
    "results_dir": "results",
    "vbsw": {"resamples": 100, "experiments": {"moon": {"k": 5, "heads": {"epochs": 2}}}},
    "witness": {"toy": {"sizes": [1, 2]}},
}


def made(folder: Path, config: Any = CONFIG, **files: str | bytes | None) -> Path:
    """A results folder with these files, by path, and a manifest of them; None leaves one out."""
    artifacts = {}
    content: dict[str, str | bytes | None] = {
        "vbsw/tables/table1_gains.csv": GAINS
        + "moon,moon,accuracy,vbsw_over_uniform,1,0.5,1.5,0.1,9,a\n",
        "vbsw/figures/gains.png": PNG,
        "datasets/moon.npz": b"points",
        **files,
    }
    for path, value in content.items():
        if value is None:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(value if isinstance(value, bytes) else value.encode())
        artifacts[f"{config['results_dir']}/{path}"] = hashlib.sha256(
            target.read_bytes()
        ).hexdigest()
    summary = folder / "summary"
    summary.mkdir(exist_ok=True)
    lines = "vbsw,table1,moon,vbsw mean accuracy,94.4,0.8,{},0.5,50,a,\n"
    (summary / "comparison.csv").write_text(COMPARISON + lines.format(90))
    manifest = {
        "artifacts": artifacts,
        "config": config,
        "config_sha256": "-",
        "commit": "0123456789abcdef+",
        "python": "3.11.7",
        "versions": {"numpy": "2.4.6"},
        "machine": {"device": "CPU", "cores": 2},
    }
    (summary / "manifest.json").write_text(json.dumps(manifest))
    return folder


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def words_of(here: Path, there: Path) -> str:
    return render_page(compare_page(compare_runs(here, there, PUBLISHED)))


def test_of_equal_trees_nothing_differs_in_words(tmp_path: Path) -> None:
    here = made(tmp_path / "here")
    there = shutil.copytree(here, tmp_path / "there")
    found = compare_runs(here, there, PUBLISHED)
    assert set(found.artifacts.values()) == {"equal"}
    assert (found.settings, found.tables, found.pictures) == ([], [], {})
    page = words_of(here, there)
    assert "Nothing differs: all 3 artifacts are the same, byte by byte." in page
    assert "The configurations are the same." in page
    assert "Commit, versions and machine are the same." in page


def test_another_place_of_the_results_is_no_difference(tmp_path: Path) -> None:
    here = made(tmp_path / "here")
    there = made(tmp_path / "there", {**CONFIG, "results_dir": "results/laptop"})
    assert "Nothing differs" in words_of(here, there)
    assert compare_settings(read_tree(here), read_tree(there)) == []


def test_settings_differ_at_the_deepest_key(tmp_path: Path) -> None:
    other = json.loads(json.dumps(CONFIG))
    other["vbsw"]["experiments"]["moon"]["heads"]["epochs"] = 3
    other["vbsw"]["experiments"]["further"] = {"k": 7}
    other["witness"]["toy"]["sizes"] = [1, 3]
    del other["vbsw"]["resamples"]
    here, there = (read_tree(made(tmp_path / n, c)) for n, c in (("a", CONFIG), ("b", other)))
    assert [(s.path, s.here, s.there) for s in compare_settings(here, there)] == [
        ("vbsw.resamples", "100", "–"),
        ("vbsw.experiments.moon.heads.epochs", "2", "3"),
        ("vbsw.experiments.further", "–", '{"k": 7}'),
        ("witness.toy.sizes", "[1, 2]", "[1, 3]"),
    ]


def test_artifacts_are_the_same_different_or_of_one_run(tmp_path: Path) -> None:
    here = made(tmp_path / "here", **{"datasets/only.npz": b"1"})
    there = made(tmp_path / "there", **{"datasets/moon.npz": b"2", "features/a.npz": b"3"})
    assert compare_artifacts(read_tree(here), read_tree(there)) == {
        "datasets/moon.npz": "different",
        "datasets/only.npz": "only here",
        "features/a.npz": "only there",
        "vbsw/figures/gains.png": "equal",
        "vbsw/tables/table1_gains.csv": "equal",
    }
    page = words_of(here, there)
    assert "Of 5 artifacts, 2 the same, 1 different, 1 only here, 1 only there." in page


def test_values_differ_with_their_intervals() -> None:
    here = table(
        GAINS + "moon,moon,accuracy,vbsw,1.0,0.5,1.5,0.1,9,a\n"
        "moon,moon,accuracy,shuffled,2,1,3,0.2,9,a\n"
        "moon,moon,accuracy,same,2,1,3,0.2,9,a\n"
    )
    there = table(
        GAINS + "moon,moon,accuracy,same,2,1,3,0.9,7,a\n"
        "moon,moon,accuracy,shuffled,5,4,6,0.2,9,a; b\n"
        "moon,moon,accuracy,vbsw,2.0,1.5,2.5,0.1,9,a\n"
    )
    found = compare_tables("t.csv", here, there)
    # Whatever the order of the lines; a p-value and a number of repetitions are no measured values.
    first, second = found.changed
    assert (first.line, first.column) == ("moon, moon, accuracy, vbsw", "mean")
    assert (first.difference, first.overlap, first.scales) == (-1.0, True, None)  # they touch
    assert (second.difference, second.overlap, second.scales) == (-3.0, False, ("–", "b"))
    assert second.here is not None
    assert (second.here.low, second.here.high) == (1.0, 3.0)
    assert found.equal == 1


def test_every_kind_of_interval_is_found() -> None:
    columns = (
        "method,mean,half_width,bias,bias_half_width,update,ratio_low,ratio_high,test,test_error"
    )
    here = table(f"{columns},rmse,standard_error\na,1,0.5,2,0.25,3,2,5,10,1,7,8\n")
    there = table(f"{columns},rmse,standard_error\na,2,0.5,3,0.25,4,3,6,20,1,8,9\n")
    ends = {
        value.column: (value.here.low, value.here.high)
        for value in compare_tables("t.csv", here, there).changed
        if value.here is not None
    }
    assert ends == {
        "mean": (0.5, 1.5),
        "bias": (1.75, 2.25),
        "update": (2, 5),
        "test": (10 - 1.96, 10 + 1.96),
        # The standard error beside it is another thing than that of the root mean square error.
        "rmse": (None, None),
        "standard_error": (None, None),
    }


def test_a_standard_error_becomes_an_interval_by_its_kind() -> None:
    lines = table(
        COMPARISON + "vbsw,table1,moon,vbsw mean accuracy,94.4,0.8,90,1,50,a,\n"
        "vbsw,table1,moon,vbsw best accuracy,99.4,,91,,50,a,\n"
        "vbsw,table6,runge,taylor l2,0.1,0.01,0.2,0.1,40,paper,False\n"
    )
    made_of = with_kinds_of_errors(lines, PUBLISHED)
    assert made_of["half_width"].tolist()[0] == pytest.approx(1.96)
    assert made_of["half_width"].isna().tolist() == [False, True, False]
    assert made_of["half_width"].tolist()[2] == pytest.approx(0.1)
    other = lines.assign(measured=[93, 91, 0.2], agrees=[None, None, True])
    found = compare_tables("c.csv", made_of, with_kinds_of_errors(other, PUBLISHED)).changed
    assert [(v.column, v.difference, v.overlap) for v in found] == [
        ("measured", -3.0, True),
        ("agrees", None, None),
    ]
    assert [v.value for v in (found[1].here, found[1].there) if v is not None] == ["no", "yes"]


def test_lines_of_one_run_are_named() -> None:
    here = table(SCORES + "e,hwa,nll,1,0.1,5,d,s\ne,sgd,nll,1,0.1,5,d,s\n")
    there = table(SCORES + "e,hwa,nll,1,0.1,5,d,s\ne,swa,nll,1,0.1,5,d,s\n")
    found = compare_tables("t.csv", here, there)
    assert (found.changed, found.equal) == ([], 1)
    assert (found.only_here, found.only_there) == (["e, sgd, nll"], ["e, swa, nll"])


def test_lines_of_the_same_words_are_compared_in_their_order() -> None:
    here = table("method,mean\na,1\na,2\n")
    there = table("method,mean\na,1\na,3\n")
    (value,) = compare_tables("t.csv", here, there).changed
    assert (value.line, value.difference) == ("a, no. 2", -1.0)


def test_a_complexity_that_was_found_is_a_value() -> None:
    columns = "problem,samples,at,complexity,mean\n"
    here = table(columns + "p,50,each,4,1\np,50,each,8,2\np,50,best,4,1\n")
    there = table(columns + "p,50,each,8,2\np,50,each,4,1\np,50,best,8,1\n")
    (value,) = compare_tables("t.csv", here, there).changed
    assert (value.line, value.column, value.difference) == (
        "p, samples 50, best",
        "complexity",
        -4.0,
    )


def test_the_page_shows_values_and_pictures_side_by_side(tmp_path: Path) -> None:
    gains = GAINS + "moon,moon,accuracy,vbsw_over_uniform,3,2.5,3.5,0.1,9,a\n"
    here = made(tmp_path / "here")
    there = made(
        tmp_path / "there",
        **{"vbsw/tables/table1_gains.csv": gains, "vbsw/figures/gains.png": PNG + b"\0"},
    )
    found = compare_runs(here, there, PUBLISHED)
    assert list(found.pictures) == ["vbsw/figures/gains.png"]
    page = words_of(here, there)
    assert "Different in tables: 1 value. With a 95 % interval in both runs: 1, of which 1" in page
    assert page.count("<figure") == 2
    assert "gains, here" in page
    assert "gains, there" in page
    assert "0.5 to 1.5" in page
    assert "not shown to be the same" in page.replace("\n", " ")
    assert "p-values are not" in page


def test_a_study_of_one_run_is_named(tmp_path: Path) -> None:
    here = made(tmp_path / "here", **{"bayes/tables/methods.csv": SCORES})
    page = words_of(here, made(tmp_path / "there"))
    assert "Only here: Averaged Bayesian networks (HWA). Of these, nothing can be compared." in page


def test_what_made_them_is_compared(tmp_path: Path) -> None:
    here, there = made(tmp_path / "here"), made(tmp_path / "there")
    path = there / "summary/manifest.json"
    path.write_text(path.read_text().replace("2.4.6", "2.5.0").replace("abcdef+", "abcdef"))
    found = compare_circumstances(read_tree(here), read_tree(there))
    assert [(s.path, s.here, s.there) for s in found if s.here != s.there] == [
        ("commit", "0123456789ab with changes", "0123456789ab"),
        ("numpy", "2.4.6", "2.5.0"),
    ]
    assert "What made them differs: commit, numpy." in words_of(here, there)


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("bayes/runs/digits/hwa/0_seconds.csv", True),
        ("bayes/tables/speed.csv", True),
        ("bayes/figures/curves_digits.png", True),
        ("bayes/tables/methods.csv", False),
        ("gradients/figures/curves_a.png", False),
    ],
)
def test_files_of_times_are_known(path: str, times: bool) -> None:
    assert holds_times(path) is times


def test_what_differs_in_times_alone_is_said_so(tmp_path: Path) -> None:
    here = made(
        tmp_path / "here", **{"bayes/tables/times.csv": SCORES + "e,hwa,seconds,1,0,5,d,s\n"}
    )
    there = made(
        tmp_path / "there", **{"bayes/tables/times.csv": SCORES + "e,hwa,seconds,2,0,5,d,s\n"}
    )
    assert "All that differ hold times by the clock" in words_of(here, there)


def test_a_folder_without_a_whole_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"summary/manifest\.json: no such file"):
        check_other_results(str(tmp_path))
    check_other_results(str(made(tmp_path / "made")))


def test_nothing_of_the_other_results_is_moved(tmp_path: Path) -> None:
    here, there = made(tmp_path / "here"), made(tmp_path / "there")
    manifest = there / "summary/manifest.json"
    (there / "summary/.manifest.json.sha256").write_text("of before an edit")
    before = sorted(there.rglob("*"))
    assert "Nothing differs" in words_of(here, there)
    assert sorted(there.rglob("*")) == before
    described = json.loads(manifest.read_text())
    described["config"]["seed"] = 1
    manifest.write_text(json.dumps(described))
    page = words_of(here, there)
    assert "Nothing differs" not in page
    assert "All 3 artifacts are the same, byte by byte." in page


def test_a_manifest_of_something_else_is_refused(tmp_path: Path) -> None:
    other = made(tmp_path / "other")
    (other / "summary/manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(ValueError, match="no manifest of this workflow, or a damaged one"):
        read_tree(other)


def test_runs_without_anything_in_common_are_refused(tmp_path: Path) -> None:
    here = made(tmp_path / "here")
    empty: dict[str, Any] = dict.fromkeys(
        ["vbsw/tables/table1_gains.csv", "vbsw/figures/gains.png", "datasets/moon.npz"]
    )
    there = made(tmp_path / "there", **empty, **{"bayes/tables/methods.csv": SCORES})
    with pytest.raises(
        ValueError, match=r"here \(vbsw\) and .*there \(bayes\) have no artifact in"
    ):
        compare_runs(here, there, PUBLISHED)


@pytest.mark.parametrize("path", ["vbsw/tables/table1_gains.csv", "vbsw/figures/gains.png"])
def test_a_file_that_is_not_what_its_manifest_lists_is_refused(tmp_path: Path, path: str) -> None:
    changed: Any = {path: (PNG + b"\0") if path.endswith("png") else GAINS}
    here, there = made(tmp_path / "here"), made(tmp_path / "there", **changed)
    (there / path).write_bytes(b"something else")
    with pytest.raises(ValueError, match="not the file that its manifest lists"):
        compare_runs(here, there, PUBLISHED)
    (there / path).unlink()
    with pytest.raises(ValueError, match="it is not there any more"):
        compare_runs(here, there, PUBLISHED)
