"""The summary page: whole, self-contained, escaped, and plain about where numbers come from."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure as Drawing

from vicinal_workflow.page import (
    PAPER_SCALE,
    Cell,
    Column,
    Fact,
    Figure,
    Group,
    Page,
    Setting,
    StageTime,
    Study,
    Table,
    Verdict,
    render_page,
    stage_table,
)

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Outline(HTMLParser):
    """Every element in order, with the text under it; fails on tags that do not balance."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.texts: list[list[str]] = []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag}"
        text: list[str] = []
        self.elements.append((tag, {name: value or "" for name, value in attrs}, text))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.append(text)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"
        self.texts.pop()

    def handle_data(self, data: str) -> None:
        for text in self.texts:
            text.append(data)

    def all(self, tag: str, **attributes: str) -> list[tuple[dict[str, str], str]]:
        """(attributes, text) of every such element."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            (own, " ".join("".join(text).split()))
            for name, own, text in self.elements
            if name == tag and all(v in own.get(k, "").split() for k, v in wanted.items())
        ]


def image(kind: str, width: float = 2, height: float = 2) -> bytes:
    drawing, buffer = Drawing(figsize=(width, height)), io.BytesIO()
    drawing.subplots().plot([0, 1])
    drawing.savefig(buffer, format=kind, dpi=50)
    return buffer.getvalue()


PNG, SVG = image("png"), image("svg")
COLUMNS = (
    Column("Method", "what was done"),
    Column("Mean", numeric=True, decimals=2, source="published"),
    Column("Mean", numeric=True, decimals=2, source="measured"),
    Column("n", numeric=True, source="measured"),
)
REDUCED = Setting("digits", "digits in place of mnist; networks 5 (paper 40)")


def page() -> Page:
    groups = (
        Group([["VBSW", Cell(98.87, error=0.01), 97.5, 5]], "MNIST", "accuracy, %", REDUCED),
        Group([["<b>", None, float("nan"), None]], "<b>", setting=Setting("Boston", PAPER_SCALE)),
    )
    study = Study(
        "vbsw",
        "Weights & measures",
        "Is a < b?",
        [Verdict("It is, by 0.1 ± 0.02.", "for"), Verdict("It is not.", "against")],
        [Table("Table <2>", "See `a<b`.", COLUMNS, groups)],
        [
            Figure('The "moon"', "A <picture>", PNG, "png", REDUCED),
            Figure("Curve", "", SVG, "svg"),
        ],
    )
    stages = [
        StageTime("train", 3, 125.0, 60.0, 1500.0, "vbsw"),
        StageTime("weigh", 3, 62.5, 30.0, None, "vbsw"),
        StageTime("fit", 1, 12.5, 12.5, 300.0, "gradients"),
    ]
    return Page("A page", "First.\n\nSecond.", [Fact("Seed", "0")], [study], stages, ["<note>"])


def test_tags_balance_and_the_page_is_the_same_each_time() -> None:
    html = render_page(page())
    Outline(html)
    assert html == render_page(page())
    assert html.startswith("<!doctype html>")
    Outline(render_page(Page("Bare", "")))


def test_text_from_outside_is_escaped() -> None:
    html = render_page(page())
    assert "<b>" not in re.sub(r"<b>(Method)</b>", "", html)
    outline = Outline(html)
    assert any(text == "<b>" for _, text in outline.all("td"))
    assert any(text == "a<b" for _, text in outline.all("code"))
    assert next(own["alt"] for own, _ in outline.all("img")) == 'The "moon". A <picture>'
    hostile = replace(page(), title="</title><script>alert(1)</script>", missing=["<img src=x>"])
    assert "<script>alert" not in render_page(hostile)
    assert len(Outline(render_page(hostile)).all("img")) == 2


def test_nothing_is_fetched() -> None:
    html = render_page(page())
    for tag, own, _ in Outline(html).elements:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert own.get(name, "#").startswith(("#", "data:")), (tag, own)
    style = html[html.index("<style>") : html.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", style)
    assert "default-src 'none'" in html


def test_every_picture_is_embedded_whole_with_its_shape() -> None:
    pictures = [own for own, _ in Outline(render_page(page())).all("img")]
    for own, original, kind in zip(pictures, (PNG, SVG), ("png", "svg+xml"), strict=True):
        head, _, body = own["src"].partition(",")
        assert head == f"data:image/{kind};base64"
        assert base64.b64decode(body) == original
    assert (pictures[0]["width"], pictures[0]["height"]) == ("100", "100")
    assert (pictures[1]["width"], pictures[1]["height"]) == ("144", "144")  # 2 in of 72 points


def test_wide_pictures_take_the_whole_width() -> None:
    assert Figure("Wide", "", image("png", 6, 2), "png").is_wide
    assert not Figure("Square", "", PNG, "png").is_wide


@pytest.mark.parametrize(("data", "kind"), [(b"", "png"), (SVG, "png"), (PNG, "svg")])
def test_what_is_not_an_image_of_the_kind_is_refused(data: bytes, kind: str) -> None:
    with pytest.raises(ValueError, match="figure 'Moon'"):
        Figure("Moon", "", data, kind)  # type: ignore[arg-type]


def test_every_table_has_head_body_and_sort_keys() -> None:
    html = render_page(page())
    tables = re.findall(r"<table.*?</table>", html, re.S)
    assert len(tables) == 2
    for table in tables:
        outline = Outline(table)
        assert len(outline.all("thead")) == 1
        assert outline.all("tbody")
        columns = len(outline.all("th", scope="col"))
        assert len(outline.all("button", class_="sort")) == columns
        cells = outline.all("td", class_="number") + outline.all("td", class_="text")
        assert len(cells) % columns == 0
        for own, _ in cells:
            assert "data-sort" in own
            if "number" in own["class"].split() and own["data-sort"]:
                float(own["data-sort"])


def test_missing_values_are_marked_and_sort_as_nothing() -> None:
    missing = Outline(render_page(page())).all("td", class_="missing")
    assert [(own["data-sort"], text) for own, text in missing] == [("", "–")] * 4


def test_published_and_measured_columns_stand_apart() -> None:
    outline = Outline(render_page(page()))
    assert [text for _, text in outline.all("th", class_="published")] == ["Published", "Mean"]
    headings = outline.all("th", scope="colgroup")
    assert [(own["colspan"], text) for own, text in headings] == [
        ("1", "Published"),
        ("2", "Measured here"),
    ]
    assert [text for _, text in outline.all("td", class_="published")] == ["98.87 ± 0.01", "–"]


def test_the_page_says_at_which_scale_each_number_was_made() -> None:
    outline = Outline(render_page(page()))
    lines = [text for _, text in outline.all("th", scope="rowgroup")]
    assert lines[0] == (
        "MNIST accuracy, % digits not the paper’s setting "
        "digits in place of mnist networks 5 (paper 40)"
    )
    assert lines[1] == "<b> Boston the paper’s data and scale"
    assert "not the paper’s setting" in outline.all("figcaption")[0][1]
    # The figure has the first group's setting, so that there are two in all.
    assert outline.all("p", class_="scale-count")[0][1].startswith("1 of the 2 settings below has")


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        (["a: paper", "b: paper"], "All 2 settings below have"),
        (["a: k 3 (paper 5)", "a: k 4 (paper 5)"], "None of the 2 settings"),
        (["a: k 3 (paper 5)", "a: paper", "b: paper"], "2 of the 3 settings below have"),
        (["a: k 3 (paper 5)", "a: k 3 (paper 5)", "b: "], "The only setting below is not the"),
        (["a: paper", "b: "], "The only setting below is the paper’s own data and scale."),
    ],
)
def test_the_count_of_settings(settings: list[str], start: str) -> None:
    groups = [Group([], setting=Setting(*setting.split(": "))) for setting in settings]
    study = Study("s", "S", "?", tables=[Table("T", "", COLUMNS, groups)])
    outline = Outline(render_page(Page("P", "", studies=[study])))
    assert outline.all("p", class_="scale-count")[0][1].startswith(start)


def test_contents_lead_to_what_is_there() -> None:
    outline = Outline(render_page(page()))
    ids = [own["id"] for _, own, _ in outline.elements if "id" in own]
    assert len(set(ids)) == len(ids)
    links = {own["href"].removeprefix("#") for own, _ in outline.all("a")}
    assert {"vbsw", "time", "notes", "run"} <= links <= set(ids)


def test_missing_studies_are_named_at_the_top() -> None:
    outline = Outline(render_page(replace(page(), missing=["witness: failed"])))
    assert "witness: failed" in outline.all("aside", class_="banner")[0][1]
    assert not Outline(render_page(page())).all("aside")


def test_verdicts_say_in_words_what_their_colour_says() -> None:
    outline = Outline(render_page(page()))
    verdicts = [text for _, text in outline.all("li", class_="tone-for")]
    assert verdicts == ["Bears it out It is, by 0.1 ± 0.02."]
    assert [text for _, text in outline.all("span", class_="tally")] == ["1 for", "1 against"]


def test_stage_times_add_up() -> None:
    table = stage_table(page().stages)
    assert [group.remark for group in table.groups] == ["3 min 08 s", "12 s"]
    total = [cell.shown(None) for cell in table.total if isinstance(cell, Cell)]
    assert total == ["Total", "7", "3 min 20 s", "1 min 00 s", "1.5 GB"]
    bars = [row[2].bar for group in table.groups for row in group.rows]  # type: ignore[union-attr]
    assert bars == [1.0, 0.5, 0.1]
    idle = stage_table([StageTime("nothing", 1, 0.0, 0.0)])
    assert "–" in Outline(render_page(Page("P", "", stages=page().stages[1:2]))).all("tfoot")[0][1]
    assert idle.groups[0].rows[0][2].bar is None  # type: ignore[union-attr]


def test_a_row_of_the_wrong_length_is_named() -> None:
    with pytest.raises(ValueError, match=r"table 'T', row 2: 3 cells, 4 columns"):
        Table("T", "", COLUMNS, [Group([["a", 1, 2, 3], ["b", 1, 2]])])


def test_studies_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name: a"):
        Page("P", "", studies=[Study("a", "A", "?"), Study("a", "B", "?")])
