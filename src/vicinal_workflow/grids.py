"""The grids of (m, k) behind figure 6: their axes, and how far they are from the paper's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vicinal_workflow.scale import departures, experiment_parts

Config = Mapping[str, Any]


def grid_axes(grid: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The values of m, and those of k, rounded and each once."""
    spaced = {
        axis: np.linspace(*(grid[axis][key] for key in ("from", "to", "count"))) for axis in "mk"
    }
    return {"ms": spaced["m"].tolist(), "ks": np.unique(np.rint(spaced["k"]).astype(int)).tolist()}


def grid_heads(config: Config, name: str) -> dict[str, Any]:
    """The experiment's settings of heads, with the grid's own seeds and epochs."""
    grid = config["vbsw"]["grids"][name]
    heads = {**config["vbsw"]["experiments"][grid["experiment"]]["heads"], "count": grid["seeds"]}
    return heads if grid["epochs"] is None else {**heads, "epochs": grid["epochs"]}


def grid_parts(config: Config, name: str) -> dict[str, dict[str, Any]]:
    """What a grid consists of: its experiment's parts, with its own values of m and k."""
    grid, heads = config["vbsw"]["grids"][name], grid_heads(config, name)
    parts = experiment_parts(config, grid["experiment"])
    experiment = {key: value for key, value in parts["experiment"].items() if key not in "mk"}
    axes = {
        f"grid of {axis}": "{count} values from {from} to {to}".format(**grid[axis])
        for axis in "mk"
    }
    return {**parts, "experiment": {**experiment, "heads": heads, **axes}}


def describe_grids(config: Config, paper: Config) -> dict[str, dict[str, str]]:
    """Panel of figure 6 -> its grid, the kind of its data, and the scale."""
    described = {}
    for row, name in config["vbsw"]["figure6"].items():
        if name is not None:
            here = grid_parts(config, name)
            kind = here["data"]["kind"]
            scale = departures(here, grid_parts(paper, paper["vbsw"]["figure6"][row]))
            described[row] = {"grid": name, "data": kind, "scale": scale}
    return described
