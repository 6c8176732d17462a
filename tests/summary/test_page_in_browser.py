"""The summary page in a real browser: sorting, the enlarged picture, no error, no request."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from vicinal_workflow.page import Cell, Column, Figure, Group, Page, Study, Table, render_page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs a Chromium browser on the PATH")

PNG = base64.b64decode(  # one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
# What a reader would do, one step after another; the answers are read back from the document.
PROBE = """
<script>
(() => {
  const table = document.querySelector("table");
  const names = () => [...table.querySelectorAll("tbody td:first-child")].map((c) => c.innerText);
  const click = (column) => {
    table.querySelectorAll("button.sort")[column].click();
    const headings = [...table.querySelectorAll("th[scope=col]")];
    return [names(), headings.map((heading) => heading.ariaSort)];
  };
  const said = { sorted: [click(1), click(1), click(1), click(0), click(0)] };
  said.groups = [...table.querySelectorAll("tr.group")].map((row) => row.innerText.trim());
  document.querySelector("button.enlarge").click();
  const viewer = document.querySelector("dialog");
  said.opened = [viewer.open, viewer.querySelector("img").src.slice(0, 22)];
  said.title = viewer.querySelector("p").innerText;
  viewer.querySelector("button.close").click();
  said.closed = !viewer.open;
  said.requests = performance.getEntriesByType("resource").map((e) => e.name)
    .filter((name) => !name.startsWith("data:"));
  said.overflow = document.documentElement.scrollWidth > window.innerWidth;
  const result = document.createElement("pre");
  result.id = "said";
  result.textContent = JSON.stringify(said);
  document.body.append(result);
})();
</script>
"""


def opened(path: Path, folder: Path) -> tuple[str, str]:
    """The document as the browser has it after its scripts ran, and what the browser logged."""
    options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
    more = "--disable-background-networking --disable-component-update --enable-logging=stderr"
    run = subprocess.run(
        [
            str(BROWSER),
            *options.split(),
            *more.split(),
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            path.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return run.stdout, run.stderr


def sample() -> str:
    columns = [Column("Name"), Column("Value", numeric=True)]
    first: list[list[Any]] = [["b2", Cell(2.0)], ["b10", Cell(-10.0)], ["b1", None]]
    second: list[list[Any]] = [["a1", 1e-5], ["a2", 300.0]]
    table = Table("T", "", columns, [Group(first, "First"), Group(second, "Second")])
    figure = Figure("Moon <i>", "", PNG, "png")
    return render_page(Page("P", "Lead", studies=[Study("s", "S", "?", (), [table], [figure])]))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("page")
    path = folder / "index.html"
    path.write_text(sample().replace("</body>", PROBE + "</body>"), "utf-8")
    document, log = opened(path, folder)
    assert "CONSOLE" not in log, log
    found = re.search(r'<pre id="said">(.*?)</pre>', document, re.S)
    assert found, "the probe did not run to its end"
    answers: dict[str, Any] = json.loads(unescape(found[1]))
    return answers


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


def test_nothing_is_requested_and_nothing_overflows(said: dict[str, Any]) -> None:
    assert said["requests"] == []
    assert not said["overflow"]


def test_a_broken_script_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    path.write_text(sample().replace("</body>", "<script>nowhere()</script></body>"), "utf-8")
    assert "CONSOLE" in opened(path, tmp_path)[1]
