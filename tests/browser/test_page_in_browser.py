"""A page of ours in a browser: sorting, the enlarged picture, no error, no request."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit, visit

from vicinal_workflow.page import Cell, Column, Figure, Group, Page, Study, Table, render_page

PNG = base64.b64decode(  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
STEPS = """
const table = document.querySelector("table");
const names = () => [...table.querySelectorAll("tbody td:first-child")].map((c) => c.innerText);
const click = (column) => {
  table.querySelectorAll("button.sort")[column].click();
  const headings = [...table.querySelectorAll("th[scope=col]")];
  return [names(), headings.map((heading) => heading.ariaSort)];
};
said.sorted = [click(1), click(1), click(1), click(0), click(0)];
said.groups = [...table.querySelectorAll("tr.group")].map((row) => row.innerText.trim());
document.querySelector("button.enlarge").click();
const viewer = document.querySelector("dialog");
said.opened = [viewer.open, viewer.querySelector("img").src.slice(0, 22)];
said.title = viewer.querySelector("p").innerText;
viewer.querySelector("button.close").click();
said.closed = !viewer.open;
said.overflow = document.documentElement.scrollWidth > window.innerWidth;
"""


def sample() -> str:
    columns = [Column("Name"), Column("Value", numeric=True)]
    first: list[list[Any]] = [["b2", Cell(2.0)], ["b10", Cell(-10.0)], ["b1", None]]
    second: list[list[Any]] = [["a1", 1e-5], ["a2", 300.0]]
    table = Table("T", "", columns, [Group(first, "First"), Group(second, "Second")])
    figure = Figure("Moon <i>", "", PNG, "png")
    return render_page(Page("P", "Lead", studies=[Study("s", "S", "?", (), [table], [figure])]))


def visited(page: str, folder: Path, steps: str = "") -> Visit:
    path = folder / "page.html"
    path.write_text(page, "utf-8")
    return visit(path, steps, folder)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found = visited(sample(), tmp_path_factory.mktemp("page"), STEPS)
    assert (found.requests, found.errors, found.logged) == ([], [], [])
    return found.answers


def test_a_click_sorts_within_groups_and_orders_the_groups(said: dict[str, Any]) -> None:
    descending, ascending, as_it_was, by_name, by_name_back = said["sorted"]
    assert descending == [["a2", "a1", "b2", "b10", "b1"], [None, "descending"]]
    # The missing value stays last in its group.
    assert ascending == [["b10", "b2", "b1", "a1", "a2"], [None, "ascending"]]
    assert as_it_was == [["b2", "b10", "b1", "a1", "a2"], [None, None]]
    # Numbers within names count as numbers.
    assert by_name == [["a1", "a2", "b1", "b2", "b10"], ["ascending", None]]
    assert by_name_back == [["b10", "b2", "b1", "a2", "a1"], ["descending", None]]
    assert said["groups"] == ["First", "Second"]


def test_a_picture_is_enlarged_and_closed(said: dict[str, Any]) -> None:
    assert said["opened"] == [True, "data:image/png;base64,"]
    assert said["title"] == "Moon <i>"
    assert said["closed"]


def test_nothing_overflows(said: dict[str, Any]) -> None:
    assert not said["overflow"]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ("<script>nowhere()</script>", "nowhere is not defined"),
        ("<script>Promise.reject(new Error('rejected'))</script>", "rejected"),
        ("<script>console.error('said so')</script>", "said so"),
    ],
)
def test_what_is_broken_would_be_seen(broken: str, fault: str, tmp_path: Path) -> None:
    found = visited(sample().replace("</main>", f"{broken}</main>"), tmp_path)
    assert [fault in error for error in found.errors] == [True]


def test_a_request_would_be_seen(tmp_path: Path) -> None:
    # A page of ours forbids it; one that does not is found out.
    page = '<!doctype html><title>T</title><img src="https://example.invalid/a.png">'
    found = visited(page, tmp_path)
    assert "https://example.invalid/a.png" in found.requests
    assert "ERR_" in found.errors[0]


def test_a_page_of_ours_forbids_requests(tmp_path: Path) -> None:
    image = '<img src="https://example.invalid/a.png">'
    found = visited(sample().replace("</main>", f"{image}</main>"), tmp_path)
    assert "Content Security Policy" in found.errors[0]
