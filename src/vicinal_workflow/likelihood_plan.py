"""The plan of figure 3: maximum likelihood with the best surrogates of a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.gradients.sweep_data import METHODS
from vicinal_workflow.gradients_plan import GradientsPlan
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences
from vicinal_workflow.surrogate_plan import SurrogatePlan, simulator_files

Config = Mapping[str, Any]

_OURS = "sets of observations, search and intervals ours (paper: one set, rest not said)"
_SAID = ("observations", "variance")


@dataclass(frozen=True)
class LikelihoodPlan(GradientsPlan):
    """The plan of a run's maximum likelihood."""

    key = "likelihood"

    @property
    def problem(self) -> str:
        """The problem whose surrogates are used; none where figure 3 is left out."""
        return "" if self.settings is None else str(self.settings["problem"])

    @property
    def problem_settings(self) -> Mapping[str, Any]:
        """The settings of that problem."""
        problems: Mapping[str, Any] = self.config["gradients"]["problems"]
        return problems.get(self.problem, {})

    @property
    def sizes(self) -> list[int]:
        """Numbers of training samples of the surrogates."""
        return sorted(self.problem_settings.get("sizes", []))

    @property
    def interval_size(self) -> int:
        """Training samples of the surrogates that have confidence intervals."""
        intervals = (self.settings or {}).get("intervals") or {}
        return int(intervals.get("size") or min(self.sizes, default=0))

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words, those of the surrogates included."""
        papers = self.paper["gradients"]["likelihood"] or {}
        here, there = (
            {key: own.get(key) for key in _SAID} for own in (self.settings or {}, papers)
        )
        own = SurrogatePlan(self.config, self.paper).described()
        of_surrogates = own[self.problem]["scale"] if self.problem in own else ""
        return "; ".join([_OURS, *differences(here, there), of_surrogates])

    def simulator_files(self) -> list[Path]:
        """The user's own file that the problem's simulator is in."""
        return simulator_files(self.problem_settings.get("simulator", {"name": ""}))

    def surrogate_files(self, size: int | str) -> list[str]:
        """The surrogates of a size, below the results folder: by method, then by draw."""
        draws = range(self.problem_settings.get("draws", 1))
        own = f"gradients/likelihood/surrogates/{size}"
        return [f"{own}/{method}_{draw}.safetensors" for method in METHODS for draw in draws]

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The job that draws, with the title and the caption of its picture."""
        if self.settings is not None:
            yield (
                drawing("plot_parameter_errors", "", "parameter_errors", "gradients"),
                "Figure 3: errors of maximum-likelihood estimates",
                "Above, distance of the estimates from the truth, modulo the exchange of "
                "interchangeable parameters; the line is the true simulator's. Below, distance "
                "from the true simulator's estimate of the same observations: what the surrogate "
                "alone costs. Means and 95 % intervals over the sets of observations.",
            )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        names = ["parameter_errors", "parameter_gains"]
        if self.settings["intervals"] is not None:
            names.append("likelihood_intervals")
        return {name: f"gradients/tables/{name}.csv" for name in names}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        if self.settings is None:
            return {}
        return {"likelihood": "gradients/tables/likelihood_measured.csv"}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        found = [
            Job("train_best_surrogates", str(size), tuple(self.surrogate_files(size)))
            for size in self.sizes
        ]
        found.append(Job("recover_parameters", "", ("gradients/likelihood/recovery.npz",)))
        tables = self.page_tables()
        intervals = tables.pop("likelihood_intervals", None)
        if intervals is not None:
            found.append(Job("calibrate_intervals", "", (intervals,)))
        own = (*tables.values(), *self.measured_tables().values())
        found.append(Job("build_likelihood_tables", "", own))
        return [*found, *(job for job, _, _ in self.figures())]
