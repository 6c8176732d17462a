"""At which scale, and on which data, an experiment stands for a row of a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Config = Mapping[str, Any]

# How jobs are cut has no bearing on a result, and names of entries only on what is drawn.
_IMMATERIAL = {
    "networks_per_job", "cells_per_job", "dataset", "backbone", "metrics", "compare_with",
}  # fmt: skip


def departures_from_paper(config: Config, paper: Config, table: str, row: str) -> str:
    """`paper` where an experiment has the paper's own data and settings, else how it departs.

    config, paper : completed configurations, of this run and of the preset at the paper's scale.
    Returns a line such as "digits in place of mnist; networks 5 (paper 40)".
    """
    name, papers = (c["vbsw"]["tables"][table][row] for c in (config, paper))
    return departures(experiment_parts(config, name), experiment_parts(paper, papers))


def departures(here: dict[str, dict[str, Any]], there: dict[str, dict[str, Any]]) -> str:
    """`paper`, or how the parts of an experiment differ; other data are named as such first."""
    kind, paper_kind = here["data"].pop("kind"), there["data"].pop("kind")
    found = []
    # Ready files of a data set (`mrpc_built`) hold what the original gives.
    if kind.removesuffix("_built") != paper_kind:
        found.append(f"{kind} in place of {paper_kind}")
        here["data"], there["data"] = {}, {}
    for part in here:
        found += differences(here[part], there[part])
    return "; ".join(found) or "paper"


def departures_of_ours(
    ours: str, here: dict[str, dict[str, Any]], there: dict[str, dict[str, Any]]
) -> str:
    """The same where the paper leaves so much open that no settings are wholly its own.

    ours : what is this project's in any case, in words; it comes first.
    """
    found = departures(here, there)
    return ours if found == "paper" else f"{ours}; {found}"


def experiment_parts(config: Config, name: str) -> dict[str, dict[str, Any]]:
    """What an experiment consists of: its data, its backbone and its own settings."""
    experiment = config["vbsw"]["experiments"][name]
    backbone = config["backbones"][experiment["backbone"]]
    data = config["datasets"][backbone["dataset"]]
    return {"data": dict(data), "backbone": dict(backbone), "experiment": dict(experiment)}


def differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    """Each setting that differs from the paper's, nested ones by their own key, in words."""
    for key in sorted(here.keys() | there.keys(), key=str):
        if key in _IMMATERIAL:
            continue
        own, papers = here.get(key), there.get(key)
        if isinstance(own, dict) and isinstance(papers, dict):
            yield from differences(own, papers)
        elif own != papers:
            yield f"{key} {_text(own)} (paper {_text(papers)})"


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
