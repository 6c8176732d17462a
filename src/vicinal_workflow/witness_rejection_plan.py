"""The plan of rejections by the witness: what section 5.3 of its paper amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import departures_of_ours
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_plan import WitnessPlan

Config = Mapping[str, Any]

# Their numbers are lost from the copy of the paper that this project has.
_OURS = "degree and permutations ours (paper: lost)"
_SAID = ("components", "center")
ROW = "cifar10_vgg16"
TABLES = ("rejection_scores", "rejection_paired", "rejection_kept")
_CAPTION = (
    "Above, the share of wrong predictions among those that are kept, the surest first by each "
    "score: the lower a curve, the better. Right, a witness (not in the paper) rejects first what "
    "it gives another class than the network does. Below, both kernels at the paper's σ by the "
    "threshold factor: a prediction is kept where F exceeds so many thresholds. Lines are means "
    "of the networks, bands their 95 % intervals (Student; above only of the Hermite witness and "
    "of the soft-max gap): chance in the trainings, for the test points are the same."
)


@dataclass(frozen=True)
class WitnessRejectionPlan(WitnessPlan):
    """The plan of a run's rejections.

    data : the plan whose stages make data sets, trained networks and features.
    """

    key = "rejection"

    data: VbswPlan

    @property
    def experiments(self) -> list[str]:
        """Every experiment that is run, that of figure 4 first."""
        if self.settings is None:
            return []
        named = [self.settings["figure4"], *self.settings["further"]]
        return list(dict.fromkeys(name for name in named if name is not None))

    def own(self, experiment: str) -> Config:
        """The settings of an experiment."""
        assert self.settings is not None
        settings: Config = self.settings["experiments"][experiment]
        return settings

    def backbone(self, experiment: str) -> Config:
        """The settings of an experiment's backbone."""
        entry: Config = self.config["backbones"][self.own(experiment)["backbone"]]
        return entry

    def networks(self, experiment: str) -> list[list[int]]:
        """Numbers of an experiment's networks, shard by shard."""
        name = self.own(experiment)["backbone"]
        return [self.data.networks(name, shard) for shard in self.data.shards(name)]

    def feature_files(self, experiment: str) -> list[str]:
        """The features of an experiment's networks, shard by shard."""
        name = self.own(experiment)["backbone"]
        return [f"features/{name}/{shard}.npz" for shard in self.data.shards(name)]

    def described(self) -> dict[str, dict[str, str]]:
        """Experiment -> row of the paper, kind of data, and scale."""
        row_of = {} if self.settings is None else {self.settings["figure4"]: ROW}
        return {
            name: {
                "row": row_of.get(name, ""),
                "data": str(self.config["datasets"][self.backbone(name)["dataset"]]["kind"]),
                "scale": self._scale(name) if name in row_of else "not in the paper",
            }
            for name in self.experiments
        }

    def _scale(self, experiment: str) -> str:
        """How an experiment departs from what the paper says, in words."""
        papers = self.paper["witness"]["rejection"]
        if papers is None or papers["figure4"] is None:
            return _OURS
        return departures_of_ours(
            _OURS,
            _parts(self.config, self.own(experiment)),
            _parts(self.paper, papers["experiments"][papers["figure4"]]),
        )

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's own file is not there."""
        for name in self.experiments:
            self.data.check_backbone(self.backbone(name), f"witness.rejection.experiments.{name}")

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        for name, described in self.described().items():
            start = "Figure 4: rejection" if described["row"] else "Rejection"
            job = drawing("plot_rejection", name, f"rejection_{name}", "witness")
            yield job, f"{start} by the last hidden layer of {name}", _CAPTION

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if not self.experiments:
            return {}
        return {name: f"witness/tables/{name}.csv" for name in TABLES}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        if not self.experiments:
            return {}
        return {"witness_rejection": "witness/tables/rejection_measured.csv"}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The line of the comparison for figure 4, which has no numbers."""
        for described in self.described().values():
            if described["row"]:
                line = {"item": "figure4", "row": ROW, "metric": "drawn", "measured": 1.0}
                yield {"study": self.study, **line, "scale": described["scale"]}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = [job for name in self.experiments for job in self._jobs_of_experiment(name)]
        if found:
            tables = (*self.page_tables().values(), *self.measured_tables().values())
            found.append(Job("build_rejection_tables", "", tables))
        return [*dict.fromkeys(found), *(job for job, _, _ in self.figures())]

    def _jobs_of_experiment(self, name: str) -> Iterator[Job]:
        backbone = self.own(name)["backbone"]
        yield from self.data.jobs_of_dataset(self.backbone(name)["dataset"])
        for shard in self.data.shards(backbone):
            yield from self.data.jobs_of_features(backbone, f"{backbone}/{shard}")
        own = f"witness/rejection/{name}"
        yield Job("measure_rejection", name, (f"{own}_points.npz", f"{own}_scales.csv"))


def _parts(config: Config, own: Config) -> dict[str, dict[str, Any]]:
    """The data and settings that a run can be held against the paper by."""
    backbone = config["backbones"][own["backbone"]]
    network = backbone["architecture"]
    if network == "vgg":
        network += f" of width {backbone['width']}"
    said = {key: own[key] for key in _SAID}
    return {
        "data": dict(config["datasets"][backbone["dataset"]]),
        "network": {"network": network},
        "experiment": {**said, "samples": own["samples"] or "all"},
    }
