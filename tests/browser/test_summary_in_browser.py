"""The summary page of a run in a browser: every picture loads, every table sorts."""

import pytest
from browsing import visit

STEPS = """
said.images = [];
for (const image of document.images) {
  await image.decode().catch(() => {});
  said.images.push([image.alt, image.complete && image.naturalWidth > 0]);
}
const key = (row, column) => row.cells[column].dataset.sort;
const shown = (table) => [...table.tBodies].map((body) => [...body.rows]);
const rows = (body) => [...body.rows].filter((row) => !row.classList.contains("group"));
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// Whether a table's rows stand in order: within each group, the missing ones last.
const inOrder = (table, column, numeric, descending) => [...table.tBodies].every((body) => {
  const keys = rows(body).map((row) => key(row, column));
  const known = keys.filter((value) => value !== "");
  const sign = descending ? -1 : 1;
  const compare = (a, b) => sign * (numeric ? Number(a) - Number(b) : collator.compare(a, b));
  return keys.slice(known.length).every((value) => value === "")
    && known.every((value, i) => i === 0 || compare(known[i - 1], value) <= 0);
});

said.tables = 0;
said.columns = 0;
said.moved = 0;
said.disordered = [];
for (const table of document.querySelectorAll("table.sortable")) {
  said.tables += 1;
  const before = shown(table);
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  headings.forEach((heading, column) => {
    said.columns += 1;
    const numeric = heading.classList.contains("number");
    for (const turn of [0, 1]) {
      heading.querySelector("button").click();
      const descending = heading.ariaSort === "descending";
      const as_said = descending === (numeric === (turn === 0));
      if (!as_said || !inOrder(table, column, numeric, descending)) {
        said.disordered.push([table.tHead.innerText, column, turn]);
      }
      said.moved += shown(table).flat().some((row, i) => row !== before.flat()[i]);
    }
    heading.querySelector("button").click();
    if (heading.ariaSort || shown(table).flat().some((row, i) => row !== before.flat()[i])) {
      said.disordered.push([table.tHead.innerText, column, "not as it was"]);
    }
  });
}
said.anchors = [...document.querySelectorAll("a[href^='#']")]
  .filter((link) => !document.getElementById(link.hash.slice(1))).map((link) => link.hash);
said.overflow = document.documentElement.scrollWidth > window.innerWidth;
"""


@pytest.fixture(scope="module")
def found(tiny_run, tmp_path_factory):
    page = tiny_run.folder / "results/summary/index.html"
    return visit(page, STEPS, tmp_path_factory.mktemp("summary"))


@pytest.fixture
def said(found):
    return found.answers


def test_nothing_goes_wrong_and_nothing_is_requested(found):
    assert (found.requests, found.errors, found.logged) == ([], [], [])


def test_every_picture_loads(said, tiny_run):
    drawn = list((tiny_run.folder / "results").glob("*/figures/*.png"))
    assert len(said["images"]) == len(drawn) > 20
    assert [alt for alt, loaded in said["images"] if not loaded] == []


def test_every_table_sorts_by_every_column_and_back(said):
    assert said["tables"] > 25
    assert said["columns"] > 150
    # An order that was there before moves nothing, but most columns are in none.
    assert said["moved"] > said["columns"] / 2
    assert said["disordered"] == []


def test_links_lead_somewhere_and_nothing_overflows(said):
    assert said["anchors"] == []
    assert not said["overflow"]
