"""Snakemake's own report, as data: what it shows of a run, under which headings and captions."""

import json
import re

import pytest

from project import ROOT
from vicinal.data.registry import load_registry
from vicinal_workflow.configuration import load_schema, load_yaml
from vicinal_workflow.plan import plan_of
from vicinal_workflow.report_labels import CATEGORIES, SUBCATEGORIES, caption_name

# Of a rule's output: the path, and the caption where it has one of its own.
REPORTED = re.compile(
    r'\breported(_picture)?\(\s*"(<results>/[^"]+)"((?:[^()"]|"[^"]*")*)\)', re.DOTALL
)


def of_rules():
    """(path with wildcards, the caption's file) of everything that a rule marks."""
    for file in sorted((ROOT / "workflow/rules").glob("*.smk")):
        if file.name == "common.smk":
            continue
        for picture, path, rest in REPORTED.findall(file.read_text("utf-8")):
            own = re.search(r'caption="([^"]+)"', rest)
            yield path + (".png" if picture else ""), own[1] if own else caption_name(path)


@pytest.fixture(scope="module")
def report(tiny_run, tmp_path_factory):
    """Category -> part -> results, as the report lists them."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    tiny_run.run("--report", path)
    html = path.read_text("utf-8")
    data = {
        name: json.loads(
            re.search(rf'<script id="{name}">\s*var \w+ = (.*?);\s*</script>', html)[1]
        )
        for name in ("results", "categories")
    }
    return {
        category: {part: [data["results"][path] for path in paths] for part, paths in parts.items()}
        for category, parts in data["categories"].items()
    }


def results_of(report):
    return [result for parts in report.values() for results in parts.values() for result in results]


def test_every_mark_has_a_caption_and_every_caption_a_mark():
    folder = ROOT / "workflow/report"
    captions = {str(path.relative_to(folder)) for path in folder.rglob("*.rst")}
    used = {caption for _, caption in of_rules()}
    assert len(used) > 70
    assert captions - {"workflow.rst"} == used


def test_every_table_and_picture_of_the_plan_is_shown(report, tiny_run):
    schema = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
    paper = load_yaml(ROOT / "workflow/presets/paper.yaml")
    registry = load_registry(ROOT / "data/registry.yaml")
    plan = plan_of(tiny_run.config, schema, paper, registry)
    expected = {"summary/comparison.csv"}
    for part in plan.parts.values():
        expected |= set(part.page_tables().values())
        expected |= {job.artifacts[0] for job, _, _ in part.figures()}
    shown = [result["labels"]["file"] for result in results_of(report)]
    assert len(shown) == len(set(shown))
    assert set(shown) == expected


def test_results_are_sorted_by_paper_and_part(report):
    assert set(report) == set(CATEGORIES.values())
    assert {part for parts in report.values() for part in parts} == set(SUBCATEGORIES.values())
    for category, parts in report.items():
        for result in (result for results in parts.values() for result in results):
            assert CATEGORIES[result["labels"]["file"].split("/")[0]] == category


def test_labels_tell_results_apart_and_hide_none(report):
    """A column that alone halves the lines becomes a switch; two of different values never do."""
    for parts in report.values():
        for results in parts.values():
            assert all(list(r["labels"]) == ["paper", "result", "file"] for r in results)
            for column in ("result", "file"):
                assert len({result["labels"][column] for result in results}) == len(results)


def test_captions_are_whole(report):
    for result in results_of(report):
        assert len(result["caption"]) > 80, result["labels"]
        # What the parser of captions does not understand it says in the text.
        assert "system-message" not in result["caption"], result["labels"]
        assert "{{" not in result["caption"], result["labels"]


def test_pictures_bear_their_number(report):
    labels = {result["labels"]["file"]: result["labels"] for result in results_of(report)}
    assert labels["vbsw/figures/grids.png"]["paper"] == "Figure 6"
    assert labels["vbsw/tables/table2_gains.csv"]["paper"] == "Table 2"
    assert labels["gradients/figures/surrogate_overfitting_garch.png"]["paper"] == "Figure 11"
    assert labels["witness/tables/toy_densities.csv"]["paper"] == "Theorem 3.1"
    assert labels["vbsw/figures/gains.png"]["paper"] == "–"


def test_the_report_reruns_nothing(report, tiny_run):
    assert tiny_run.jobs() == {}


def test_one_study_has_a_report_of_its_own(tiny_run, tmp_path):
    tiny_run.run("bayes", "--report", tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text("utf-8")
    assert "bayes/tables/methods.csv" in html
    assert "witness/tables/toy_rates.csv" not in html
