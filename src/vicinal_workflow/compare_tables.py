"""Two runs' tables, line by line: the measured values that differ, with their intervals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# Say on what a value was measured, not which one it is; or how sure it is.
_ABOUT = {"scale", "data", "unit", "n", "counting", "function", "simulator", "published"}
_ABOUT |= {"published_error", "error_kind", "tolerance", "expected"}
_P_VALUE = re.compile(r"(^|_)p(_value)?$")
# Numbers that name a line; all others are measured.
_NUMBERED = {"difference", "samples", "complexity", "level", "x", "y", "q", "repetition"}
# A standard error's share of the half-width of a 95 % interval.
_NORMAL = 1.96


@dataclass(frozen=True)
class Measured:
    """A value, and its 95 % interval where the table has one."""

    value: float | str
    low: float | None = None
    high: float | None = None

    @property
    def has_interval(self) -> bool:
        """Whether both ends are there."""
        return self.low is not None and self.high is not None


@dataclass(frozen=True)
class ChangedValue:
    """A value that differs: of which line, in which column; None where a run has none.

    scales : what only one of the lines says of its data and scale, where that differs.
    """

    line: str
    column: str
    here: Measured | None
    there: Measured | None
    scales: tuple[str, str] | None = None

    @property
    def difference(self) -> float | None:
        """Here less there, of numbers."""
        values = [found.value for found in (self.here, self.there) if found is not None]
        if len(values) < 2 or any(isinstance(value, str) for value in values):
            return None
        return float(values[0]) - float(values[1])

    @property
    def overlap(self) -> bool | None:
        """Whether the intervals have a point in common; None where a run has none."""
        ours, theirs = self.here, self.there
        if ours is None or theirs is None or None in (ours.low, ours.high, theirs.low, theirs.high):
            return None
        return bool(ours.low <= theirs.high and theirs.low <= ours.high)  # type: ignore[operator]


@dataclass(frozen=True)
class ChangedTable:
    """What differs in one table. equal : number of values that are the same in both runs."""

    path: str
    changed: Sequence[ChangedValue]
    equal: int
    only_here: Sequence[str] = ()
    only_there: Sequence[str] = ()


def compare_tables(path: str, here: pd.DataFrame, there: pd.DataFrame) -> ChangedTable:
    """Two runs' versions of a table. Lines are matched by what they are of, not by their number."""
    ours, theirs = _lines(here), _lines(there)
    changed: list[ChangedValue] = []
    equal = 0
    intervals = _intervals(here) | _intervals(there)
    for name in ours.keys() & theirs.keys():
        for column in _measured_columns(here, there):
            first = _measured(ours[name], column, intervals)
            second = _measured(theirs[name], column, intervals)
            if first == second:
                equal += first is not None
            else:
                scales = _scales(ours[name], theirs[name])
                changed.append(ChangedValue(", ".join(name), column, first, second, scales))
    order = {name: number for number, name in enumerate(map(", ".join, ours))}
    columns = {column: number for number, column in enumerate(here.columns)}
    changed.sort(key=lambda found: (order[found.line], columns.get(found.column, len(columns))))
    only_here = [", ".join(name) for name in ours if name not in theirs]
    only_there = [", ".join(name) for name in theirs if name not in ours]
    return ChangedTable(path, changed, equal, only_here, only_there)


def with_kinds_of_errors(comparison: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The comparison with the papers, its errors turned into half-widths of 95 % intervals.

    published : the list of published figures, which says of which kind the errors are.
    """
    key = ["study", "item", "row", "metric"]
    kinds = published.set_index(key)["error_kind"]
    kind = comparison.join(kinds, on=key)["error_kind"]
    error = comparison["measured_error"].astype(float)
    half_width = error.where(kind == "interval", _NORMAL * error).where(kind.notna())
    table = comparison.drop(columns=["published", "published_error", "measured_error"])
    table.insert(list(table.columns).index("measured") + 1, "half_width", half_width)
    return table


def _lines(table: pd.DataFrame) -> dict[tuple[str, ...], dict[str, Any]]:
    """What a line is of -> the line. Lines of the same words are told apart by their order."""
    texts = {column for column in table if _is_text(table[column])} - _ABOUT
    named = [str(column) for column in table if column in texts | _NUMBERED]
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for record in table.to_dict("records"):
        line = {str(column): value for column, value in record.items()}
        # A complexity that was found is a value; one at which a value was measured names it.
        found = line.get("at") == "best"
        words = [
            _word(column, line[column])
            for column in named
            if not pd.isna(line[column]) and not (found and column == "complexity")
        ]
        name = tuple(words)
        number = 1
        while name in lines:
            number += 1
            name = (*words, f"no. {number}")
        lines[name] = line
    return lines


def _word(column: Any, value: Any) -> str:
    return str(value) if isinstance(value, str) else f"{column} {value:g}"


def _is_text(column: pd.Series) -> bool:
    """Whether a column holds words; truth values, and those with gaps, are none."""
    if pd.api.types.is_numeric_dtype(column):
        return False
    return not set(column.dropna()) <= {True, False, "True", "False"}


def _measured_columns(here: pd.DataFrame, there: pd.DataFrame) -> list[str]:
    parts = {
        part for table in (here, there) for ends in _intervals(table).values() for part in ends
    }
    found = []
    for column in dict.fromkeys([*here.columns, *there.columns]):
        of_text = any(column in table and _is_text(table[column]) for table in (here, there))
        named = of_text or column in (_NUMBERED - {"complexity"})
        if not (named or column in parts or column in _ABOUT or _P_VALUE.search(column)):
            found.append(column)
    return found


def _intervals(table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Column -> the columns of its interval: one of a half-width or standard error, or both ends.

    Ends belong to the column of their name (`bias`, `bias_half_width`), else to the one before.
    """
    columns = list(table.columns)
    found: dict[str, tuple[str, ...]] = {}
    for number, column in enumerate(columns):
        for ending in ("half_width", "low", "error", "standard_error"):
            if column != ending and not column.endswith(f"_{ending}"):
                continue
            owner = column.removesuffix(ending).rstrip("_")
            if owner not in columns or _is_text(table[owner]):
                # `rmse, standard_error` are two things: only a mean's is its own.
                if ending == "error" or (
                    ending == "standard_error" and columns[number - 1] != "mean"
                ):
                    continue
                owner = columns[number - 1]
            high = column.removesuffix("low") + "high"
            if ending != "low":
                found.setdefault(owner, (column,))
            elif high in columns:
                found.setdefault(owner, (column, high))
    return found


def _measured(
    line: Mapping[str, Any], column: str, intervals: Mapping[str, tuple[str, ...]]
) -> Measured | None:
    value = line.get(column)
    if value is None or pd.isna(value):
        return None
    if isinstance(value, str | bool | np.bool_):
        return Measured("yes" if str(value) == "True" else "no")
    parts = [line.get(part, np.nan) for part in intervals.get(column, ())]
    if not parts or any(pd.isna(part) for part in parts):
        return Measured(float(value))
    if len(parts) == 2:
        return Measured(float(value), float(parts[0]), float(parts[1]))
    is_half_width = intervals[column][0].endswith("half_width")
    half_width = float(parts[0]) * (1.0 if is_half_width else _NORMAL)
    return Measured(float(value), float(value) - half_width, float(value) + half_width)


def _scales(here: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[str, str] | None:
    """What one line says of its data and scale, and the other does not; None where both agree."""
    ours, theirs = (
        [
            part
            for key in ("data", "scale")
            if isinstance(line.get(key), str)
            for part in line[key].split("; ")
        ]
        for line in (here, there)
    )
    if ours == theirs:
        return None
    only_ours = "; ".join(part for part in ours if part not in theirs)
    only_theirs = "; ".join(part for part in theirs if part not in ours)
    return only_ours or "–", only_theirs or "–"
