"""Sentence pairs with exact labels, made from the project's own grammar.

Stand-ins of the GLUE tasks RTE (entailment), STS-B (similarity) and MRPC (paraphrase) that need no
download. The second sentence's meaning is the first one's after a few edits, so that the words
overlap in every class, and the label follows from the two meanings (`sentence_grammar`), never
from the edits. Bags of words do not suffice: exchanged roles ("a doctor helped a lawyer", "a
lawyer helped a doctor"), passives, synonyms, and quantifiers that turn the direction in which a
word may be replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from vicinal.data.dataset import Dataset
from vicinal.data.sentence_grammar import (
    QUANTIFIERS,
    Meaning,
    entails,
    equivalent,
    sentence,
    similarity,
)
from vicinal.data.sentence_lexicon import LEXICON, OPPOSITES, Kind

PairTask = Literal["entailment", "similarity", "paraphrase"]
CLASS_NAMES: dict[PairTask, tuple[str, ...]] = {
    "entailment": ("entailment", "not_entailment"),
    "similarity": (),
    "paraphrase": ("not_paraphrase", "paraphrase"),
}
_OPPOSITE = {**dict(OPPOSITES), **{right: left for left, right in OPPOSITES}}
_OPTIONAL = ("subject_trait", "object_trait", "place", "time")
_ATTEMPTS_PER_PAIR = 1000


def sentence_pairs(task: PairTask, n_train: int, n_test: int, seed: int) -> Dataset:
    """Labelled sentence pairs of one task.

    Inputs: unicode (n, 2). Labels: `entailment` 0 entailment / 1 not_entailment (first sentence
    the premise), `paraphrase` 0 not_paraphrase / 1 paraphrase (same meaning), both with half of
    each class in each split; `similarity` float64 in [0, 5] (`sentence_grammar.similarity`).
    No pair occurs twice, in either order, within or across the splits. The same seed gives the
    same pairs; the three tasks draw different ones.
    Raises ValueError for an unknown task, negative sizes, or more pairs than the grammar yields.
    """
    if task not in get_args(PairTask):
        raise ValueError(f"task is {task!r}; allowed are {', '.join(get_args(PairTask))}")
    if n_train < 1 or n_test < 1:
        raise ValueError(f"n_train is {n_train} and n_test {n_test}; each is at least 1")
    rng = np.random.default_rng([seed, get_args(PairTask).index(task)])
    taken: set[frozenset[str]] = set()
    inputs, labels = {}, {}
    for split, size in (("train", n_train), ("test", n_test)):
        pairs = [_new_pair(task, i, rng, taken) for i in range(size)]
        order = rng.permutation(size)
        inputs[split] = np.array([pair[:2] for pair in pairs])[order]
        dtype = np.float64 if task == "similarity" else np.int64
        labels[split] = np.array([pair[2] for pair in pairs], dtype=dtype)[order]
    kind: Literal["regression", "classification"] = (
        "regression" if task == "similarity" else "classification"
    )
    return Dataset(kind, inputs, labels, CLASS_NAMES[task])


def _new_pair(
    task: PairTask, number: int, rng: np.random.Generator, taken: set[frozenset[str]]
) -> tuple[str, str, float]:
    """The next pair; classes alternate with its number, so that they are balanced."""
    for _ in range(_ATTEMPTS_PER_PAIR):
        first = random_meaning(rng)
        second = _DRAWS[task](first, number, rng)
        label = pair_label(task, first, second)
        if task != "similarity" and label != number % 2:
            continue
        texts = sentence(first, rng), sentence(second, rng)
        if texts[0] != texts[1] and frozenset(texts) not in taken:
            taken.add(frozenset(texts))
            return *texts, label
    raise ValueError(f"no new {task} pair after {len(taken)}; ask for fewer samples")


def pair_label(task: PairTask, first: Meaning, second: Meaning) -> float:
    """The label of two meanings: a class number, or the similarity score."""
    if task == "entailment":
        return float(not entails(first, second))
    if task == "paraphrase":
        return float(equivalent(first, second))
    return similarity(first, second)


def _draw_for_entailment(first: Meaning, number: int, rng: np.random.Generator) -> Meaning:
    return edited(first, int(rng.integers(1, 4)), rng)


def _draw_for_paraphrase(first: Meaning, number: int, rng: np.random.Generator) -> Meaning:
    return first if number % 2 == 1 else edited(first, int(rng.integers(1, 3)), rng)


def _draw_for_similarity(first: Meaning, number: int, rng: np.random.Generator) -> Meaning:
    edits = number % 9
    return random_meaning(rng) if edits == 8 else edited(first, edits, rng)


_DRAWS: dict[PairTask, Callable[[Meaning, int, np.random.Generator], Meaning]] = {
    "entailment": _draw_for_entailment,
    "similarity": _draw_for_similarity,
    "paraphrase": _draw_for_paraphrase,
}


def random_meaning(rng: np.random.Generator) -> Meaning:
    """A meaning drawn part by part; adjectives, place and time are said half of the time."""
    verb = _any_of(("act_on_person", "act_on_thing"), rng)
    meaning = Meaning(
        quantifier=QUANTIFIERS[int(rng.integers(len(QUANTIFIERS)))],
        subject=_any_of(("person",), rng),
        verb=verb,
        object=_any_of((_object_kind(verb),), rng),
    )
    for part in _OPTIONAL:
        if rng.random() < 0.5:
            meaning = _with_part(meaning, part, _any_of((_kind_of_part(meaning, part),), rng))
    return meaning


def edited(meaning: Meaning, edits: int, rng: np.random.Generator) -> Meaning:
    """The meaning after so many random changes; a later change may undo an earlier one."""
    for _ in range(edits):
        edit = _EDITS[int(rng.choice(len(_EDITS), p=_EDIT_PROBABILITIES))]
        meaning = edit(meaning, rng)
    return meaning


def _object_kind(verb: str) -> Kind:
    return "person" if LEXICON[verb].kind == "act_on_person" else "thing"


def _kind_of_part(meaning: Meaning, part: str) -> Kind:
    kinds: dict[str, Kind] = {
        "subject": "person",
        "subject_trait": "person_trait",
        "verb": LEXICON[meaning.verb].kind,
        "object": _object_kind(meaning.verb),
        "object_trait": "person_trait" if _object_kind(meaning.verb) == "person" else "thing_trait",
        "place": "place",
        "time": "time",
    }
    return kinds[part]


def _with_part(meaning: Meaning, part: str, concept: str | None) -> Meaning:
    changes: dict[str, Any] = {part: concept}
    return replace(meaning, **changes)


def _any_of(kinds: tuple[Kind, ...], rng: np.random.Generator) -> str:
    names = [name for name, concept in LEXICON.items() if concept.kind in kinds]
    return names[int(rng.integers(len(names)))]


def _change_part(
    meaning: Meaning, rng: np.random.Generator, options: Callable[[str], list[str]]
) -> Meaning:
    """Replace one part, among those for which there are options, by one of them."""
    choices = [
        (part, other)
        for part in ("subject", "verb", "object", *_OPTIONAL)
        if getattr(meaning, part) is not None
        for other in options(getattr(meaning, part))
    ]
    if not choices:
        return meaning
    part, other = choices[int(rng.integers(len(choices)))]
    return _with_part(meaning, part, other)


def _widen(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    return _change_part(meaning, rng, lambda name: sorted(LEXICON[name].parents))


def _narrow(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    return _change_part(
        meaning, rng, lambda name: [n for n, c in LEXICON.items() if name in c.parents]
    )


def _oppose(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    return _change_part(meaning, rng, lambda name: [_OPPOSITE[name]] if name in _OPPOSITE else [])


def _redraw(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    return _change_part(meaning, rng, lambda name: [_any_of((LEXICON[name].kind,), rng)])


def _say_or_omit(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    """Omit an adjective, place or time that was said, or say one that was not."""
    part = _OPTIONAL[int(rng.integers(len(_OPTIONAL)))]
    unsaid = getattr(meaning, part) is None
    said = _any_of((_kind_of_part(meaning, part),), rng) if unsaid else None
    return _with_part(meaning, part, said)


def _requantify(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    others = [quantifier for quantifier in QUANTIFIERS if quantifier != meaning.quantifier]
    return replace(meaning, quantifier=others[int(rng.integers(len(others)))])


def _exchange_roles(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    """Subject and object change places where both are persons."""
    if _object_kind(meaning.verb) != "person":
        return meaning
    return replace(
        meaning,
        subject=meaning.object,
        object=meaning.subject,
        subject_trait=meaning.object_trait,
        object_trait=meaning.subject_trait,
    )


_EDITS = (_widen, _narrow, _oppose, _redraw, _say_or_omit, _requantify, _exchange_roles)
_EDIT_PROBABILITIES = (0.25, 0.2, 0.1, 0.05, 0.2, 0.1, 0.1)
