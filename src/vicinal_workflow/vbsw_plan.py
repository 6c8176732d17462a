"""The plan of VBSW: its experiments, the jobs of each stage, and what they make."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.data.build import REGISTRY_ENTRY, own_files
from vicinal.data.registry import RegistryEntry, RegistryFile
from vicinal.models.module_files import module_files
from vicinal_workflow.compared_settings import compared_settings
from vicinal_workflow.consistency import IMAGE_NETWORKS
from vicinal_workflow.grids import describe_grids
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.sampling_plan import SAMPLING_TABLES
from vicinal_workflow.scale import departures_from_paper

Config = Mapping[str, Any]

# What a BERT in a folder of the user's consists of.
FOLDER_FILES = ("config.json", "model.safetensors", "vocab.txt")


@dataclass(frozen=True)
class VbswPlan:
    """The plan of a run's weighted heads and of figure 6.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    """

    study = "vbsw"

    config: Config
    paper: Config
    registry: Mapping[str, RegistryEntry]

    @property
    def tables(self) -> list[str]:
        """The paper's tables that have a row, and `further` where it names an experiment."""
        named = [table for table in self.config["vbsw"]["tables"] if table not in SAMPLING_TABLES]
        return [table for table in (*named, "further") if self.rows(table)]

    def rows(self, table: str) -> dict[str, str]:
        """Row of a table -> the experiment that stands for it."""
        if table == "further":
            return {name: name for name in self.config["vbsw"]["further"]}
        rows = self.config["vbsw"]["tables"][table]
        return {row: name for row, name in rows.items() if name is not None}

    def described_rows(self, table: str) -> dict[str, dict[str, str]]:
        """Row -> experiment, kind of data, and how far both are from the paper's own."""
        return {
            row: {
                "experiment": name,
                "data": self.config["datasets"][self.backbone(name)["dataset"]]["kind"],
                "scale": "not in the paper"
                if table == "further"
                else departures_from_paper(self.config, self.paper, table, row),
            }
            for row, name in self.rows(table).items()
        }

    @property
    def experiments(self) -> list[str]:
        """Every experiment that a table names, once."""
        return list(
            dict.fromkeys(name for table in self.tables for name in self.rows(table).values())
        )

    @property
    def grids(self) -> list[str]:
        """Every grid of (m, k) that figure 6 names, once."""
        named = self.config["vbsw"]["figure6"].values()
        return list(dict.fromkeys(name for name in named if name is not None))

    def described_grids(self) -> dict[str, dict[str, str]]:
        """Panel of figure 6 -> grid, kind of data, and how far both are from the paper's own."""
        return describe_grids(self.config, self.paper)

    def backbone(self, experiment: str) -> Mapping[str, Any]:
        """The settings of an experiment's backbone."""
        entry: Mapping[str, Any] = self.config["backbones"][
            self.config["vbsw"]["experiments"][experiment]["backbone"]
        ]
        return entry

    def shards(self, backbone: str) -> range:
        """Numbers of the jobs over which a backbone's networks are spread."""
        entry = self.config["backbones"][backbone]
        return range(math.ceil(entry.get("networks", 1) / entry.get("networks_per_job", 1)))

    def networks(self, backbone: str, shard: int) -> list[int]:
        """Numbers of the networks of a shard; seeds depend on them, not on how jobs are cut."""
        entry = self.config["backbones"][backbone]
        size = entry.get("networks_per_job", 1)
        return list(range(shard * size, min((shard + 1) * size, entry.get("networks", 1))))

    def raw_files(self, dataset: str) -> tuple[RegistryFile, ...]:
        """The downloaded files that a data set is read from."""
        entry = REGISTRY_ENTRY[self.config["datasets"][dataset]["kind"]]
        return self.registry[entry].files if entry else ()

    def own_files(self, dataset: str) -> list[Path]:
        """The user's own files that a data set is read from."""
        options = self.config["datasets"][dataset]
        return own_files(options["kind"], options)

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where a user's own file is not there."""
        for experiment in self.experiments:
            self.check_backbone(self.backbone(experiment), f"vbsw.experiments.{experiment}")

    def check_dataset(self, dataset: str) -> None:
        """The same of one data set."""
        try:
            self.own_files(dataset)
        except ValueError as error:
            raise ValueError(f"datasets.{dataset}.path: {error}") from error

    def check_backbone(self, backbone: Mapping[str, Any], user: str) -> None:
        """The same of a backbone and its data; `user` is the key of what works on its features."""
        self.check_dataset(backbone["dataset"])
        try:
            key = f"{user}: its backbone's module"
            if backbone["architecture"] == "module":
                module_files(backbone["module"])
            key = f"{user}: its backbone's ready network"
            for path in self._ready_files(backbone):
                if not path.is_file():
                    raise ValueError(f"{path}: no such file (looked for from {Path.cwd()})")
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from error

    def _ready_files(self, backbone: Mapping[str, Any]) -> list[Path]:
        """The user's own files of a network that is not trained here."""
        if backbone.get("source") == "folder":
            return [Path(backbone["folder"]) / name for name in FOLDER_FILES]
        if backbone.get("source") == "checkpoint" and backbone["checkpoint"] not in self.registry:
            return [Path(backbone["checkpoint"])]
        return []

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file; `_gains` beside each, pairs chosen from the grids."""
        files = {
            f"{table}{part}": f"vbsw/tables/{table}{part}.csv"
            for table in self.tables
            for part in ("", "_gains")
        }
        if self.compares_trainings:
            files["trainings"] = "vbsw/tables/table5_trainings.csv"
        for panel, described in self.described_grids().items():
            files[f"figure6_{panel}"] = f"vbsw/grids/{described['grid']}_chosen.csv"
        return files

    def measured_tables(self) -> dict[str, str]:
        """The paper's item -> the table with our numbers."""
        named = [table for table in self.tables if table != "further"]
        return {table: f"vbsw/tables/{table}.csv" for table in named}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """Lines of the comparison that no table is needed for: settings and figures."""
        return compared_settings(self)

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if self.experiments:
            yield (
                drawing("plot_gains", "", "gains"),
                "What the weights add",
                "Mean paired difference between heads with VBSW's weights and heads with others, "
                "with its 95 % interval. Right of zero, VBSW is better.",
            )
        moon = self.rows("table1").get("double_moon")
        if moon:
            yield (
                drawing("plot_decision_boundaries", moon, f"decision_boundaries_{moon}"),
                f"Figure 2: {moon}",
                "The training samples, the best fit with uniform weights, the weights, and the "
                "best fit with them.",
            )
        for name in self.rows("table2").values():
            yield (
                drawing("plot_highest_weights", name, f"highest_weights_{name}"),
                f"Figure 3: {name}",
                "The training images with the highest weights, by the first network's features; "
                "label and weight above each.",
            )
        if self.grids:
            yield (
                drawing("plot_grids", "", "grids"),
                "Figure 6: the error over m and k",
                "Mean error of the heads of each pair, blue being lower, with the pairs chosen on "
                "validation and on test data; on the colour bar, heads with uniform weights.",
            )

    @property
    def compares_trainings(self) -> bool:
        """Whether both rows of table 5 are there, so that they can be compared."""
        return {"vanilla", "ab"} <= self.rows("table5").keys()

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = [job for name in self.experiments for job in self._jobs_of_experiment(name)]
        for table in self.tables:
            parts = (f"vbsw/tables/{table}.csv", f"vbsw/tables/{table}_gains.csv")
            found.append(Job("build_table", table, parts))
        if self.compares_trainings:
            found.append(Job("compare_trainings", "", ("vbsw/tables/table5_trainings.csv",)))
        found += [job for name in self.grids for job in self._jobs_of_grid(name)]
        return found + [job for job, _, _ in self.figures()]

    def _jobs_of_experiment(self, name: str) -> Iterator[Job]:
        backbone = self.config["vbsw"]["experiments"][name]["backbone"]
        dataset = self.config["backbones"][backbone]["dataset"]
        yield from self.jobs_of_dataset(dataset)
        for shard in self.shards(backbone):
            yield from self.jobs_of_features(backbone, f"{backbone}/{shard}")
            own = f"{name}/{shard}"
            yield Job("weigh_samples", own, (f"vbsw/weights/{own}.npz",))
            heads = f"vbsw/heads/{own}"
            yield Job("train_heads", own, (f"{heads}.csv", f"{heads}.safetensors"))
        parts = (f"vbsw/comparisons/{name}_methods.csv", f"vbsw/comparisons/{name}_gains.csv")
        yield Job("compare_weightings", name, parts)

    def jobs_of_dataset(self, dataset: str) -> Iterator[Job]:
        """The jobs that make a data set."""
        for file in self.raw_files(dataset):
            yield Job("retrieve_file", file.path)
        yield Job("build_dataset", dataset, (f"datasets/{dataset}.npz",))

    def _jobs_of_grid(self, name: str) -> Iterator[Job]:
        experiment = self.config["vbsw"]["grids"][name]["experiment"]
        backbone = self.config["vbsw"]["experiments"][experiment]["backbone"]
        yield from self.jobs_of_dataset(self.config["backbones"][backbone]["dataset"])
        yield from self.jobs_of_features(backbone, f"{backbone}/0")
        yield Job("train_grid", name, (f"vbsw/grids/{name}.csv",))
        yield Job("choose_cells", name, (f"vbsw/grids/{name}_chosen.csv",))

    def jobs_of_features(self, backbone: str, shard: str) -> Iterator[Job]:
        """The jobs that make networks and features of a shard, `<backbone>/<number>`."""
        entry, features = self.config["backbones"][backbone], (f"features/{shard}.npz",)
        if entry["architecture"] in (*IMAGE_NETWORKS, "mlp"):
            yield self.job_of_networks(shard)
            yield Job("extract_network_features", shard, features)
        elif entry["architecture"] == "tiny_bert":
            stage = "pretrain_bert" if entry["source"] == "pretrain" else "load_bert"
            files = (f"backbones/{shard}.safetensors", f"backbones/{shard}.vocab.txt")
            yield Job(stage, shard, files)
            yield Job("extract_text_features", shard, features)
        else:
            stage = "module_features" if entry["architecture"] == "module" else "columns"
            yield Job(f"extract_{stage}", shard, features)

    def job_of_networks(self, shard: str) -> Job:
        """The job that makes a shard, `<backbone>/<number>`, of networks for images or tables."""
        entry = self.config["backbones"][shard.partition("/")[0]]
        trained = entry.get("source", "train") == "train"
        stage = "train_backbone" if trained else "convert_checkpoint"
        return Job(stage, shard, (f"backbones/{shard}.safetensors",))
