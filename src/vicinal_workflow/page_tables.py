"""The tables of the summary page: cells, columns, groups of one setting, and stages' times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vicinal_workflow.page_numbers import (
    Value,
    duration_text,
    is_missing,
    memory_text,
    sort_key,
    value_text,
)

PAPER_SCALE = "paper"


@dataclass(frozen=True)
class Setting:
    """On which data, and at which scale, numbers were made.

    scale : `paper` for the paper's own, else the departures from it, separated by semicolons.
        Empty where there is no paper to compare with.
    """

    data: str
    scale: str = ""

    @property
    def is_papers(self) -> bool:
        """Whether this is the paper's own data and scale."""
        return self.scale == PAPER_SCALE

    @property
    def departures(self) -> list[str]:
        """Where the scale differs from the paper's."""
        return [] if self.is_papers else [p.strip() for p in self.scale.split(";") if p.strip()]


@dataclass(frozen=True)
class Cell:
    """One cell; a bare value stands for `Cell(value)`.

    error : shown behind the value, as in 98.87 ± 0.01.    decimals : overrides the column's.
    text : shown in place of the formatted value, which is then the sort key alone.
    note : a small second line.    title : a tooltip.    bar : length in 0..1 of a bar behind it.
    """

    value: Value
    error: float | None = None
    decimals: int | None = None
    text: str = ""
    note: str = ""
    title: str = ""
    emphasis: Literal["", "strong", "muted", "for", "against"] = ""
    bar: float | None = None

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing to show: None or not a number."""
        return is_missing(self.value) and not self.text

    @property
    def sort_key(self) -> str:
        """What the page sorts by; empty for a missing value, which always comes last."""
        return sort_key(self.value)

    def shown(self, decimals: int | None) -> str:
        """The cell's text in a column of so many decimals."""
        own = self.decimals if self.decimals is not None else decimals
        return self.text or value_text(self.value, self.error, own)


@dataclass(frozen=True)
class Column:
    """A column; `source` gathers neighbours under one heading, published apart from measured."""

    title: str
    hint: str = ""
    numeric: bool = False
    decimals: int | None = None
    source: Literal["", "published", "measured"] = ""


@dataclass(frozen=True)
class Group:
    """Rows of one setting, under a line that names it. Sorting keeps a group together."""

    rows: Sequence[Sequence[Cell | Value]]
    title: str = ""
    remark: str = ""
    setting: Setting | None = None


@dataclass(frozen=True)
class Table:
    """A table. Raises ValueError for a row that is not as long as the columns."""

    title: str
    caption: str
    columns: Sequence[Column]
    groups: Sequence[Group]
    total: Sequence[Cell | Value] = ()

    def __post_init__(self) -> None:
        rows = [row for group in self.groups for row in group.rows]
        for number, row in enumerate([*rows, *([self.total] if self.total else [])], 1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.title!r}, row {number}: {len(row)} cells, "
                    f"{len(self.columns)} columns"
                )

    @property
    def bands(self) -> list[tuple[str, int]]:
        """(source, columns) of neighbouring columns alike; empty where no column has a source."""
        bands: list[tuple[str, int]] = []
        for column in self.columns:
            if bands and bands[-1][0] == column.source:
                bands[-1] = (column.source, bands[-1][1] + 1)
            else:
                bands.append((column.source, 1))
        return bands if any(source for source, _ in bands) else []


@dataclass(frozen=True)
class StageTime:
    """What one stage cost; `seconds` is the sum over its jobs, memory in megabytes."""

    stage: str
    jobs: int
    seconds: float
    longest_seconds: float
    peak_memory_mb: float | None = None
    study: str = ""


def stage_table(stages: Sequence[StageTime]) -> Table:
    """The stages' times, grouped by study, with a bar each and the total."""
    most = max((stage.seconds for stage in stages), default=0.0)
    studies = list(dict.fromkeys(stage.study for stage in stages))
    groups = []
    for study in studies:
        own = [stage for stage in stages if stage.study == study]
        spent = duration_text(sum(stage.seconds for stage in own)) if study else ""
        groups.append(Group([_stage_row(s, most) for s in own], title=study, remark=spent))
    memories = [s.peak_memory_mb for s in stages if s.peak_memory_mb is not None]
    peak = max(memories, default=None)
    longest = max((stage.longest_seconds for stage in stages), default=0.0)
    total = StageTime(
        "Total", sum(s.jobs for s in stages), sum(s.seconds for s in stages), longest, peak
    )
    return Table(
        "Time by stage",
        "Time is summed over a stage’s jobs: jobs that ran side by side count each.",
        [
            Column("Stage"),
            Column("Jobs", numeric=True),
            Column("Time", numeric=True),
            Column("Longest job", numeric=True),
            Column("Peak memory", numeric=True),
        ],
        groups,
        _stage_row(total, 0.0),
    )


def _stage_row(stage: StageTime, most: float) -> list[Cell | Value]:
    memory = stage.peak_memory_mb
    return [
        Cell(stage.stage),
        Cell(stage.jobs),
        Cell(
            stage.seconds,
            text=duration_text(stage.seconds),
            bar=stage.seconds / most if most else None,
        ),
        Cell(stage.longest_seconds, text=duration_text(stage.longest_seconds)),
        Cell(memory, text="" if memory is None or is_missing(memory) else memory_text(memory)),
    ]
