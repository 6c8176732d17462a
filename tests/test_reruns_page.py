"""What the page about reruns shows is what the dry runs print."""

import pytest

from reruns_page import examples, finished_run, printed

EXAMPLES = list(examples())
NAMES = [commands[-1].partition("--dry-run")[2].strip() or commands[0] for commands, _ in EXAMPLES]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    project = finished_run(tmp_path_factory.mktemp("reruns") / "finished")
    assert project.jobs() == {}
    return project


def rows(text):
    """The lines of an output, without the widths of columns and the order of jobs."""
    return sorted(" ".join(line.split()) for line in text.splitlines() if line.strip("- "))


@pytest.mark.parametrize(("commands", "shown"), EXAMPLES, ids=NAMES)
def test_the_page_shows_what_a_dry_run_prints(finished, commands, shown):
    found = printed(finished, commands)
    if "Reasons:" not in shown:
        found = found.partition("\nReasons:")[0]
    assert rows(shown) == rows(found)


def test_the_page_has_examples():
    assert len(EXAMPLES) > 12
