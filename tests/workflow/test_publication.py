"""Results as they are published: rows beside the papers' figures, claims, pictures, times."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from vicinal.data.registry import load_registry
from vicinal_workflow.artifacts import read_table
from vicinal_workflow.configuration import load_schema, load_yaml
from vicinal_workflow.paper_claims import PaperClaim, read_claims
from vicinal_workflow.plan import plan_of
from vicinal_workflow.publication import (
    missing_files,
    publication_of,
    target_of,
    write_publication,
)
from vicinal_workflow.publish import plan_of_run
from vicinal_workflow.published import KEY, NOT_RUN
from vicinal_workflow.results_page import item_name, results_page
from vicinal_workflow.results_readme import END, PICTURES, START, with_results

ROOT = Path(__file__).parents[2]
PUBLISHED = read_table(ROOT / "data/published.csv")
RUN = {
    "configfile": "workflow/presets/laptop.yaml",
    "commit": "0" * 40,
    "machine": {"device": "CPU", "cores": 4, "processor": "Z80", "platform": "Linux x86_64"},
}


@pytest.fixture(scope="module")
def plan(tiny_run):
    return plan_of(
        tiny_run.config,
        load_schema(ROOT / "workflow/schemas/config.schema.yaml"),
        load_yaml(ROOT / "workflow/presets/paper.yaml"),
        load_registry(ROOT / "data/registry.yaml"),
    )


@pytest.fixture(scope="module")
def folder(tiny_run, plan, tmp_path_factory):
    """All parts of the tiny run, published with made-up times."""
    into = tmp_path_factory.mktemp("docs") / "results"
    for name in plan.parts:
        made = publication_of(name, plan, PUBLISHED, tiny_run.folder / "results")
        times = {t: {"jobs": 3, "seconds": 75.0, "without_record": 0} for t in made.targets}
        write_publication(into / name, made, {**RUN, "targets": times})
    return into


def test_every_published_figure_is_on_the_page_once(folder):
    """Measured or named as not run; counted from the list of published figures."""
    rows = pd.concat([read_table(path) for path in folder.glob("*/rows.csv")])
    comparison_keys = set(PUBLISHED[KEY].itertuples(index=False, name=None))
    measured = list(rows[KEY].itertuples(index=False, name=None))
    assert len(measured) == len(set(measured))
    assert set(measured) <= comparison_keys

    page = results_page(folder, PUBLISHED)
    lines = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 8]
    tables = page.count("| row | metric | published | here | n | agrees | scale |")
    assert len(lines) - 2 * tables == len(measured)
    absent = page.partition("## Not run here")[2]
    for _, _, row, metric in comparison_keys - set(measured):
        assert f"{row} {metric}" in absent
    assert f"Of {len(PUBLISHED)} published figures {len(measured)} have one of ours" in page


def test_nothing_hidden_lies_among_the_published_files(folder):
    assert not [path for path in folder.rglob(".*") if path.is_file()]


def test_the_rows_are_the_comparison_s(folder, tiny_run):
    """The same numbers as in the summary of the run, whose file is made by another path."""
    comparison = read_table(tiny_run.folder / "results/summary/comparison.csv").set_index(KEY)
    rows = pd.concat([read_table(path) for path in folder.glob("*/rows.csv")]).set_index(KEY)
    there = comparison[comparison["scale"] != NOT_RUN]
    assert set(rows.index) == set(there.index)
    for column in ("published", "measured", "measured_error", "n", "scale"):
        found = rows.loc[there.index, column]
        pd.testing.assert_series_equal(found, there[column], check_index=False, check_dtype=False)


def test_claims_and_pictures_are_those_of_the_summary_page(folder, tiny_run):
    page = (tiny_run.folder / "results/summary/index.html").read_text("utf-8")
    assert page.count("data:image/png;base64,") == len(list(folder.glob("*/*.png")))
    published = results_page(folder, PUBLISHED)
    for path in folder.glob("*/claims.csv"):
        for claim in read_table(path)["text"]:
            assert claim in published
    for picture in folder.glob("*/*.png"):
        assert f"](results/{picture.parent.name}/{picture.name})" in published
        source = tiny_run.folder / "results"
        assert picture.read_bytes() in [p.read_bytes() for p in source.rglob(picture.name)]


def test_statements_are_told_in_words(folder):
    page = results_page(folder, PUBLISHED)
    assert "| double_moon | drawn |  | yes |" in page
    rows = pd.concat([read_table(path) for path in folder.glob("*/rows.csv")])
    told = rows[(rows["published"] == 1) & ~rows["metric"].str.contains("share of")]
    words = {0.0: "no", 1.0: "yes"}
    for line in told.to_dict("records"):
        here = words.get(line["measured"], "undecided")
        assert f"| {line['row']} | {line['metric']} | yes | {here} |" in page


def test_each_number_stands_beside_its_command(folder):
    page = results_page(folder, PUBLISHED)
    command = "`snakemake --cores 4 vbsw_table2 --configfile workflow/presets/laptop.yaml`"
    assert f"**table 2**: {command}; 3 jobs, 1 min 15 s one after another." in page


def test_every_target_is_a_rule(tiny_run):
    rules = tiny_run.run("--list-target-rules").stdout.split()
    pairs = PUBLISHED[["study", "item"]].drop_duplicates().itertuples(index=False)
    assert {target_of(*pair) for pair in pairs} <= set(rules)


@pytest.mark.parametrize(
    ("item", "name"),
    [("table2", "table 2"), ("figure10", "figure 10"), ("claim", "claim")],
)
def test_items_read_well(item, name):
    assert item_name(item) == name


def test_an_unfinished_part_is_named(plan, tiny_run, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(tiny_run.folder / "results", results)
    assert missing_files(plan.parts["ridge"], results) == []
    lost = next(results.glob("gradients/figures/ridge_gains.png"))
    lost.unlink()
    assert missing_files(plan.parts["ridge"], results) == ["gradients/figures/ridge_gains.png"]


def test_the_command_publishes_a_part(tiny_run):
    """In a checkout, from a run of its own configuration: times are those of its records."""
    command = [sys.executable, "-m", "vicinal_workflow.publish", "results"]

    def publish(*arguments):
        return subprocess.run(
            [*command, *arguments],
            cwd=tiny_run.folder,
            env=tiny_run.environment,
            capture_output=True,
            text=True,
        )

    refused = publish("--part", "sums")
    assert refused.returncode == 1
    assert "sums: no such part; there are vbsw" in refused.stderr
    both = publish("--part", "ridge", "--part", "gan", "--folder", "some")
    assert "folder some: needed is one part" in both.stderr
    overlay = tiny_run.folder / "elsewhere.yaml"
    overlay.write_text("results_dir: results_elsewhere\n")
    elsewhere = publish("--configfile", overlay.name)
    assert elsewhere.returncode == 1
    assert "results: this configuration's results are in results_elsewhere" in elsewhere.stderr
    overlay.unlink()
    manifest = tiny_run.folder / "results/summary/manifest.json"
    made_with = json.loads(manifest.read_text("utf-8"))
    done = publish("--part", "ridge")
    assert done.returncode == 0, done.stderr
    docs = tiny_run.folder / "docs"
    run = json.loads((docs / "results/ridge/run.json").read_text())
    recorded = run["targets"]["gradients_figure5"]
    assert {key: run[key] for key in ("commit", "versions", "machine")} == {
        key: made_with[key] for key in ("commit", "versions", "machine")
    }
    # comparing, a table, and the picture
    assert recorded["jobs"] >= 2
    assert recorded["without_record"] == 0
    assert recorded["seconds"] > 0
    assert "gradients_figure5" in (docs / "results.md").read_text("utf-8")
    assert publish("--part", "ridge", "--folder", "some").returncode == 0
    some = json.loads((docs / "results/some/run.json").read_text())
    assert some["title"] == f"{run['title']} (figure 5, figure 6, figure 7)"
    shutil.rmtree(docs)


def test_the_readme_shows_headlines_with_their_numbers(folder):
    own = {"study": "gradients", "part": "ridge", "where": "figure 5"}
    sentence = ["Ridge-gradients, fixed penalties: error"]
    told = PaperClaim(claim="It is better.", verdicts=sentence, headline=True, **own)
    other = PaperClaim(claim="It is faster.", verdicts=sentence, **own)
    readme = with_results(f"# x\n\n{START}\nold\n{END}\n\nrest\n", folder, [told, other])
    assert "\nold\n" not in readme
    assert readme.startswith("# x\n")
    assert readme.endswith(f"{END}\n\nrest\n")
    assert "Of the 2 claims that we read in the four papers: 2 " in readme
    (row,) = [line for line in readme.splitlines() if line.startswith("| It is")]
    assert row.startswith("| It is better. (Gradient information, figure 5) | ")
    assert "| Ridge-gradients, fixed penalties: error of values" in row
    assert "(docs/results/witness_toy/toy_points.png)" in readme
    assert with_results(readme, folder, [told, other]) == readme
    with pytest.raises(ValueError, match="the README lacks the marks"):
        with_results("# x\n", folder, [])


def test_five_pictures_are_of_the_plan(monkeypatch):
    """Those that the README shows are made by the preset whose results are published."""
    monkeypatch.chdir(ROOT)
    laptop = plan_of_run(["workflow/presets/laptop.yaml"])
    for part, file in PICTURES:
        made = {Path(job.artifacts[0]).name for job, _, _ in laptop.parts[part].figures()}
        assert file in made
    assert len(PICTURES) == 5


def test_files_over_the_configuration_are_laid_in_their_order(monkeypatch):
    monkeypatch.chdir(ROOT)
    files = ["workflow/presets/laptop.yaml", "workflow/presets/bfloat16.yaml"]
    laptop, mixed = (plan_of_run(files[:count]).config["backbones"] for count in (1, 2))
    named = load_yaml(ROOT / files[1])["backbones"]
    assert {name for name in laptop if mixed[name] != laptop[name]} == set(named)
    for name in named:
        assert laptop[name]["architecture"] == "resnet20"
        assert mixed[name]["training"] == {**laptop[name]["training"], "precision": "bfloat16"}


def test_the_published_page_is_made_of_its_files():
    """docs/results.md and the README say what docs/results holds, to the letter."""
    folder = ROOT / "docs/results"
    claims = read_claims(load_yaml(ROOT / "data/claims.yaml"))
    rows = pd.concat([read_table(path) for path in folder.glob("*/rows.csv")])
    assert not rows.duplicated(KEY).any()
    page = (ROOT / "docs/results.md").read_text("utf-8")
    assert page == results_page(folder, PUBLISHED, claims)
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == with_results(readme, folder, claims)
