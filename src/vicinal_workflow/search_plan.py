"""The plan of hyper-parameter searches below delta-min: what section 4.2 and figure 4 propose."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.surrogate_plan import TRAINING, simulator_files

Config = Mapping[str, Any]

# The paper draws the pipeline and leaves the experiment to the future.
SCALE = "experiment ours (paper: only proposed)"
_BOUND_AT = ("layers", "learning_rates")
_TABLES = ("search_costs", "search_bounds", "search_paired")


@dataclass(frozen=True)
class SearchPlan:
    """The plan of a run's hyper-parameter searches. config : completed."""

    study = "gradients"

    config: Config

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """The settings of the searches; None leaves them out."""
        settings: Mapping[str, Any] | None = self.config["gradients"]["search"]
        return settings

    @property
    def problem(self) -> Mapping[str, Any]:
        """The settings of the problem that is searched for."""
        assert self.settings is not None
        problem: Mapping[str, Any] = self.config["gradients"]["problems"][self.settings["problem"]]
        return problem

    @property
    def axes(self) -> dict[str, list[Any]]:
        """Numbers of samples, and the axes of the lattice."""
        if self.settings is None:
            return {}
        own = self.chosen("sizes", "complexities", *_BOUND_AT)
        own["complexities"] = own["complexities"] or self.problem["complexities"]
        return own

    @property
    def bound_at(self) -> dict[str, Any]:
        """`layers` and `learning_rate` with which the bound is measured."""
        if self.settings is None:
            return {}
        layers, rates = (self.settings[key][0] for key in _BOUND_AT)
        return {"layers": layers, "learning_rate": rates}

    @property
    def training(self) -> dict[str, Any]:
        """What else the errors of a cell depend on."""
        if self.settings is None:
            return {}
        own = self.chosen("steps", "validation_samples", "repetitions")
        # The lattice and the repetitions stand in the place of these.
        kept = [key for key in TRAINING if key not in ("draws", "layers", "learning_rate")]
        problem = {key: self.problem[key] for key in (*kept, "test_points")}
        epochs = self.settings["epochs"] or self.problem["epochs"]
        rate = self.settings["learning_rates"][0]
        return {**problem, **own, "epochs": epochs, "learning_rate": rate}

    def chosen(self, *keys: str) -> dict[str, Any]:
        """Some of the settings."""
        return {} if self.settings is None else {key: self.settings[key] for key in keys}

    @property
    def data(self) -> str:
        """The problem and how much of it is learnt, in words."""
        if self.settings is None:
            return ""
        steps = self.settings["steps"]
        first = {None: "", 1: ", first step"}.get(steps, f", first {steps} steps")
        return f"{self.settings['problem']}{first}"

    @property
    def cells(self) -> list[tuple[Any, ...]]:
        """Samples, complexity, layers and learning rate of every cell, in rising order."""
        return list(product(*map(sorted, self.axes.values()))) if self.axes else []

    @property
    def shards(self) -> range:
        """Numbers of the jobs over which the cells are spread."""
        if self.settings is None:
            return range(0)
        return range(math.ceil(len(self.cells) / self.settings["cells_per_job"]))

    def cells_of_shard(self, shard: int) -> list[tuple[Any, ...]]:
        """The cells of one job."""
        assert self.settings is not None
        count = self.settings["cells_per_job"]
        return self.cells[shard * count : (shard + 1) * count]

    @property
    def cell_files(self) -> list[str]:
        """The files, below the results folder, that hold the cells."""
        return [f"gradients/search/cells/{shard}.csv" for shard in self.shards]

    @property
    def simulator_files(self) -> list[Path]:
        """The user's own file that the simulator is in."""
        return [] if self.settings is None else simulator_files(self.problem["simulator"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The job that draws, with the title and the caption of its picture."""
        if self.settings is None:
            return
        yield (
            drawing("plot_searches", "", "searches", "gradients"),
            "Figure 4, made an experiment: evolutionary searches",
            "How near a search has come to the best of the whole lattice, by what it has spent: "
            "median over the repetitions, band from the lower to the upper quartile. A curve that "
            "stays up ends without the best, which the bound rules out or evolution misses.",
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {name: f"gradients/tables/{name}.csv" for name in _TABLES}

    def measured_tables(self) -> dict[str, str]:
        """No table of the comparison: the paper has no number."""
        return {}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The line of the comparison for the figure."""
        if self.settings is not None:
            line = {"study": "gradients", "item": "figure4", "row": "search"}
            yield {**line, "metric": "drawn", "measured": 1.0, "scale": SCALE}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        own = "gradients/search"
        cells = [
            Job("tabulate_hyperparameters", str(shard), (path,))
            for shard, path in zip(self.shards, self.cell_files, strict=True)
        ]
        found = tuple(f"{own}/{name}" for name in ("costs.csv", "bounds.csv", "curves.npz"))
        return [
            *cells,
            Job("search_hyperparameters", "", found),
            Job("build_search_tables", "", tuple(self.page_tables().values())),
            *(job for job, _, _ in self.figures()),
        ]
