"""How the report names results: the paper's number apart, no two alike."""

from __future__ import annotations

import pytest

from vicinal_workflow.report_labels import caption_name, report_labels


@pytest.mark.parametrize(
    ("title", "paper", "result"),
    [
        ("Figure 2: double_moon", "Figure 2", "double_moon (picture)"),
        (
            "Figure 4, made an experiment: searches",
            "Figure 4",
            "made an experiment: searches (picture)",
        ),
        ("table1: all methods of table1", "Table 1", "all methods of table1 (picture)"),
        ("Rates of section 5.1", "Section 5.1", "Rates of section 5.1 (picture)"),
        ("What the weights add", "–", "What the weights add (picture)"),
        ("further: all methods", "–", "further: all methods (picture)"),
    ],
)
def test_the_papers_number_stands_apart(title: str, paper: str, result: str) -> None:
    labels = report_labels("vbsw/figures/a.png", title)
    assert labels == {"paper": paper, "result": result, "file": "vbsw/figures/a.png"}


def test_a_table_and_a_picture_of_one_title_are_told_apart() -> None:
    names = {report_labels(f"a/b{end}", "Figure 1: fits")["result"] for end in (".csv", ".png")}
    assert names == {"fits (table)", "fits (picture)"}


@pytest.mark.parametrize(
    ("path", "caption"),
    [
        ("<results>/vbsw/figures/gains.png", "vbsw/figures/gains.rst"),
        ("<results>/bayes/figures/curves_{experiment}.png", "bayes/figures/curves.rst"),
        ("<results>/vbsw/tables/{table}_gains.csv", "vbsw/tables/gains.rst"),
        ("<results>/witness/tests/{test}_summary.csv", "witness/tests/summary.rst"),
    ],
)
def test_a_caption_has_the_name_of_its_kind(path: str, caption: str) -> None:
    assert caption_name(path) == caption
