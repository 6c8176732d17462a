"""A user's own table file: columns of cells as text, with their rows kept for messages."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Table:
    """Cells by column, and the row of each in the file (the header is row 1).

    Every column has as many cells as there are rows.
    """

    path: Path
    columns: dict[str, list[str]]
    rows: Sequence[int]

    def place(self, number: int, column: str) -> str:
        """Where a sample's cell stands, for messages."""
        return f"{self.path}, row {self.rows[number]}, column {column}"

    def column(self, name: str) -> list[str]:
        """The cells of a column. Raises ValueError listing the columns where it is absent."""
        if name not in self.columns:
            one = len(self.columns) == 1
            hint = "; one column only: is the separator right?" if one else ""
            known = ", ".join(self.columns)
            raise ValueError(f"{self.path}: no column {name!r}; the header has {known}{hint}")
        return self.columns[name]


def read_table(path: Path, separator: str = ",", *, quotes: bool = True) -> Table:
    """Read a UTF-8 file with a header line.

    separator : one character.      quotes : cells may stand in double quotes, which then may hold
        separators and line breaks; False takes quotation marks as any other character.
    Blanks around the names in the header are dropped, blank lines skipped.
    Raises ValueError that names file and row for text that is not UTF-8, an open quote, a name
    that stands twice in the header and a row of another width than the header.
    """
    if len(separator) != 1:
        raise ValueError(f"separator is {separator!r}; one character is allowed")
    try:
        records = list(_records(path, separator, quotes))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from error
    if not records:
        raise ValueError(f"{path}: the file is empty; a header line is needed")
    header = [name.strip() for name in records[0][1]]
    name, times = Counter(header).most_common(1)[0]
    if times > 1:
        raise ValueError(f"{path}: column {name!r} stands in the header {times} times")
    for row, cells in records[1:]:
        if len(cells) != len(header):
            raise ValueError(
                f"{path}, row {row}: {len(cells)} cells; the header has {len(header)} columns"
            )
    cells_of = zip(*(cells for _, cells in records[1:]), strict=True)
    columns = dict(zip(header, map(list, cells_of), strict=False))
    rows = [row for row, _ in records[1:]]
    if not rows:
        raise ValueError(f"{path}: no rows below the header")
    return Table(path, columns, rows)


def _records(path: Path, separator: str, quotes: bool) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, numbered from 1 as a spreadsheet shows them."""
    records = []
    row = 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(
            file,
            delimiter=separator,
            quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
            strict=True,
        )
        try:
            for row, cells in enumerate(reader, 1):
                if cells:
                    records.append((row, cells))
        except csv.Error as error:
            raise ValueError(f"{path}, row {row + 1}: {error}") from error
    return records
