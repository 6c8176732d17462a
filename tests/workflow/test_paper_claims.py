"""What became of the papers' claims: from verdicts, from rows, or as told; in Markdown."""

from pathlib import Path

import pandas as pd
import pytest

from vicinal_workflow.artifacts import read_table
from vicinal_workflow.configuration import load_yaml
from vicinal_workflow.paper_claims import (
    OUTCOMES,
    PaperClaim,
    claims_lines,
    judge,
    outcome_of,
    read_claims,
)
from vicinal_workflow.published import KEY

ROOT = Path(__file__).parents[2]
CLAIMS = read_claims(load_yaml(ROOT / "data/claims.yaml"))
NO_ROWS = pd.DataFrame(columns=[*KEY, "published", "measured", "n"])


def verdicts(**tones):
    """A verdict each, that says its own name."""
    lines = [(tone, f"`{name}`: by 2 points (n = 5).") for name, tone in tones.items()]
    return pd.DataFrame(lines, columns=["tone", "text"])


def claim(**changes):
    told = {"claim": "Weights help.", "where": "table 1", "part": "vbsw", "verdicts": ["`moon`"]}
    return PaperClaim(study="vbsw", **{**told, **changes})


def row_claim(rule="a share of all"):
    row = {"item": "figure2", "row": "cosine", "metric": "ahead", "rule": rule}
    return claim(verdicts=(), rows=[row])


def rows(measured, published=1.0):
    line = ["vbsw", "figure2", "cosine", "ahead", published, measured, 10]
    return pd.DataFrame([line], columns=NO_ROWS.columns)


@pytest.mark.parametrize(
    ("tones", "outcome"),
    [
        (["for"], "reproduced"),
        (["for", "for"], "reproduced"),
        (["for", "open"], "partly"),
        (["against", "for"], "partly"),
        (["against", "open"], "not"),
        (["open", "open"], "undecided"),
    ],
)
def test_the_outcome_of_several_verdicts(tones, outcome):
    assert outcome_of(tones) == outcome
    names = dict(zip("ab", tones, strict=False))
    found = judge(claim(verdicts=["`a`", "`b`"][: len(names)]), verdicts(**names), NO_ROWS)
    assert found.outcome == outcome
    assert found.evidence == list(verdicts(**names)["text"])


def test_a_claim_of_a_part_that_is_not_published_or_leaves_it_out_was_not_run():
    assert judge(claim(), None, None).outcome == "not_run"
    assert judge(claim(), verdicts(boston="for"), NO_ROWS).outcome == "not_run"


def test_a_beginning_that_selects_two_verdicts_is_refused():
    with pytest.raises(ValueError, match=r"'Weights help\.': 2 verdicts begin with '`moon'"):
        judge(claim(verdicts=["`moon"]), verdicts(moon="for", moons="for"), NO_ROWS)


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [(1.0, "reproduced"), (0.4, "partly"), (0.0, "not"), (float("nan"), "undecided")],
)
def test_a_share_of_all(measured, outcome):
    assert judge(row_claim(), verdicts(), rows(measured)).outcome == outcome


def test_a_number_that_is_to_be_at_most_the_published_one():
    rule = row_claim("at most the published")
    assert judge(rule, verdicts(), rows(14.5, published=15)).outcome == "reproduced"
    found = judge(rule, verdicts(), rows(15.5, published=15))
    assert found.outcome == "not"
    assert found.evidence == ["cosine, ahead: 15.5, published 15 (n = 10)."]


def test_a_claim_that_is_told_names_what_shows_it():
    told = {"outcome": "partly", "says": "To first order.", "shown_by": "tests/vbsw/test_x.py"}
    found = judge(claim(part="", verdicts=(), **told), None, None)
    assert found.line().endswith("(table 1.) To first order. (`tests/vbsw/test_x.py`.)")


def test_the_explanation_stands_where_its_outcome_came_out():
    own = claim(why={"not": "The rate was too low."})
    lost = judge(own, verdicts(moon="against"), NO_ROWS).line()
    assert lost == (
        "- **Not reproduced.** *Weights help.* (table 1.) `moon`: by 2 points (n = 5). "
        "The rate was too low."
    )
    assert "rate" not in judge(own, verdicts(moon="for"), NO_ROWS).line()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"why": {"maybe": "x"}}, "outcome 'maybe'; known are reproduced, partly, not"),
        ({"verdicts": ()}, "needed are a part and its verdicts or rows"),
        ({"part": ""}, "needed are a part"),
        ({"outcome": "not", "says": "x", "shown_by": "y"}, "needed are a part"),
        ({"rows": [{"rule": "most"}]}, "rule 'most'; known are at most the published, a share"),
    ],
)
def test_a_claim_that_nothing_decides_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


def test_a_key_that_is_none_is_told_with_its_place():
    with pytest.raises(ValueError, match=r"vbsw, claim 1: .*'whre'.*keys are study, claim, where"):
        read_claims({"vbsw": [{"claim": "x", "whre": "table 1"}]})
    with pytest.raises(ValueError, match="study 'sums'; known are vbsw, gradients"):
        read_claims({"sums": [{"claim": "x", "where": "table 1"}]})


def test_the_table_counts_every_claim_once():
    judged = [judge(claim(), verdicts(moon=tone), NO_ROWS) for tone in ("for", "for", "open")]
    lines = list(claims_lines(judged))
    assert "| Variance-based sample weighting | 3 | 2 | 0 | 0 | 1 | 0 |" in lines
    assert sum(line.startswith("- **") for line in lines) == 3
    (header,) = [line for line in lines if line.startswith("| paper")]
    assert header.count("|") == len(OUTCOMES) + 3


def test_every_claim_is_the_project_s_own_sentence_once():
    said = [each.claim for each in CLAIMS]
    assert len(said) == len(set(said))
    assert all(each.endswith(".") for each in said)


def test_what_is_said_to_show_a_claim_is_there():
    for each in CLAIMS:
        if each.shown_by:
            assert (ROOT / each.shown_by.split("::")[0]).exists(), each.claim


def test_every_claim_of_a_published_part_is_decided_by_all_that_it_names():
    """Were a sentence's beginning changed, its claim would silently lose what decides it."""
    for each in CLAIMS:
        folder = ROOT / "docs/results" / each.part
        if not each.part or not folder.is_dir():
            continue
        published = [read_table(folder / name) for name in ("claims.csv", "rows.csv")]
        found = judge(each, *published)
        assert len(found.evidence) == len(each.verdicts) + len(each.rows), each.claim
