"""The page that sets two runs side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vicinal_workflow.compare_tables import ChangedTable, ChangedValue, Measured
from vicinal_workflow.compare_trees import Setting, State, Tree, holds_times
from vicinal_workflow.page import Cell, Column, Figure, Group, Page, Study, Table
from vicinal_workflow.page_numbers import value_text
from vicinal_workflow.report_labels import CATEGORIES, STUDIES

_STATES: tuple[State, ...] = ("equal", "different", "only here", "only there")
_VALUE_COLUMNS = [
    Column("Line", "what the value is of"),
    Column("Value", "the column of the table"),
    Column("Here", "the value, and its 95 % interval where the table has one", numeric=True),
    Column("There", numeric=True),
    Column("Here less there", numeric=True),
    Column("Intervals overlap"),
]


class _Beside(Figure):
    """One of two pictures of a line, however wide it is."""

    @property
    def is_wide(self) -> bool:
        return False


@dataclass(frozen=True)
class Comparison:
    """Two runs, and how they differ.

    artifacts : path -> how it is in both runs.    settings : where the configurations differ.
    circumstances : commit, versions and machine of both.    pictures : path -> both that differ.
    """

    here: Tree
    there: Tree
    artifacts: Mapping[str, State]
    settings: Sequence[Setting]
    circumstances: Sequence[Setting]
    tables: Sequence[ChangedTable]
    pictures: Mapping[str, tuple[bytes, bytes]]

    @property
    def changes(self) -> list[ChangedValue]:
        """All values that differ."""
        return [value for table in self.tables for value in table.changed]


def compare_page(found: Comparison) -> Page:
    """The page: what differs in words, then the configuration, the artifacts and every study."""
    studies = [_settings_section(found.settings)] if found.settings else []
    studies += [_circumstances_section(found.circumstances), *_study_sections(found)]
    studies += [_artifacts_section(found.artifacts)]
    return Page(
        title="Two runs side by side",
        lead="\n\n".join(_lead(found)),
        studies=studies,
        notes=_notes(found),
    )


def _lead(found: Comparison) -> Iterator[str]:
    yield f"Here is `{found.here.folder}`, there is `{found.there.folder}`."
    states = list(found.artifacts.values())
    changed = [path for path, state in found.artifacts.items() if state == "different"]
    other = [s.path for s in found.circumstances if s.here != s.there]
    if set(states) <= {"equal"} and not found.tables:
        same = f"{len(states)} artifacts are the same, byte by byte."
        yield f"All {same}" if found.settings else f"Nothing differs: all {same}"
    else:
        yield (
            f"Of {_count(len(states), 'artifact')}, {states.count('equal')} the same, "
            f"{len(changed)} different, {states.count('only here')} only here, "
            f"{states.count('only there')} only there."
        )
        if changed and all(map(holds_times, changed)) and not found.settings:
            yield "All that differ hold times by the clock, which no two runs have in common."
    yield (
        f"The configurations differ at {_count(len(found.settings), 'place')}."
        if found.settings
        else "The configurations are the same."
    )
    yield (
        f"What made them differs: {', '.join(other)}."
        if other
        else "Commit, versions and machine are the same."
    )
    yield from _studies_of_one(found.here, found.there)
    yield from _values_in_words(found.changes)


def _studies_of_one(here: Tree, there: Tree) -> Iterator[str]:
    for ours, theirs, where in ((here, there, "here"), (there, here, "there")):
        alone = [CATEGORIES[study] for study in ours.studies if study not in theirs.studies]
        if alone:
            yield f"Only {where}: {', '.join(alone)}. Of these, nothing can be compared."


def _values_in_words(changes: Sequence[ChangedValue]) -> Iterator[str]:
    if not changes:
        return
    known = [value.overlap for value in changes if value.overlap is not None]
    yield (
        f"Different in tables: {_count(len(changes), 'value')}. With a 95 % interval in both runs: "
        f"{len(known)}, of which {known.count(False)} without an overlap."
    )


def _settings_section(settings: Sequence[Setting]) -> Study:
    groups: dict[str, list[Setting]] = {}
    for setting in settings:
        groups.setdefault(setting.path.partition(".")[0], []).append(setting)
    table = Table(
        "Settings that differ",
        "A dash stands where a run has no such key.",
        [Column("Key"), Column("Here"), Column("There")],
        [
            Group(
                [[_broken(s.path), _shortened(s.here), _shortened(s.there)] for s in group],
                title=name,
            )
            for name, group in groups.items()
        ],
    )
    return Study(
        "configuration", "Configuration", "Were both runs asked for the same?", (), [table]
    )


def _circumstances_section(circumstances: Sequence[Setting]) -> Study:
    rows = [
        [
            Cell(s.path),
            *(Cell(value, emphasis="" if s.here == s.there else "strong") for value in sides),
        ]
        for s in circumstances
        for sides in [(s.here, s.there)]
    ]
    table = Table(
        "Commit, versions and machine",
        "What differs is in bold. Other versions and other machines may round otherwise.",
        [Column(""), Column("Here"), Column("There")],
        [Group(rows)],
    )
    return Study("circumstances", "What made them", "By what were both runs made?", (), [table])


def _artifacts_section(artifacts: Mapping[str, State]) -> Study:
    folders = list(dict.fromkeys(map(_folder, artifacts)))
    counts = {
        folder: [s for path, s in artifacts.items() if _folder(path) == folder]
        for folder in folders
    }
    columns = [Column("Folder"), *(Column(s.capitalize(), numeric=True) for s in _STATES)]
    total = list(artifacts.values())
    rows: list[list[Cell | str]] = [
        [folder, *(Cell(states.count(state)) for state in _STATES)]
        for folder, states in counts.items()
    ]
    tables = [
        Table(
            "Artifacts by folder",
            "Compared by the sha256 in both manifests.",
            columns,
            [Group(rows)],
            ["All", *map(total.count, _STATES)],
        )
    ]
    unequal = [(path, state) for path, state in artifacts.items() if state != "equal"]
    if unequal:
        rows_of_files = [
            [_broken(path), state, "holds times by the clock" if holds_times(path) else ""]
            for path, state in unequal
        ]
        tables.append(
            Table(
                "Artifacts that are not the same",
                "",
                [Column("File"), Column("Is"), Column("Remark")],
                [Group(rows_of_files)],
            )
        )
    return Study("artifacts", "Artifacts", "Which files are the same?", (), tables)


def _study_sections(found: Comparison) -> Iterator[Study]:
    for study in ("summary", *STUDIES):
        tables = [_values_table(t) for t in found.tables if t.path.startswith(f"{study}/")]
        pictures = [path for path in found.pictures if path.startswith(f"{study}/")]
        figures = [figure for path in pictures for figure in _pair(path, found.pictures[path])]
        if tables or figures:
            changes = [v for t in found.tables if t.path.startswith(f"{study}/") for v in t.changed]
            title = "Beside the papers" if study == "summary" else CATEGORIES[study]
            words = " ".join(_values_in_words(changes))
            yield Study(
                study, title, words or "Lines and pictures that differ.", (), tables, figures
            )


def _values_table(table: ChangedTable) -> Table:
    caption = f"Different: {_count(len(table.changed), 'value')}; the same: {table.equal}."
    for where, lines in (("here", table.only_here), ("there", table.only_there)):
        if lines:
            caption += f" Only {where}: {_listed(lines)}."
    return Table(table.path, caption, _VALUE_COLUMNS, [Group(list(map(_row, table.changed)))])


def _row(value: ChangedValue) -> list[Cell | str]:
    note = ""
    if value.scales is not None:
        note = "made otherwise: here {}; there {}".format(*(_shortened(s) for s in value.scales))
    overlap = value.overlap
    return [
        Cell(value.line, note=note),
        value.column,
        _measured_cell(value.here),
        _measured_cell(value.there),
        Cell(value.difference),
        Cell(None)
        if overlap is None
        else Cell("yes" if overlap else "no", emphasis="" if overlap else "strong"),
    ]


def _measured_cell(found: Measured | None) -> Cell:
    if found is None:
        return Cell(None)
    if isinstance(found.value, str) or found.low is None or found.high is None:
        return Cell(found.value)
    ends = f"{value_text(found.low)} to {value_text(found.high)}"
    return Cell(found.value, note=ends)


def _pair(path: str, images: tuple[bytes, bytes]) -> Iterator[Figure]:
    for image, where in zip(images, ("here", "there"), strict=True):
        caption = f"{path}, {where}"
        if holds_times(path):
            caption += "; one axis is time by the clock"
        yield _Beside(f"{Path(path).stem}, {where}", caption, image, "png")


def _notes(found: Comparison) -> list[str]:
    notes = ["The results folder itself (`results_dir`) is not counted among the settings."]
    if found.changes:
        notes += [
            "An interval is about its own run: it says how far the mean of that run's repetitions "
            "can be off. Two 95 % intervals that do not overlap are farther apart than chance in "
            "the repetitions alone makes plausible. Two that do overlap are not shown to be the "
            "same: a difference can be clear of zero while the intervals still overlap.",
            "Of many pairs some fail to overlap by chance, and nothing here is corrected for their "
            "number. Where both runs have seeds in common, their values move together, and a "
            "paired comparison would see finer differences. What all repetitions of a run share, "
            "such as one split of the data, is in neither interval.",
            "Standard errors are shown as 95 % intervals of ± 1.96 of them. p-values are not "
            "compared, and `n` and `scale` are not values: settings above say why they differ.",
        ]
    if any(holds_times(path) for path, state in found.artifacts.items() if state == "different"):
        notes.append("Files of times by the clock differ between any two runs.")
    return notes


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _folder(path: str) -> str:
    """The folder of a stage's artifacts: one level, or two within a study."""
    folders = path.split("/")[:-1]
    return "/".join(folders[: 2 if folders[0] in STUDIES else 1])


def _listed(lines: Iterable[str], most: int = 12) -> str:
    named = list(lines)
    rest = f" and {len(named) - most} more" if len(named) > most else ""
    return "; ".join(named[:most]) + rest


def _broken(path: str) -> Cell:
    """A path that may go on in the next line, behind a dot or a slash."""
    return Cell(path, text=re.sub(r"(?<=[./])", "\u200b", path))


def _shortened(text: str, most: int = 240) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
