"""How far a training is, from the lines of JSON that it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

Line = Mapping[str, Any]

# What a line counts, and what it may be the epoch of.
UNITS = ("epoch", "iteration")
PARTS = ("network", "repetition")
# The measures that are shown, where a line has them.
MEASURES = (
    "loss",
    "reconstruction",
    "discriminator_loss",
    "generator_loss",
    "train_accuracy",
    "validation_accuracy",
    "masked_accuracy",
)
# Lines whose median time is that of the next ones.
RECENT = 10


@dataclass(frozen=True)
class Progress:
    """Where a training stands.

    unit, done, of : epochs (or iterations) of its present part; `of` None where no line says it.
    part, number, parts : network (or repetition), the how-manieth of how many.
    measures : of the last line; the mean of those that stand for several networks.
    step : how many epochs a line stands for.
    seconds : those of one epoch, lately; None where no line says it.
    left : seconds until the end at that speed; None where that cannot be said.
    """

    unit: str
    done: int
    of: int | None
    part: str | None
    number: int
    parts: int | None
    measures: dict[str, float]
    step: int
    seconds: float | None
    left: float | None

    @property
    def is_over(self) -> bool:
        """Whether the last line says that no other follows."""
        return self.done == self.of and (self.parts is None or self.number == self.parts)


def read_lines(path: Path) -> list[Line]:
    """The whole lines of a log; the half of one at its end, while it is written, is left out.

    A log that is not there has no lines.
    """
    try:
        written = path.read_bytes()
    except OSError:
        return []
    lines: list[Line] = []
    for text in written[: written.rfind(b"\n") + 1].splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and any(unit in line for unit in UNITS):
            lines.append(line)
    return lines


def progress_of(lines: Sequence[Line]) -> Progress | None:
    """Where the training that wrote these lines stands; None before its first line."""
    if not lines:
        return None
    last = lines[-1]
    unit = next(unit for unit in UNITS if unit in last)
    part = next((part for part in PARTS if part in last), None)
    number = len({line.get(part) for line in lines}) if part else 1
    of = last.get("of", {})
    steps = [_step(before, line, unit, part) for before, line in _pairs(lines)]
    seconds = _recent_seconds(lines, steps)
    left = None
    if seconds is not None and unit in of and (part is None or part in of):
        parts_left = of[part] - number if part else 0
        left = seconds * (of[unit] - last[unit] + parts_left * of[unit])
    return Progress(
        unit=unit,
        done=last[unit],
        of=of.get(unit),
        part=part,
        number=number,
        parts=of.get(part) if part else None,
        measures=_measures(last),
        step=max(1, steps[-1]),
        seconds=seconds,
        left=left,
    )


def _pairs(lines: Sequence[Line]) -> Iterator[tuple[Line | None, Line]]:
    """Each line with the one before it."""
    return zip([None, *lines[:-1]], lines, strict=True)


def _step(before: Line | None, line: Line, unit: str, part: str | None) -> int:
    """How many epochs a line stands for: those since the line before, of the same part."""
    same = before is not None and (part is None or before.get(part) == line.get(part))
    return int(line[unit] - (before[unit] if same and before is not None else 0))


def _recent_seconds(lines: Sequence[Line], steps: Sequence[int]) -> float | None:
    """The median seconds of one epoch over the last lines."""
    pairs = zip(lines, steps, strict=True)
    found = [line["seconds"] / step for line, step in pairs if step > 0 and "seconds" in line]
    return median(found[-RECENT:]) if found else None


def _measures(line: Line) -> dict[str, float]:
    """The measures of a line that are numbers; of those for several networks, the mean."""
    found = {}
    for name in MEASURES:
        values = line.get(name)
        values = values if isinstance(values, list) else [values]
        if values and all(isinstance(value, (int, float)) for value in values):
            found[name] = mean(values)
    # The accuracy on validation samples is the one that tells more.
    if "validation_accuracy" in found:
        found.pop("train_accuracy", None)
    return found
