"""The pages' examples run, and what they link to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def library_example(number):
    """What an example of the library's page leaves behind."""
    page = (ROOT / "docs/library.md").read_text("utf-8")
    names: dict = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.S)[number], names)
    return names


def test_the_example_of_the_library_page_runs():
    names = library_example(0)
    assert names["weighter"].weights_.mean() == pytest.approx(1)
    assert names["model"].score(names["X_test"], names["y_test"]) > 0.9


def test_the_example_of_gradients_runs():
    names = library_example(1)
    sine = names["np"].sin(names["grid"][:, 0])
    assert names["ridge"].score(names["grid"], sine) > 0.8
    with_gradients, without = names["errors"]
    assert with_gradients < 0.8 * without


def test_the_example_of_simulators_runs():
    names = library_example(2)
    estimates = names["np"].sort(names["estimates"], axis=1)
    assert abs(estimates - [4, 9]).max() < 0.5


def test_the_example_of_bayesian_networks_runs():
    names = library_example(3)
    guesses = names["probabilities"].argmax(1)
    assert (guesses == names["labels"]).double().mean() > 0.75
    assert names["weights"].keys() == dict(names["plain"].named_parameters()).keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_names_files_that_are_there():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in re.findall(r"--configfile (workflow/\S+)", readme):
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_target_stands_behind_configfile_which_would_swallow_it(page):
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("snakemake ") and "--configfile" in line:
            behind = line.split("#")[0].split("--configfile")[1].split()
            assert all(word.endswith(".yaml") for word in behind), line


def test_public_names_are_importable():
    import vicinal

    for name in vicinal.__all__:
        assert getattr(vicinal, name).__doc__
    with pytest.raises(AttributeError, match="it has"):
        vicinal.nothing  # noqa: B018
