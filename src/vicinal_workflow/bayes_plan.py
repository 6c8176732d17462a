"""The plan of averaged Bayesian networks: what the experiments of HWA amount to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.bayes_names import (
    DETERMINISTIC,
    FAMILIES,
    FAMILY_OF,
    HWA,
    ROWS,
    RUNS,
    RUNS_WITH_PATH,
    SGLD,
    SWA,
    hwa_method,
)
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import departures_of_ours
from vicinal_workflow.vbsw_plan import VbswPlan

Config = Mapping[str, Any]

# The paper shows curves, and says neither how they were trained nor over how many draws.
_OURS = "rates, epochs, cycles and numbers of draws ours (paper: not said)"
_SAID = ("architecture", "repetitions")
_SAID_OF_POSTERIOR = ("estimator", "prior_sigma", "prior_mean")
_NETWORK = ("architecture", "scaling", "width", "batch_norm")
_TRAINING = ("start_epochs", "batch_size", "shift", "flip")
TABLES = ("methods", "paired", "variances", "curves", "times", "speed")


@dataclass(frozen=True)
class BayesPlan:
    """The plan of a run's Bayesian networks.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    data : the plan whose stages make data sets and trained networks.
    """

    study = "bayes"

    config: Config
    paper: Config
    data: VbswPlan

    @property
    def rows(self) -> dict[str, str]:
        """Row of the paper -> the experiment that stands for it."""
        rows = self.config["bayes"]["rows"]
        return {row: name for row, name in rows.items() if name is not None}

    @property
    def experiments(self) -> list[str]:
        """Every experiment that is run, those of the paper first."""
        return [*self.rows.values(), *self.config["bayes"]["further"]]

    def settings(self, experiment: str) -> Config:
        """The settings of an experiment."""
        settings: Config = self.config["bayes"]["experiments"][experiment]
        return settings

    def shards(self, experiment: str) -> range:
        """Numbers of the jobs over which an experiment's repetitions are spread."""
        own = self.settings(experiment)
        return range(math.ceil(own["repetitions"] / own["repetitions_per_job"]))

    def repetitions(self, experiment: str, shard: int) -> list[int]:
        """Repetitions of a shard; seeds depend on them, not on how jobs are cut."""
        own = self.settings(experiment)
        size = own["repetitions_per_job"]
        return list(range(shard * size, min((shard + 1) * size, own["repetitions"])))

    def start(self, experiment: str, family: str) -> dict[str, Any]:
        """What a family's start depends on; the other family's settings do not concern it."""
        own = self.settings(experiment)
        posterior = own["posterior"]
        if family == DETERMINISTIC:
            posterior = {"prior_sigma": posterior["prior_sigma"]}
        common = {key: own[key] for key in (*_NETWORK, *_TRAINING)}
        return {**common, "posterior": posterior, family: own[family]}

    def run(self, experiment: str, run: str) -> dict[str, Any]:
        """What a run depends on, from its start on; other runs' settings do not concern it."""
        own = self.settings(experiment)
        start = self.start(experiment, FAMILY_OF[run])
        return {**start, "epochs": own["epochs"], **({run: own[run]} if run in own else {})}

    def records_path(self, experiment: str, run: str, shard: int) -> bool:
        """Whether a run keeps the path of its first repetition, for the loss surface."""
        has_surface = self.settings(experiment)["surface"] is not None
        return has_surface and run in RUNS_WITH_PATH and shard == 0

    def measured(self, experiment: str) -> dict[str, Any]:
        """What the posteriors are read off by, as they are measured: of trainings, nothing."""
        own = self.settings(experiment)
        averages = {run: _without_rates(own[run]) for run in (HWA, SWA, SGLD)}
        return {key: own[key] for key in (*_NETWORK, "posterior")} | averages

    def datasets(self, experiment: str) -> list[str]:
        """The experiment's data set, and that of other images where there is one."""
        own = self.settings(experiment)
        return [own[k] for k in ("dataset", "out_of_distribution") if own[k] is not None]

    def initial_files(self, experiment: str, shard: int) -> list[str]:
        """The files of the trained networks that a shard's repetitions begin with; perhaps none."""
        name = self.settings(experiment)["initial"]
        if name is None:
            return []
        needed = set(self.repetitions(experiment, shard))
        return [
            f"backbones/{name}/{number}.safetensors"
            for number in self.data.shards(name)
            if needed.intersection(self.data.networks(name, number))
        ]

    def described(self) -> dict[str, dict[str, str]]:
        """Experiment -> row, kind of data, scale, and the method that is called HWA there."""
        row_of = {name: row for row, name in self.rows.items()}
        found = {}
        for name in self.experiments:
            own = self.settings(name)
            found[name] = {
                "row": row_of.get(name, ""),
                "data": str(self.config["datasets"][own["dataset"]]["kind"]),
                "scale": self._scale(row_of[name]) if name in row_of else "not in the paper",
                "hwa": hwa_method(own["hwa"]["variance"], own["hwa"]["rank"]),
            }
        return found

    def _scale(self, row: str) -> str:
        """How an experiment departs from what the paper says of its row, in words."""
        if self.paper["bayes"]["rows"][row] is None:
            return _OURS
        here, there = (_parts(config, row) for config in (self.config, self.paper))
        return departures_of_ours(_OURS, here, there)

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's images are not there."""
        for name in self.experiments:
            for dataset in self.datasets(name):
                self.data.check_dataset(dataset)

    def files_of_run(self, experiment: str, run: str, shard: int) -> tuple[str, ...]:
        """Parameters, records, times and path of a run."""
        own = f"bayes/runs/{experiment}/{run}/{shard}"
        ends = (".safetensors", "_records.csv", "_seconds.csv", "_path.npz")
        return tuple(f"{own}{end}" for end in ends)

    def figures_of(self, experiment: str) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw an experiment, each with the title and caption of its picture."""
        row = {name: row for row, name in self.rows.items()}.get(experiment, "")
        number = {"": "", "figure1": "Figure 1: ", "figure2": "Figure 2: "}[ROWS.get(row, "")]
        yield (
            self._drawing("plot_posterior_curves", experiment, "curves"),
            f"{number}training of {experiment}" if number else f"Training of {experiment}",
            "Test accuracy of the posterior predictive, and expected NLL of training images, over "
            "steps and over training time (by the clock, on a machine with other jobs; without "
            "evaluation). Lines are means of the "
            "repetitions, bands reach from the least to the largest. Up to the dotted lines, the "
            "starts that a family's methods have in common.",
        )
        yield (
            self._drawing("plot_reliability", experiment, "reliability"),
            f"Reliability of {experiment}",
            "How often the predicted class is right, by the probability that it was given; on the "
            "diagonal a method is calibrated, below it too sure. Bars reach from the least to the "
            "largest repetition; hollow points are of few images. Beneath, the share of test "
            "images in each bin. ECE is the mean distance from the diagonal, weighted by these "
            "shares.",
        )
        if self.settings(experiment)["surface"] is not None:
            yield (
                self._drawing("plot_loss_surface", experiment, "surface"),
                f"Section 3.3: the loss surface of {experiment}",
                "The variational loss (eq. 3) in nats, darker where it is higher, on the plane of "
                "the first two principal components of the iterates' means in repetition 0, all "
                "variances being those of the last iterate. The paths, from ring to star, are "
                "those of HWA's iterates, of their averages, and of Bayes by "
                "Backprop, as far as they lie on the plane.",
            )

    def _drawing(self, stage: str, experiment: str, kind: str) -> Job:
        return drawing(stage, experiment, f"{kind}_{experiment}", "bayes")

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        for name in self.experiments:
            yield from self.figures_of(name)

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if not self.experiments:
            return {}
        return {name: f"bayes/tables/{name}.csv" for name in TABLES}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        return {"bayes": "bayes/tables/measured.csv"} if self.experiments else {}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The lines of the comparison for pictures: the paper's have no numbers."""
        described = self.described()
        for row, name in self.rows.items():
            items = [ROWS[row]]
            if row == "mnist_lenet5" and self.settings(name)["surface"] is not None:
                items.append("section3_3")
            for item in items:
                line = {"item": item, "row": row, "metric": "drawn", "measured": 1.0}
                yield {"study": self.study, **line, "scale": described[name]["scale"]}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = [job for name in self.experiments for job in self._jobs_of_experiment(name)]
        if found:
            tables = (*self.page_tables().values(), *self.measured_tables().values())
            found.append(Job("build_bayes_tables", "", tables))
        return [*dict.fromkeys(found), *(job for job, _, _ in self.figures())]

    def _jobs_of_experiment(self, name: str) -> Iterator[Job]:
        for dataset in self.datasets(name):
            yield from self.data.jobs_of_dataset(dataset)
        for shard in self.shards(name):
            for path in self.initial_files(name, shard):
                own = path.removeprefix("backbones/").removesuffix(".safetensors")
                yield self.data.job_of_networks(own)
            for family in FAMILIES:
                own = f"{name}/{family}/{shard}"
                ends = (".safetensors", "_records.csv", "_seconds.csv")
                yield Job("train_start", own, tuple(f"bayes/starts/{own}{end}" for end in ends))
            for run in RUNS:
                files = self.files_of_run(name, run, shard)
                yield Job("train_run", f"{name}/{run}/{shard}", files)
            own = f"{name}/{shard}"
            files = (f"bayes/metrics/{own}.csv", f"bayes/reliability/{own}.csv")
            yield Job("measure_posteriors", own, files)
        if self.settings(name)["surface"] is not None:
            yield Job("map_loss_surface", name, (f"bayes/surfaces/{name}.npz",))


def _without_rates(settings: Config) -> dict[str, Any]:
    """The settings of an average or a chain that say which iterates it keeps."""
    rates = ("rates", "upper", "lower", "learning_rate")
    return {key: value for key, value in settings.items() if key not in rates}


def _parts(config: Config, row: str) -> dict[str, dict[str, Any]]:
    """The data and settings that a run can be held against the paper by."""
    own = config["bayes"]["experiments"][config["bayes"]["rows"][row]]
    said = {key: own[key] for key in _SAID}
    if own["architecture"] == "vgg":
        said["width"] = own["width"]
    said["posterior"] = {key: own["posterior"][key] for key in _SAID_OF_POSTERIOR}
    return {"data": dict(config["datasets"][own["dataset"]]), "experiment": said}
