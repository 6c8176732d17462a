"""What became of the papers' claims, by what the parts have published."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

from vicinal_workflow.page_numbers import value_text
from vicinal_workflow.published import KEY
from vicinal_workflow.report_labels import STUDIES

# As the page says them, in the order of its table. A claim is undecided where no difference can be
# told: it is not reproduced, and not refuted.
OUTCOMES = {
    "reproduced": "Reproduced",
    "partly": "Partly reproduced",
    "not": "Not reproduced",
    "undecided": "Undecided",
    "not_run": "Not run here",
}
RULES = ("at most the published", "a share of all")

# Of what decides a claim: its tones, as verdicts have them, and its sentence.
Told = tuple[list[str], str]


@dataclass(frozen=True)
class PaperClaim:
    """A claim of a paper, and what decides it: an entry of `data/claims.yaml`.

    where : in the paper.     part : of the study, whose results decide.
    verdicts : for each verdict that decides, a regular expression that its sentence begins with,
        and no other of the part.
    rows : lines of the comparison that decide: `item`, `row`, `metric`, and `rule`, one of RULES.
    outcome, says, shown_by : where neither decides: the outcome, a sentence with its number, and
        the file or the command behind it.
    why : outcome -> the best explanation, said where that is what came out.
    headline : whether the README's table has it.

    Raises ValueError for a study, an outcome or a rule that is none, and for a claim that nothing
    decides.
    """

    study: str
    claim: str
    where: str
    part: str = ""
    verdicts: Sequence[str] = ()
    rows: Sequence[Mapping[str, str]] = ()
    outcome: str = ""
    says: str = ""
    shown_by: str = ""
    why: Mapping[str, str] = field(default_factory=dict)
    headline: bool = False

    def __post_init__(self) -> None:
        if self.study not in STUDIES:
            raise self._wrong(f"study {self.study!r}", STUDIES)
        outcomes = [*self.why, *([self.outcome] if self.outcome else [])]
        for outcome in outcomes:
            if outcome not in OUTCOMES:
                raise self._wrong(f"outcome {outcome!r}", OUTCOMES)
        for row in self.rows:
            if row["rule"] not in RULES:
                raise self._wrong(f"rule {row['rule']!r}", RULES)
        measured = bool(self.part and (self.verdicts or self.rows))
        told = bool(self.outcome and self.says and self.shown_by)
        if measured == told:
            raise ValueError(
                f"claim {self.claim!r}: needed are a part and its verdicts or rows, or an outcome, "
                "what it says and what shows it"
            )

    def _wrong(self, what: str, known: Sequence[str] | Mapping[str, str]) -> ValueError:
        return ValueError(f"claim {self.claim!r}: {what}; known are {', '.join(known)}")


@dataclass(frozen=True)
class Judgement:
    """A claim's outcome, one of OUTCOMES, and the sentences with the numbers that decide it."""

    claim: PaperClaim
    outcome: str
    evidence: Sequence[str]

    def line(self) -> str:
        """As an item of a list in Markdown."""
        said = " ".join([*self.evidence, self.claim.why.get(self.outcome, "")]).rstrip()
        return (
            f"- **{OUTCOMES[self.outcome]}.** *{self.claim.claim}* ({self.claim.where}.) {said}"
        ).rstrip()


def read_claims(papers: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[PaperClaim]:
    """The claims of `data/claims.yaml`, a list a study, in its order.

    Raises ValueError for an entry that is no claim, with its place, counted from 1.
    """
    claims = []
    for study, entries in papers.items():
        for number, entry in enumerate(entries, 1):
            try:
                claims.append(PaperClaim(study=study, **entry))
            except TypeError as error:
                known = ", ".join(each.name for each in fields(PaperClaim))
                said = f"{study}, claim {number}: {error}; its keys are {known}"
                raise ValueError(said) from error
    return claims


def judge(claim: PaperClaim, verdicts: pd.DataFrame | None, rows: pd.DataFrame | None) -> Judgement:
    """A claim by its part's published verdicts and rows; None where the part is not published.

    Raises ValueError where several verdicts begin with what is to select one.
    """
    if claim.outcome:
        return Judgement(claim, claim.outcome, [f"{claim.says} (`{claim.shown_by}`.)"])
    if verdicts is None or rows is None:
        return Judgement(claim, "not_run", [])
    found = [*_by_verdicts(claim, verdicts), *_by_rows(claim, rows)]
    if not found:
        return Judgement(claim, "not_run", [])
    tones = [tone for tones, _ in found for tone in tones]
    return Judgement(claim, outcome_of(tones), [text for _, text in found])


def outcome_of(tones: Sequence[str]) -> str:
    """`reproduced` where all tones are `for`, `partly` where some are; else `not`, or undecided."""
    if "for" in tones:
        return "reproduced" if set(tones) == {"for"} else "partly"
    return "not" if "against" in tones else "undecided"


def claims_lines(judgements: Sequence[Judgement]) -> Iterator[str]:
    """A table of outcomes, a row a paper, and the claims of each, in Markdown."""
    yield from ("## The papers' claims", "")
    yield (
        "Each claim in this project's words, what came of it here, the numbers that decide it, "
        "and, where it is not reproduced, our best explanation. An *undecided* one is not "
        "reproduced either: no difference can be told. A claim is partly reproduced where what "
        "decides it is not of one mind."
    )
    yield from ("", f"| paper | claims | {' | '.join(map(str.lower, OUTCOMES.values()))} |")
    yield f"| --- | --- |{' --- |' * len(OUTCOMES)}"
    papers = {study: [j for j in judgements if j.claim.study == study] for study in STUDIES}
    for study, own in papers.items():
        counts = [sum(j.outcome == outcome for j in own) for outcome in OUTCOMES]
        yield f"| {STUDIES[study]} | {len(own)} | {' | '.join(map(str, counts))} |"
    yield ""
    for study, own in papers.items():
        yield from (f"### {STUDIES[study]}: its claims", "")
        yield from (judgement.line() for judgement in own)
        yield ""


def _by_verdicts(claim: PaperClaim, verdicts: pd.DataFrame) -> Iterator[Told]:
    for beginning in claim.verdicts:
        found = [
            ([str(tone)], str(text))
            for tone, text in zip(verdicts["tone"], verdicts["text"], strict=True)
            if re.match(beginning, text)
        ]
        if len(found) > 1:
            raise ValueError(
                f"claim {claim.claim!r}: {len(found)} verdicts begin with {beginning!r}"
            )
        yield from found


def _by_rows(claim: PaperClaim, rows: pd.DataFrame) -> Iterator[Told]:
    lines = {tuple(line[key] for key in KEY[1:]): line for line in rows.to_dict("records")}
    for wanted in claim.rows:
        line = lines.get(tuple(wanted[key] for key in KEY[1:]))
        if line is not None:
            text = (
                f"{line['row']}, {line['metric']}: {value_text(line['measured'])}, published "
                f"{value_text(line['published'])} (n = {line['n']:g})."
            )
            yield _tones(line["measured"], line["published"], wanted["rule"]), text


def _tones(measured: float, published: float, rule: str) -> list[str]:
    if math.isnan(measured):
        return ["open"]
    if rule == "at most the published":
        return ["for" if measured <= published else "against"]
    # The part that is there speaks for the claim, the missing one against it.
    return ["for"] * (measured > 0) + ["against"] * (measured < 1)
