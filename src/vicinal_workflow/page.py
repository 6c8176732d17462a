"""One self-contained HTML page of tables and pictures; it knows nothing of any study."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import jinja2
from markupsafe import Markup, escape

from vicinal_workflow.page_numbers import Value
from vicinal_workflow.page_tables import (
    PAPER_SCALE,
    Cell,
    Column,
    Group,
    Setting,
    StageTime,
    Table,
    stage_table,
)

__all__ = [
    "PAPER_SCALE",
    "Cell",
    "Column",
    "Fact",
    "Figure",
    "Group",
    "Page",
    "Setting",
    "StageTime",
    "Study",
    "Table",
    "Verdict",
    "render_page",
    "stage_table",
]

TONES = {"for": "Bears it out", "against": "Speaks against", "open": "Open"}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WIDE = 1.9  # width over height from which a picture takes a line of its own


@dataclass(frozen=True)
class Figure:
    """A picture, embedded in the page. Raises ValueError where the bytes are not of the kind."""

    title: str
    caption: str
    image: bytes
    kind: Literal["png", "svg"]
    setting: Setting | None = None

    def __post_init__(self) -> None:
        if self.size is None:
            raise ValueError(f"figure {self.title!r}: the image is not a whole {self.kind} file")

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """(width, height) in pixels or units of the drawing; None where it cannot be told."""
        if self.kind == "png":
            if not self.image.startswith(_PNG_SIGNATURE) or len(self.image) < 24:
                return None
            width, height = struct.unpack(">II", self.image[16:24])
            return (width, height) if width and height else None
        number = rb"\s*([\d.]+)"
        found = re.search(rb"<svg[^>]*\bviewBox=\"[\d.-]+ [\d.-]+" + number + number, self.image)
        return (round(float(found[1])), round(float(found[2]))) if found else None

    @property
    def is_wide(self) -> bool:
        """Whether the picture takes the page's whole width."""
        return self.size is not None and self.size[0] >= _WIDE * self.size[1]

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        kind = {"png": "png", "svg": "svg+xml"}[self.kind]
        return f"data:image/{kind};base64,{base64.b64encode(self.image).decode('ascii')}"


@dataclass(frozen=True)
class Verdict:
    """What the numbers say of a paper's claim."""

    text: str
    tone: Literal["for", "against", "open"]


@dataclass(frozen=True)
class Study:
    """A method's part of the page; `name` is its anchor."""

    name: str
    title: str
    question: str
    verdicts: Sequence[Verdict] = ()
    tables: Sequence[Table] = ()
    figures: Sequence[Figure] = ()
    reference: str = ""

    @property
    def tones(self) -> list[tuple[str, int]]:
        """How many verdicts there are of each tone."""
        tones = [verdict.tone for verdict in self.verdicts]
        return [(tone, tones.count(tone)) for tone in TONES if tone in tones]

    @property
    def settings(self) -> list[Setting]:
        """The different settings of its numbers and pictures that a paper can be held against."""
        groups = [group.setting for table in self.tables for group in table.groups]
        settings = [*groups, *(figure.setting for figure in self.figures)]
        return list(dict.fromkeys(s for s in settings if s is not None and s.scale))


@dataclass(frozen=True)
class Fact:
    """One thing about the run: its configuration, versions, machine."""

    label: str
    value: str


@dataclass(frozen=True)
class Page:
    """The summary of a run; `missing` names the studies that failed or were not run."""

    title: str
    lead: str
    facts: Sequence[Fact] = ()
    studies: Sequence[Study] = ()
    stages: Sequence[StageTime] = ()
    notes: Sequence[str] = ()
    missing: Sequence[str] = ()

    def __post_init__(self) -> None:
        names = [study.name for study in self.studies]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"studies of the same name: {', '.join(repeated)}")


def render_page(page: Page) -> str:
    """The page as HTML: no external resource, the same page for the same input."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vicinal_workflow"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(prose=_prose, paragraphs=_paragraphs, cell=_cell, anchor=_anchor)
    settings = [setting for study in page.studies for setting in study.settings]
    return environment.get_template("page.html.j2").render(
        page=page,
        settings=len(settings),
        settings_of_papers=sum(setting.is_papers for setting in settings),
        tones=TONES,
        stages=stage_table(page.stages) if page.stages else None,
    )


def _cell(value: Cell | Value) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _prose(text: str) -> Markup:
    """Escaped text, with what stands between backticks as code; an error stays with its value."""
    text = text.replace(" ± ", "\u00a0±\u00a0")
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _paragraphs(text: str) -> Iterable[Markup]:
    return [_prose(part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def _anchor(text: str) -> str:
    """`text` as an identifier, for anchors within the page."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
