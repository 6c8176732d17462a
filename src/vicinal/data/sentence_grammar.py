"""A small English grammar whose sentences have exact meanings: entailment, equivalence, similarity.

A sentence says Q(S, P): a quantifier Q, a subject S (adjective and noun) and a predicate P (verb,
object with adjective, place, time), for instance "No tall doctor bought a red car on monday." P
holds for somebody who took part in at least one such event. Words stand for concepts, several
words for one concept being synonyms; concepts are ordered by "is a kind of". Adjectives are
intersective, "a" is existential inside the predicate, and the subject's noun phrase is not empty
in a sentence that is asserted ("every doctor ..." implies that there are doctors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np

from vicinal.data.sentence_lexicon import LEXICON

Quantifier = Literal["some", "every", "no", "not every"]
QUANTIFIERS: tuple[Quantifier, ...] = get_args(Quantifier)

DETERMINERS: Mapping[Quantifier, tuple[str, ...]] = {
    "some": ("some", "a", "at least one"),
    "every": ("every", "each"),
    "no": ("no", "not a single"),
    "not every": ("not every", "not each"),
}
WEIGHTS: Mapping[str, float] = {
    "quantifier": 2, "subject": 2, "subject_trait": 1, "verb": 3, "object": 2, "object_trait": 1,
    "place": 1, "time": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a sentence says; every part but the quantifier is a concept's name, None where unsaid.

    The verb decides whether the object is a person or a thing.
    """

    quantifier: Quantifier
    subject: str
    verb: str
    object: str
    subject_trait: str | None = None
    object_trait: str | None = None
    place: str | None = None
    time: str | None = None


def is_kind_of(narrow: str | None, wide: str | None) -> bool:
    """Whether everything that is `narrow` is `wide`; None is the part left unsaid, true of all."""
    if wide is None or narrow == wide:
        return True
    if narrow is None:
        return False
    return any(is_kind_of(parent, wide) for parent in LEXICON[narrow].parents)


def _subject_within(narrow: Meaning, wide: Meaning) -> bool:
    return is_kind_of(narrow.subject, wide.subject) and is_kind_of(
        narrow.subject_trait, wide.subject_trait
    )


def _predicate_within(narrow: Meaning, wide: Meaning) -> bool:
    parts = ("verb", "object", "object_trait", "place", "time")
    return all(is_kind_of(getattr(narrow, part), getattr(wide, part)) for part in parts)


def entails(premise: Meaning, hypothesis: Meaning) -> bool:
    """Whether the hypothesis is true wherever the premise is.

    By monotonicity: "some" passes to wider subjects and predicates; "every" to narrower subjects
    and wider predicates; "no" to narrower ones; "not every" to wider subjects and narrower
    predicates. "Every" implies "some" and "no" implies "not every" for the same subject or a
    wider one, since the premise's subject exists. Nothing else follows, for concepts of which
    neither is a kind of the other are independent.
    """
    narrower_subject = _subject_within(hypothesis, premise)
    wider_subject = _subject_within(premise, hypothesis)
    wider_predicate = _predicate_within(premise, hypothesis)
    narrower_predicate = _predicate_within(hypothesis, premise)
    match premise.quantifier, hypothesis.quantifier:
        case ("some", "some") | ("every", "some"):
            return wider_subject and wider_predicate
        case ("every", "every"):
            return narrower_subject and wider_predicate
        case ("no", "no"):
            return narrower_subject and narrower_predicate
        case ("not every", "not every") | ("no", "not every"):
            return wider_subject and narrower_predicate
    return False


def equivalent(first: Meaning, second: Meaning) -> bool:
    """Whether each sentence entails the other."""
    return entails(first, second) and entails(second, first)


def similarity(first: Meaning, second: Meaning) -> float:
    """Shared meaning between 0 and 5: five times the weighted mean of the parts' agreement.

    A part said in at least one sentence agrees by 1 where both mean the same, 1/2 where one is a
    kind of the other (the unsaid is the widest), 1/4 where both are kinds of one concept, else 0;
    quantifiers by 1, or by 1/2 where one implies the other. Weights: verb 3; quantifier, subject,
    object 2; adjectives, place and time 1. Compared by role: "a doctor helped a lawyer" and
    "a lawyer helped a doctor" differ in subject and object.
    """
    total = agreed = 0.0
    for part, weight in WEIGHTS.items():
        left, right = getattr(first, part), getattr(second, part)
        if left is None and right is None:
            continue
        total += weight
        agreed += weight * _agreement(part, left, right)
    return 5 * agreed / total


def _agreement(part: str, left: str | None, right: str | None) -> float:
    if left == right:
        return 1.0
    if part == "quantifier":
        return 0.5 if {left, right} in ({"every", "some"}, {"no", "not every"}) else 0.0
    if is_kind_of(left, right) or is_kind_of(right, left):
        return 0.5
    left_kinds, right_kinds = (LEXICON[name or ""].parents for name in (left, right))
    return 0.25 if left_kinds & right_kinds else 0.0


def sentence(meaning: Meaning, rng: np.random.Generator) -> str:
    """One of the English sentences of this meaning, with a capital and a full stop.

    Words are drawn among synonyms; the time or the place may come first; a sentence with "some"
    may be passive (for the other quantifiers the passive would change what is said).
    """
    words = {
        field.name: _word(getattr(meaning, field.name), rng)
        for field in fields(meaning)
        if field.name != "quantifier" and getattr(meaning, field.name) is not None
    }
    determiner = str(rng.choice(DETERMINERS[meaning.quantifier]))
    subject = _noun_phrase(determiner, words.get("subject_trait"), words["subject"])
    target = _noun_phrase("a", words.get("object_trait"), words["object"])
    past, _, participle = words["verb"].partition("|")
    if meaning.quantifier == "some" and rng.random() < 0.4:
        clause = f"{target} was {participle or past} by {subject}"
    else:
        clause = f"{subject} {past} {target}"
    circumstances = [words[part] for part in ("place", "time") if part in words]
    if circumstances and rng.random() < 0.4:
        clause = f"{circumstances.pop(int(rng.integers(len(circumstances))))} {clause}"
    text = " ".join([clause, *circumstances])
    return f"{text[0].upper()}{text[1:]}."


def _word(concept: str, rng: np.random.Generator) -> str:
    return str(rng.choice(LEXICON[concept].words))


def _noun_phrase(determiner: str, trait: str | None, noun: str) -> str:
    phrase = noun if trait is None else f"{trait} {noun}"
    article = determiner == "a" and phrase[0] in "aeiou"
    return f"{'an' if article else determiner} {phrase}"
