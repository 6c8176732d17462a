"""The generated sentence pairs: labels against brute force, balance, disjointness, determinism."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from vicinal.data.sentence_grammar import (
    DETERMINERS,
    QUANTIFIERS,
    Meaning,
    entails,
    equivalent,
    is_kind_of,
    sentence,
    similarity,
)
from vicinal.data.sentence_lexicon import LEXICON, OPPOSITES
from vicinal.data.sentence_pairs import edited, random_meaning, sentence_pairs

DOCTOR = Meaning("some", "doctor", "buy", "car", "tall", "crimson", "kitchen", "monday morning")


def test_every_word_has_one_meaning() -> None:
    """A word names one concept, so that a sentence can be read back."""
    words = Counter(
        form for concept in LEXICON.values() for word in concept.words for form in word.split("|")
    )
    assert {word for word, count in words.items() if count > 1} == set()
    assert {parent for concept in LEXICON.values() for parent in concept.parents} <= set(LEXICON)
    assert {name for pair in OPPOSITES for name in pair} <= set(LEXICON)
    for left, right in OPPOSITES:
        assert LEXICON[left].kind == LEXICON[right].kind
        assert not is_kind_of(left, right)


def test_the_order_of_concepts() -> None:
    assert is_kind_of("doctor", "person")
    assert not is_kind_of("person", "doctor")
    assert is_kind_of("monday morning", "monday")
    assert is_kind_of("monday morning", "morning")
    assert is_kind_of("tall", None)
    assert not is_kind_of(None, "tall")


@pytest.mark.parametrize(
    ("premise", "hypothesis", "follows"),
    [
        (DOCTOR, replace(DOCTOR, subject="worker", object="vehicle"), True),
        (DOCTOR, replace(DOCTOR, subject_trait=None, time="morning", place="house"), True),
        (DOCTOR, replace(DOCTOR, verb="sell"), False),
        (replace(DOCTOR, object_trait="red"), DOCTOR, False),
        (replace(DOCTOR, quantifier="every"), DOCTOR, True),
        (DOCTOR, replace(DOCTOR, quantifier="every"), False),
        (Meaning("every", "worker", "buy", "car"), Meaning("every", "doctor", "get", "car"), True),
        (Meaning("every", "doctor", "buy", "car"), Meaning("every", "worker", "buy", "car"), False),
        (Meaning("every", "worker", "buy", "car"), Meaning("some", "doctor", "buy", "car"), False),
        (Meaning("no", "worker", "get", "car"), Meaning("no", "doctor", "steal", "car"), True),
        (Meaning("no", "doctor", "buy", "car"), Meaning("no", "doctor", "get", "car"), False),
        (
            Meaning("no", "doctor", "get", "car"),
            Meaning("not every", "worker", "buy", "car", object_trait="red"),
            True,
        ),
        (
            Meaning("some", "doctor", "help", "lawyer"),
            Meaning("some", "lawyer", "help", "doctor"),
            False,
        ),
    ],
)
def test_entailment_of_hand_made_pairs(
    premise: Meaning, hypothesis: Meaning, follows: bool
) -> None:
    assert entails(premise, hypothesis) is follows


# Brute force: all worlds of up to two persons, each with at most two events.
_LEAVES = {
    "subject": ("person", "worker", "doctor", "lawyer"),
    "subject_trait": (None, "tall"),
    "verb": ("get", "buy", "move"),
    "object": ("object", "vehicle", "car"),
    "object_trait": (None, "red", "crimson"),
    "time": (None, "monday", "monday morning"),
}
_PREDICATE = ("verb", "object", "object_trait", "time")


def _ancestors(name: str | None) -> set[str | None]:
    found, todo = {name, None}, [name]
    while todo:
        concept = todo.pop()
        for parent in LEXICON[concept].parents if concept else ():
            found.add(parent)
            todo.append(parent)
    return found


def _holds(quantifier: str, persons: tuple[tuple[bool, bool], ...]) -> bool:
    """Truth of Q(S, P) in a world whose persons have the truth values (S, P)."""
    values = [p for s, p in persons if s]
    return {
        "some": any(values),
        "every": all(values),
        "no": not any(values),
        "not every": not all(values),
    }[quantifier]


def _follows_in_every_world(premise: Meaning, hypothesis: Meaning) -> bool:
    pair = (premise, hypothesis)
    events = {
        tuple(
            all(
                getattr(m, part) in _ancestors(v) for part, v in zip(_PREDICATE, event, strict=True)
            )
            for m in pair
        )
        for event in itertools.product(*(_LEAVES[part] for part in _PREDICATE))
    } | {(False, False)}
    deeds = {(a or c, b or d) for (a, b), (c, d) in itertools.product(events, events)}
    natures = {
        tuple(m.subject in _ancestors(noun) and m.subject_trait in _ancestors(trait) for m in pair)
        for noun, trait in itertools.product(_LEAVES["subject"], _LEAVES["subject_trait"])
    } | {(False, False)}
    persons = [tuple(zip(*person, strict=True)) for person in itertools.product(natures, deeds)]
    for world in itertools.chain(
        ((person,) for person in persons), itertools.combinations(persons, 2)
    ):
        first, second = zip(*world, strict=True)
        exists = any(is_subject for is_subject, _ in first)
        if (
            exists
            and _holds(premise.quantifier, first)
            and not _holds(hypothesis.quantifier, second)
        ):
            return False
    return True


def test_entailment_equals_truth_in_all_small_worlds() -> None:
    rng = np.random.default_rng(0)

    def draw() -> Meaning:
        parts = {part: options[rng.integers(len(options))] for part, options in _LEAVES.items()}
        return Meaning(QUANTIFIERS[rng.integers(4)], **parts)

    outcomes: Counter[tuple[str, str, bool]] = Counter()
    for _ in range(250):
        premise = draw()
        part = rng.choice(list(_LEAVES))
        hypothesis = replace(premise, quantifier=QUANTIFIERS[rng.integers(4)])
        hypothesis = replace(hypothesis, **{part: getattr(draw(), part)})
        truth = _follows_in_every_world(premise, hypothesis)
        assert entails(premise, hypothesis) is truth, (premise, hypothesis)
        outcomes[premise.quantifier, hypothesis.quantifier, truth] += 1
    followed = {key[:2] for key in outcomes if key[2]}
    assert followed == {
        ("some", "some"),
        ("every", "every"),
        ("no", "no"),
        ("not every", "not every"),
        ("every", "some"),
        ("no", "not every"),
    }


def test_equivalence_is_sameness_of_meaning() -> None:
    rng = np.random.default_rng(1)
    for _ in range(300):
        first = random_meaning(rng)
        second = edited(first, int(rng.integers(0, 3)), rng)
        assert equivalent(first, second) is (first == second)


def test_similarity_of_hand_made_pairs() -> None:
    base = Meaning("some", "doctor", "buy", "car")  # weights 2 + 2 + 3 + 2 = 9
    assert similarity(base, base) == 5
    assert similarity(base, replace(base, verb="get")) == pytest.approx(5 * (6 + 1.5) / 9)
    assert similarity(base, replace(base, verb="steal")) == pytest.approx(5 * (6 + 0.75) / 9)
    assert similarity(base, replace(base, verb="move")) == pytest.approx(5 * 6 / 9)
    assert similarity(base, replace(base, quantifier="every")) == pytest.approx(5 * 8 / 9)
    assert similarity(base, replace(base, quantifier="no")) == pytest.approx(5 * 7 / 9)
    assert similarity(base, replace(base, time="july")) == pytest.approx(5 * 9.5 / 10)
    swapped = Meaning("some", "pilot", "help", "boy"), Meaning("some", "boy", "help", "pilot")
    assert similarity(*swapped) == pytest.approx(5 * 5 / 9)


def test_similarity_is_symmetric_and_bounded() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        first = random_meaning(rng)
        second = edited(first, 4, rng)
        assert similarity(first, second) == similarity(second, first)
        assert 0 <= similarity(first, second) <= 5


def _read(text: str) -> Meaning:
    """The meaning of a sentence, from its words: a parser that shares no code with the writer."""
    rest = text.rstrip(".").lower()
    found: dict[str, str] = {}
    for name, concept in LEXICON.items():
        if concept.kind in ("place", "time"):
            for phrase in concept.words:
                if rest.startswith(f"{phrase} ") or f" {phrase} " in f"{rest} ":
                    longest = found.get(concept.kind)
                    if longest is None or len(longest) < len(name):
                        found[concept.kind] = name
    for kind in ("time", "place"):
        if kind in found:
            for phrase in LEXICON[found[kind]].words:
                rest = f" {rest} ".replace(f" {phrase} ", " ").strip()
    forms = {
        form: (name, concept.kind)
        for name, concept in LEXICON.items()
        for word in concept.words
        for form in word.split("|")
    }
    passive = " was " in rest
    left, verb, right = _split_at_verb(rest.replace(" was ", " ").replace(" by ", " "), forms)
    subject, target = (right, left) if passive else (left, right)
    parts = {"verb": verb, **found}
    for role, phrase in (("subject", subject), ("object", target)):
        for word in phrase.split():
            name, kind = forms.get(word, (None, None))
            if name is not None:
                parts[f"{role}_trait" if kind.endswith("trait") else role] = name
    quantifiers = {
        determiner: quantifier
        for quantifier, determiners in DETERMINERS.items()
        for determiner in (*determiners, *(("an",) if quantifier == "some" else ()))
    }
    longest = max((d for d in quantifiers if f"{subject} ".startswith(f"{d} ")), key=len)
    return Meaning(quantifiers[longest], **parts)


def _split_at_verb(text: str, forms: dict[str, tuple[str, str]]) -> tuple[str, str, str]:
    words = text.split()
    place = next(i for i, w in enumerate(words) if forms.get(w, ("", ""))[1].startswith("act"))
    return " ".join(words[:place]), forms[words[place]][0], " ".join(words[place + 1 :])


def test_sentences_can_be_read_back() -> None:
    rng = np.random.default_rng(3)
    for _ in range(500):
        meaning = random_meaning(rng)
        text = sentence(meaning, rng)
        assert _read(text) == meaning, text


@pytest.mark.parametrize("task", ["entailment", "similarity", "paraphrase"])
def test_labels_follow_from_the_texts(task: str) -> None:
    """Texts parsed back to meanings give the labels that the data set states."""
    data = sentence_pairs(task, 150, 60, seed=4)
    for split in ("train", "test"):
        for (first, second), label in zip(data.inputs[split], data.labels[split], strict=True):
            meanings = _read(first), _read(second)
            expected = {
                "entailment": float(not entails(*meanings)),
                "similarity": similarity(*meanings),
                "paraphrase": float(meanings[0] == meanings[1]),
            }[task]
            assert label == pytest.approx(expected)


@pytest.mark.parametrize("task", ["entailment", "similarity", "paraphrase"])
def test_shapes_balance_and_disjointness(task: str) -> None:
    data = sentence_pairs(task, 601, 300, seed=0)
    assert data.inputs["train"].shape == (601, 2)
    assert data.inputs["train"].dtype.kind == "U"
    pairs = [frozenset(pair) for split in ("train", "test") for pair in data.inputs[split]]
    assert len(set(pairs)) == 901
    assert all(len(pair) == 2 for pair in pairs)
    if task == "similarity":
        assert data.task == "regression"
        counts = np.histogram(data.labels["train"], bins=5, range=(0, 5))[0]
        assert counts.min() > 30
    else:
        assert np.bincount(data.labels["train"]).tolist() == [301, 300]
        assert np.bincount(data.labels["test"]).tolist() == [150, 150]
        assert data.class_names[1 if task == "entailment" else 0].startswith("not_")


@pytest.mark.parametrize("task", ["entailment", "paraphrase"])
def test_word_overlap_hardly_tells_the_classes(task: str) -> None:
    """The best threshold on the share of common words stays well below certainty."""
    data = sentence_pairs(task, 600, 1, seed=0)
    overlap = []
    for first, second in data.inputs["train"]:
        left, right = ({*text.lower().rstrip(".").split()} for text in (first, second))
        overlap.append(len(left & right) / len(left | right))
    accuracies = [
        np.mean((np.array(overlap) >= threshold) == data.labels["train"]) for threshold in overlap
    ]
    assert max(*accuracies, *(1 - np.array(accuracies))) < 0.75


def test_the_seed_decides() -> None:
    first, again, other = (sentence_pairs("entailment", 50, 20, seed) for seed in (5, 5, 6))
    for split in ("train", "test"):
        assert np.array_equal(first.inputs[split], again.inputs[split])
        assert np.array_equal(first.labels[split], again.labels[split])
    assert not np.array_equal(first.inputs["train"], other.inputs["train"])


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="allowed are entailment, similarity, paraphrase"):
        sentence_pairs("sentiment", 10, 10, 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n_test 0"):
        sentence_pairs("entailment", 10, 0, 0)
