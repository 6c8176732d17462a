"""Two results folders, as their manifests describe them: what is the same and what is not."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vicinal_workflow.checksums import MANIFEST, listed_artifacts, read_manifest
from vicinal_workflow.report_labels import STUDIES

COMPARISON = "summary/comparison.csv"
HOW_TO_NAME = "--config compare_with=../other/results"
State = Literal["equal", "different", "only here", "only there"]

_NEEDED = ("artifacts", "config", "commit", "python", "versions", "machine")
# Times by the clock, and the pictures with an axis of time.
_OF_TIMES = re.compile(r"^bayes/(runs|starts)/.*_seconds\.csv$|^bayes/tables/(times|speed)\.csv$")
_PICTURES_OF_TIMES = re.compile(r"^bayes/figures/curves_[^/]*$")


@dataclass(frozen=True)
class Tree:
    """The results of one run.

    artifacts : path below the folder -> sha256.    manifest : what `describe_run` wrote.
    """

    folder: Path
    artifacts: Mapping[str, str]
    manifest: Mapping[str, Any]

    @property
    def studies(self) -> list[str]:
        """The studies that it has tables or figures of."""
        made = {path.split("/")[0] for path in self.artifacts}
        return [study for study in STUDIES if study in made]


@dataclass(frozen=True)
class Setting:
    """A place in the configuration at which two runs differ, with both values as text."""

    path: str
    here: str
    there: str


def check_other_results(folder: str) -> None:
    """Raises ValueError saying what is missing where the folder holds no whole run."""
    for name in (MANIFEST, COMPARISON):
        if not (Path(folder) / name).is_file():
            raise ValueError(
                f"compare_with: {os.path.join(folder, name)}: no such file; {HOW_TO_NAME} names "
                "the results folder of a run that made its summary (snakemake summary)"
            )


def read_tree(folder: str | os.PathLike[str]) -> Tree:
    """A results folder. Raises ValueError where its manifest is not one of this workflow's."""
    manifest = read_manifest(Path(folder))
    missing = [key for key in _NEEDED if key not in manifest]
    if missing:
        path = Path(folder) / MANIFEST
        raise ValueError(f"{path}: no manifest of this workflow, it has no {', '.join(missing)}")
    return Tree(Path(folder), listed_artifacts(manifest), manifest)


def compare_artifacts(here: Tree, there: Tree) -> dict[str, State]:
    """Path -> how an artifact of either run is in both. Raises ValueError where none is in both."""
    if here.artifacts and there.artifacts and not here.artifacts.keys() & there.artifacts.keys():
        raise ValueError(
            f"nothing can be compared: {here.folder} ({_words(here.studies)}) and {there.folder} "
            f"({_words(there.studies)}) have no artifact in common"
        )
    return {
        path: _state(here.artifacts.get(path), there.artifacts.get(path))
        for path in sorted(here.artifacts.keys() | there.artifacts.keys())
    }


def compare_settings(here: Tree, there: Tree) -> list[Setting]:
    """Where the configurations differ, but for the results folder, which is only a place."""
    ours, theirs = ({**tree.manifest["config"], "results_dir": None} for tree in (here, there))
    return list(_differing(ours, theirs, ""))


def compare_circumstances(here: Tree, there: Tree) -> list[Setting]:
    """Commit, versions and machine of both runs, the same ones too."""
    ours, theirs = (dict(_circumstances(tree.manifest)) for tree in (here, there))
    names = dict.fromkeys([*ours, *theirs])
    return [Setting(name, ours.get(name, "–"), theirs.get(name, "–")) for name in names]


def holds_times(path: str) -> bool:
    """Whether a file holds times by the clock, which differ between runs of one configuration."""
    return bool(_OF_TIMES.match(path) or _PICTURES_OF_TIMES.match(path))


def _state(here: str | None, there: str | None) -> State:
    if here is None:
        return "only there"
    if there is None:
        return "only here"
    return "equal" if here == there else "different"


def _differing(here: Any, there: Any, path: str) -> Iterator[Setting]:
    """The deepest keys that differ; what one side does not have at all is one of them."""
    if isinstance(here, dict) and isinstance(there, dict):
        for key in dict.fromkeys([*here, *there]):
            below = f"{path}.{key}".lstrip(".")
            yield from _differing(here.get(key, _ABSENT), there.get(key, _ABSENT), below)
    elif _text(here) != _text(there):
        yield Setting(path, _text(here), _text(there))


_ABSENT = object()


def _text(value: Any) -> str:
    return "–" if value is _ABSENT else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _circumstances(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    commit = manifest["commit"] or ""
    changes = " with changes" if commit.endswith("+") else ""
    yield "commit", (commit[:12] + changes) or "not a checkout"
    yield "Python", manifest["python"]
    yield from manifest["versions"].items()
    for name, value in manifest["machine"].items():
        yield name, str(value)


def _words(studies: list[str]) -> str:
    return ", ".join(studies) or "no study"
