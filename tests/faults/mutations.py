"""Seeded damage to a configuration, of the kinds that people and their tools do."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Config = dict[str, Any]
Place = tuple[Any, Any]  # a mapping or a list, and the key or the number of an entry

WRONG_VALUES = (
    None, True, False, "", " ", "yes", "1e-3", "0", 0, 1, -1, 3, 2**31, 10**400, -(10**400),
    0.5, -0.5, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"), [], {}, [None], [[]],
    {"": None}, {"a": {"b": 1}}, [1, 2, 3], ["x", "x"], "digits_lenet5", "é ∑ \u202e", "a\nb",
    "\x00", "../..", "/", "{results}", "{", "}", "x" * 5000, {1: 2}, {None: 1}, b"bytes", (1, 2),
)  # fmt: skip


def places(node: Any) -> Iterator[Place]:
    """Every entry of every mapping and list below a node."""
    entries = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in entries:
        yield node, key
        if isinstance(value, dict | list):
            yield from places(value)


def mutated(config: Config, seed: int) -> tuple[Config, str]:
    """A copy with one or two mutations, and what they were."""
    rng = random.Random(seed)
    config, done = copy.deepcopy(config), []
    for _ in range(rng.choice((1, 1, 2))):
        kind = rng.choice(KINDS)
        done.append(f"{kind.__name__}: {kind(config, rng)}")
    return config, "; ".join(done)


def _any_place(config: Config, rng: random.Random) -> Place:
    return rng.choice(list(places(config)) or [(config, "seed")])


def _delete(config: Config, rng: random.Random) -> str:
    holder, key = _any_place(config, rng)
    if isinstance(holder, dict):
        holder.pop(key, None)
    else:
        del holder[key]
    return repr(key)


def _replace(config: Config, rng: random.Random) -> str:
    holder, key = _any_place(config, rng)
    holder[key] = copy.deepcopy(rng.choice(WRONG_VALUES))
    return f"{key!r} = {holder[key]!r:.60}"


def _change_number(config: Config, rng: random.Random) -> str:
    numbers = [
        (holder, key)
        for holder, key in places(config)
        if isinstance(holder[key], int | float) and not isinstance(holder[key], bool)
    ]
    holder, key = rng.choice(numbers or [_any_place(config, rng)])
    old = holder[key] if isinstance(holder[key], int | float) else 1
    with_sign = (
        -old,
        old + 1,
        old - 1,
        old / 2,
        float(old),
        str(old),
        0,
        10**12,
        1e-12,
        old * 1000,
    )
    holder[key] = rng.choice(with_sign)
    return f"{key!r} = {holder[key]!r}"


def _misspell(config: Config, rng: random.Random) -> str:
    holder, key = _any_place(config, rng)
    if not isinstance(holder, dict):
        holder[key] = _misspelt(str(holder[key]), rng)
        return repr(holder[key])
    new = _misspelt(str(key), rng)
    holder[new] = holder.pop(key)
    return f"{key!r} -> {new!r}"


def _misspell_text(config: Config, rng: random.Random) -> str:
    texts = [(holder, key) for holder, key in places(config) if isinstance(holder[key], str)]
    holder, key = rng.choice(texts or [_any_place(config, rng)])
    holder[key] = _misspelt(str(holder[key]), rng)
    return f"{key!r} = {holder[key]!r:.60}"


def _misspelt(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return rng.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + "é" + text[at:],
            text.upper(),
            text + " ",
            text[::-1],
        )
    )


def _swap(config: Config, rng: random.Random) -> str:
    (first, a), (second, b) = _any_place(config, rng), _any_place(config, rng)
    value, other = copy.deepcopy(first[a]), copy.deepcopy(second[b])
    first[a], second[b] = other, value
    return f"{a!r} <-> {b!r}"


def _refer_elsewhere(config: Config, rng: random.Random) -> str:
    """A name of another entry: of another kind of data, of another section."""
    names = [key for holder, key in places(config) if isinstance(key, str)]
    texts = [(holder, key) for holder, key in places(config) if isinstance(holder[key], str)]
    holder, key = rng.choice(texts or [_any_place(config, rng)])
    holder[key] = rng.choice(names or ["seed"])
    return f"{key!r} = {holder[key]!r}"


def _nest(config: Config, rng: random.Random) -> str:
    holder, key = _any_place(config, rng)
    holder[key] = rng.choice(([holder[key]], {"value": holder[key]}))
    return repr(key)


def _copy_entry(config: Config, rng: random.Random) -> str:
    holder, key = _any_place(config, rng)
    value = copy.deepcopy(holder[key])
    if isinstance(holder, dict):
        holder["another"] = value
    else:
        holder.append(value)
    return repr(key)


KINDS = (
    _delete, _replace, _replace, _change_number, _change_number, _misspell, _misspell_text, _swap,
    _refer_elsewhere, _refer_elsewhere, _nest, _copy_entry,
)  # fmt: skip
