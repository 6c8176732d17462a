"""The plan of surrogates with and without gradients: sections 3 and 4 of the paper."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.models.module_files import module_files
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences

Config = Mapping[str, Any]

# The paper's problems: the figure that sets errors on training samples against those on others.
OVERFITTING_FIGURES = {"cosine_2d": "figure10", "garch_4d": "figure11", "beta_8d": "figure12"}
_OURS = "batch size and standardisation ours (paper: not said)"
_UNSAID = {"batch_size", "standardise", "derivative"}
_OF_GARCH = "r_t, known in place of u_t, and s2_t ours"
# What the training of a problem's surrogates depends on, beside its runs.
TRAINING = (
    "simulator", "draws", "layers", "width_factor", "output", "alpha", "derivative", "standardise",
    "epochs", "learning_rate", "decay", "batch_size", "polish",
)  # fmt: skip
_TABLES = ("surrogate_errors", "surrogate_gains", "delta_min")


def simulator_files(simulator: Mapping[str, Any]) -> list[Path]:
    """The user's own file that a simulator is in; none where its module is installed."""
    return module_files(simulator["module"]) if simulator["name"] == "module" else []


@dataclass(frozen=True)
class SurrogatePlan:
    """The plan of a run's surrogates over complexities and numbers of samples.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    """

    study = "gradients"

    config: Config
    paper: Config

    @property
    def problems(self) -> Mapping[str, Mapping[str, Any]]:
        """The settings of every problem, by name."""
        problems: Mapping[str, Mapping[str, Any]] = self.config["gradients"]["problems"]
        return problems

    @property
    def rows(self) -> dict[str, str]:
        """The paper's problem -> the entry that stands for it."""
        return {
            row: name
            for row, name in self.config["gradients"]["table1"].items()
            if name is not None
        }

    def row(self, problem: str) -> str:
        """The paper's problem that an entry stands for; its own name where it stands for none."""
        return next((row for row, name in self.rows.items() if name == problem), problem)

    def described(self) -> dict[str, dict[str, str]]:
        """Problem -> the row it stands for, its simulator, and how far it is from the paper's."""
        return {
            name: {
                "row": self.row(name),
                "simulator": settings["simulator"]["name"],
                "scale": self._departures(name),
            }
            for name, settings in self.problems.items()
        }

    def _departures(self, problem: str) -> str:
        """How an entry differs from the paper's, in words; batches are ours in any case."""
        papers = self.paper["gradients"]
        name = papers["table1"].get(self.row(problem))
        if name is None:
            return "not in the paper"
        here, there = self.problems[problem], papers["problems"][name]
        own = here["simulator"]["name"]
        found = [_OURS, _OF_GARCH] if own == "garch" else [_OURS]
        if own != there["simulator"]["name"]:
            found.insert(0, f"{own} in place of {there['simulator']['name']}")
        unsaid = {*_UNSAID, "pool"} if self.row(problem) == "beta_8d" else _UNSAID
        said = ({k: v for k, v in own.items() if k not in unsaid} for own in (here, there))
        return "; ".join([*found, *differences(*said)])

    def cells(self, problem: str) -> list[tuple[int, int]]:
        """Number of samples and complexity of every cell of a problem, in rising order."""
        settings = self.problems[problem]
        return [(n, eta) for n in sorted(settings["sizes"]) for eta in _rising(settings)]

    def shards(self, problem: str) -> range:
        """Numbers of the jobs over which a problem's cells are spread."""
        return range(math.ceil(len(self.cells(problem)) / self.problems[problem]["cells_per_job"]))

    def cells_of_shard(self, problem: str, shard: int) -> list[tuple[int, int]]:
        """The cells of one job."""
        count = self.problems[problem]["cells_per_job"]
        return self.cells(problem)[shard * count : (shard + 1) * count]

    def error_files(self, problem: str) -> list[str]:
        """The files, below the results folder, that hold the errors of a problem's cells."""
        own = f"gradients/surrogates/{problem}/cells"
        return [f"{own}/{shard}.npz" for shard in self.shards(problem)]

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where a user's simulator is not there."""
        simulators = {
            f"gradients.problems.{name}": settings["simulator"]
            for name, settings in self.problems.items()
        }
        if self.config["gradients"]["training_curves"] is not None:
            curves = self.config["gradients"]["training_curves"]
            simulators["gradients.training_curves"] = curves["simulator"]
        for key, simulator in simulators.items():
            try:
                simulator_files(simulator)
            except ValueError as error:
                raise ValueError(f"{key}.simulator.module: {error}") from error

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        for name in self.problems:
            row = self.row(name)
            title = (
                "Figure 2: errors of surrogates" if row == "cosine_2d" else "Errors of surrogates"
            )
            yield (
                drawing("plot_surrogate_errors", name, f"surrogate_errors_{name}", "gradients"),
                f"{title}, {name}",
                "By complexity and number of training samples (colours), with gradients dark and "
                "full, without light and dashed. Means over the draws with their standard errors.",
            )
        for name in self.problems:
            figure = OVERFITTING_FIGURES.get(self.row(name))
            title = f"Figure {figure.removeprefix('figure')}: " if figure else ""
            yield (
                drawing("plot_overfitting", name, f"surrogate_overfitting_{name}", "gradients"),
                f"{title}{'t' if figure else 'T'}raining against unseen samples, {name}",
                "A point is a complexity (colour) and a number of training samples (shape), mean "
                "over the draws. Above the line, a surrogate is worse on what it has not seen.",
            )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if not self.problems:
            return {}
        return {name: f"gradients/tables/{name}.csv" for name in _TABLES}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        own = {"surrogates": "gradients/tables/surrogates_measured.csv"}
        return own if self.problems else {}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """Lines of the comparison for the figures without numbers."""
        for row, name in self.rows.items():
            line = {"study": "gradients", "item": OVERFITTING_FIGURES[row], "row": row}
            scale = self._departures(name)
            yield {**line, "metric": "drawn", "measured": 1.0, "scale": scale}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = []
        for name in self.problems:
            found.append(Job("draw_runs", name, (f"gradients/surrogates/{name}/runs.npz",)))
            found += [
                Job("train_surrogates", f"{name}/{shard}", (path,))
                for shard, path in zip(self.shards(name), self.error_files(name), strict=True)
            ]
        if self.problems:
            tables = (*self.page_tables().values(), *self.measured_tables().values())
            found.append(Job("build_surrogate_tables", "", tables))
        return [*found, *(job for job, _, _ in self.figures())]


def _rising(settings: Mapping[str, Any]) -> list[int]:
    return sorted(settings["complexities"])
