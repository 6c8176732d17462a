"""The plan of Taylor-based sampling and of the bound: what appendices A and B of VBSW amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.models.module_files import module_files
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences

Config = Mapping[str, Any]

# Errors of a table. What the paper calls L2 is a root mean square in table 6, an MSE in table 7.
METRICS = {
    "table6": ("l2", "linf"),
    "table7": ("mse", "linf", "aeg", "ael"),
    "further_samplings": ("l2", "linf", "aeg", "ael"),
}
SAMPLING_TABLES = ("table6", "table7")
# The paper names neither the constants of its ODE system nor the box of its starts.
_OURS = {"bateman": "constants and box ours (paper: not said)"}


@dataclass(frozen=True)
class SamplingPlan:
    """The plan of a run's samplings.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    """

    study = "vbsw"

    config: Config
    paper: Config

    @property
    def tables(self) -> list[str]:
        """Tables 6 and 7 where they have a row, and `further_samplings` where it names any."""
        return [table for table in METRICS if self.rows(table)]

    def rows(self, table: str) -> dict[str, str]:
        """Row of a table -> the entry of `vbsw.samplings` that stands for it."""
        if table == "further_samplings":
            return {name: name for name in self.config["vbsw"][table]}
        rows = self.config["vbsw"]["tables"][table]
        return {row: name for row, name in rows.items() if name is not None}

    def described_rows(self, table: str) -> dict[str, dict[str, str]]:
        """Row -> entry, function, and how far both are from the paper's own."""
        return {
            row: {
                "entry": name,
                "function": self.entry(name)["function"]["name"],
                "scale": "not in the paper"
                if table == "further_samplings"
                else self._departures(table, row),
            }
            for row, name in self.rows(table).items()
        }

    def _departures(self, table: str, row: str) -> str:
        """`paper`, or how an entry differs from the paper's, in words."""
        here, there = (
            _material(config["vbsw"]["samplings"][config["vbsw"]["tables"][table][row]])
            for config in (self.config, self.paper)
        )
        name, paper_name = here["function"]["name"], there["function"]["name"]
        found = [_OURS[paper_name]] if paper_name in _OURS else []
        if name != paper_name:
            found = [f"{name} in place of {paper_name}"]
            for key in ("function", "bounds"):
                del here[key], there[key]
        return "; ".join([*found, *differences(here, there)]) or "paper"

    @property
    def names(self) -> list[str]:
        """Every entry that a table names, once."""
        return list(
            dict.fromkeys(name for table in self.tables for name in self.rows(table).values())
        )

    def entry(self, name: str) -> Mapping[str, Any]:
        """The settings of a sampling."""
        settings: Mapping[str, Any] = self.config["vbsw"]["samplings"][name]
        return settings

    @property
    def mapped(self) -> list[str]:
        """The entries whose errors are mapped."""
        return [name for name in self.names if self.entry(name)["map"] is not None]

    def error_files(self, table: str) -> list[str]:
        """The tables of errors, below the results folder, that a table is made of."""
        files = []
        for name in dict.fromkeys(self.rows(table).values()):
            parts = ("errors", "map_errors") if name in self.mapped else ("errors",)
            files += [f"vbsw/samplings/{name}/{part}.csv" for part in parts]
        return files

    def curves(self, table: str) -> dict[str, str]:
        """Row of a table -> entry, where its function is of one variable."""
        return {
            row: name
            for row, name in self.rows(table).items()
            if len(self.entry(name)["bounds"]) == 1
        }

    def described_curves(self, table: str) -> list[dict[str, Any]]:
        """Title, number of initial points and order of each function of one variable."""
        return [
            {"title": row, **{key: self.entry(name)[key] for key in ("initial", "order")}}
            for row, name in self.curves(table).items()
        ]

    def function_files(self, function: Mapping[str, Any]) -> list[Path]:
        """The user's own file that a function is in; none where its module is installed."""
        return module_files(function["module"]) if function["name"] == "module" else []

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file, and `_paired` beside each."""
        return {
            f"{table}{part}": f"vbsw/tables/{table}{part}.csv"
            for table in self.tables
            for part in ("", "_paired")
        }

    def measured_tables(self) -> dict[str, str]:
        """The paper's item -> the table with our numbers."""
        named = [table for table in self.tables if table in SAMPLING_TABLES]
        return {table: f"vbsw/tables/{table}.csv" for table in named}

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where a user's function is not there."""
        functions = {f"vbsw.samplings.{name}": self.entry(name)["function"] for name in self.names}
        if self.config["vbsw"]["bound"] is not None:
            functions["vbsw.bound"] = self.config["vbsw"]["bound"]["function"]
        for key, function in functions.items():
            try:
                self.function_files(function)
            except ValueError as error:
                raise ValueError(f"{key}.function.module: {error}") from error

    def drawn(self) -> Iterator[dict[str, Any]]:
        """Lines of the comparison for the figures: item, row, metric, measured, scale."""
        if self.config["vbsw"]["bound"] is not None:
            yield _drawn("figure1", "example", "example ours (paper: not said)")
        for figure, table in (("figure4", "table6"), ("figure5", "table7")):
            shown = self.curves(table) if figure == "figure4" else self.rows(table)
            for row, described in self.described_rows(table).items():
                if row in shown and (figure == "figure4" or described["entry"] in self.mapped):
                    yield _drawn(figure, row, described["scale"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if self.config["vbsw"]["bound"] is not None:
            yield (
                drawing("plot_generalization_bound", "", "generalization_bound"),
                "Figure 1: the bound",
                "Above, a function with its tangents, and where networks that pass through the "
                "points can lie. Below, the largest error that such a network can have, exactly "
                "and to leading order: steep cells have the largest share of the squared error.",
            )
        for table in self.tables:
            if self.curves(table):
                yield (
                    drawing("plot_taylor_points", table, f"taylor_points_{table}"),
                    "Figure 4: where Taylor points lie" if table == "table6" else "Taylor points",
                    "The function, how much it changes (right axis), and the new points that "
                    "Taylor-based sampling draws in the first repetition.",
                )
        for name in self.mapped:
            shown = name in self.rows("table7").values()
            yield (
                drawing("plot_bateman_maps", name, f"bateman_maps_{name}"),
                f"Figure 5: {name}" if shown else f"Where errors lie: {name}",
                "Above, predictions of the first repetition's networks over time, from a random "
                "start and from each network's worst. Below, how much the solution changes, and "
                "how far Taylor points lower the worst squared error, mean over the repetitions.",
            )

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = []
        for name in self.names:
            own = f"vbsw/samplings/{name}"
            found.append(Job("draw_training_points", name, (f"{own}/points.npz",)))
            networks = (f"{own}/networks.safetensors", f"{own}/errors.csv")
            found.append(Job("train_on_points", name, networks))
            if name in self.mapped:
                maps = (f"{own}/map_errors.csv", f"{own}/maps.npz")
                found.append(Job("map_sampling_errors", name, maps))
        for table in self.tables:
            parts = (f"vbsw/tables/{table}.csv", f"vbsw/tables/{table}_paired.csv")
            found.append(Job("build_sampling_table", table, parts))
        return found + [job for job, _, _ in self.figures()]


def _material(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry's errors depend on: where they are mapped is of no concern."""
    return {key: value for key, value in entry.items() if key != "map"}


def _drawn(figure: str, row: str, scale: str) -> dict[str, Any]:
    line = {"item": figure, "row": row, "metric": "drawn", "measured": 1.0, "scale": scale}
    return {"study": "vbsw", **line}
