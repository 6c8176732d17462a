"""Snakemake's own report in a browser: by clicks through every category to every result."""

import pytest
from browsing import visit

STEPS = """
const links = () => [...document.querySelectorAll("nav li a")];
const click = async (element) => { element.click(); await drawn(); await drawn(); };
const link = (text) => links().find((found) => found.innerText.trim() === text);
const home = () => click(document.querySelector("nav nav ol a"));
const listed = () => [...document.querySelectorAll("nav tbody tr")];
const cells = (row) => [...row.cells].map((cell) => cell.innerText.trim());

await drawn(); await drawn();
said.described = document.querySelector("#app").innerText.includes("Learning from local");
said.summary = [...document.querySelectorAll("a")].map((found) => found.getAttribute("href"))
  .filter((target) => target && target.endsWith("index.html"));
said.results = [];
const headings = new Set();
const visit = async (category, part) => {
  for (let number = 0; number < listed().length; number++) {
    const row = listed()[number];
    document.querySelectorAll("nav thead th").forEach((found) => headings.add(found.innerText));
    const [paper, result, file] = cells(row);
    const seen = { category, part, paper, result, file };
    const [eye, about] = row.querySelectorAll("td:last-child a");
    if (eye.download) {
      seen.table = atob(eye.href.split("base64,")[1]).split("\\n").length;
    } else {
      await click(eye);
      const image = document.querySelector("#app img[src^='data:image/png']");
      await image.decode().catch(() => {});
      seen.loaded = image.naturalWidth > 0;
    }
    await click(about);
    seen.caption = document.querySelector("nav li.prose")?.innerText ?? "";
    said.results.push(seen);
    // Back to the list, by the trail at the top.
    const trail = [...document.querySelectorAll("nav nav ol a")];
    await click(trail.find((found) => found.innerText.trim() === (part || category)));
  }
};
for (const category of Object.keys(categories)) {
  await home();
  await click(link(category));
  const parts = Object.keys(categories[category]);
  if (parts.length === 1) {
    await visit(category, "");
  } else {
    for (const part of parts) {
      await click(link(part));
      await visit(category, part);
      const trail = [...document.querySelectorAll("nav nav ol a")];
      await click(trail.find((found) => found.innerText.trim() === category));
    }
  }
}
said.headings = [...headings].filter((text) => text);
await home();
await click(link("Statistics"));
said.charts = document.querySelectorAll("#app svg.marks, #app canvas").length;
await click(link("Workflow"));
"""


@pytest.fixture(scope="module")
def found(tiny_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    tiny_run.run("--report", folder / "report.html")
    return visit(folder / "report.html", STEPS, folder)


@pytest.fixture
def said(found):
    return found.answers


def test_nothing_goes_wrong_and_nothing_is_requested(found):
    assert found.errors == []
    assert found.requests == []


def test_the_report_says_what_it_is_and_leads_to_the_summary(said):
    assert said["described"]
    assert said["summary"] == ["summary/index.html"]


def test_every_result_is_found_by_clicks(said, tiny_run):
    results = tiny_run.folder / "results"
    pictures = {str(path.relative_to(results)) for path in results.glob("*/figures/*.png")}
    found = [seen["file"] for seen in said["results"]]
    assert len(found) == len(set(found))
    assert {file for file in found if file.endswith(".png")} == pictures
    assert len(found) > len(pictures) + 40
    assert said["headings"] == ["PAPER", "RESULT", "FILE"]


def test_every_picture_loads_and_every_table_is_handed_out(said, tiny_run):
    for seen in said["results"]:
        if seen["file"].endswith(".png"):
            assert seen["loaded"], seen
        else:
            table = (tiny_run.folder / "results" / seen["file"]).read_text("utf-8")
            assert seen["table"] == len(table.split("\n")), seen


def test_every_result_has_its_caption(said):
    captions = {seen["file"]: seen["caption"] for seen in said["results"]}
    assert [file for file, caption in captions.items() if len(caption) < 80] == []
    assert "algorithm 2" in captions["vbsw/figures/taylor_points_table6.png"]
    assert "table6" in captions["vbsw/figures/taylor_points_table6.png"]
    assert "eq. 4" in captions["vbsw/figures/gains.png"]
