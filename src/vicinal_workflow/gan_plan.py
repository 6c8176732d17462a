"""The plan of the GAN trained on gradients: what section 6 of the paper amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.gan_names import ARMS, WITH
from vicinal_workflow.gradients_plan import GradientsPlan
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import departures_of_ours
from vicinal_workflow.vbsw_plan import VbswPlan

Config = Mapping[str, Any]

# The paper says "basic GAN code", and which metrics, but not how they are defined.
_OURS = "networks, rates, weights and metrics ours (paper: not said)"
# What it does say of them, beside the data.
_SAID = ("trials", "iterations", "stored", "images")


@dataclass(frozen=True)
class GanPlan(GradientsPlan):
    """The plan of a run's GANs.

    data : the plan whose stages make data sets and trained networks.
    """

    key = "gan"

    data: VbswPlan

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The same where they are needed."""
        assert self.settings is not None
        return self.settings

    def training(self, arm: str) -> dict[str, Any]:
        """How one of both GANs is trained; what only gradients need concerns the other not."""
        same = ("iterations", "batch_size", "learning_rate", "momentum", "record_every")
        settings = {key: self.chosen[key] for key in same}
        own = {key: self.chosen[key] for key in ("gradient_weight", "stored")}
        return settings | (own if arm == WITH else {"gradient_weight": 0.0})

    @property
    def kind(self) -> str:
        """What the true images are."""
        return str(self.config["datasets"][self.chosen["dataset"]]["kind"])

    @property
    def dataset(self) -> str:
        """The file of true images."""
        return f"datasets/{self.chosen['dataset']}.npz"

    @property
    def networks(self) -> list[str]:
        """The file of networks, the first of which gives features; none without a backbone."""
        name = self.chosen["backbone"]
        return [] if name is None else [f"backbones/{name}/0.safetensors"]

    @property
    def architecture(self) -> str | None:
        """That of the network that gives features."""
        name = self.chosen["backbone"]
        return None if name is None else str(self.config["backbones"][name]["architecture"])

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words."""
        if self.settings is None or self.paper["gradients"]["gan"] is None:
            return _OURS
        return departures_of_ours(_OURS, _parts(self.config), _parts(self.paper))

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's images are not there."""
        if self.settings is not None:
            self.data.check_dataset(self.settings["dataset"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if self.settings is None:
            return
        yield (
            drawing("plot_gan_architecture", "", "gan_architecture", "gradients"),
            "Figure 8: the GAN trained on gradients",
            "The networks as they were trained, and what trains them. Red is the path that "
            "gradients add: the gradient discriminator's derivatives at fakes are to be those at "
            "true images. Numbers in brackets are lines of algorithm 1.",
        )
        yield (
            drawing("plot_gan_accuracy_drop", "", "gan_accuracy_drop", "gradients"),
            "Figure 9: what a step of the generator costs the discriminator",
            "By how much one update of the generator lowers the accuracy of the discriminator on "
            "true images and fakes, these of noise that neither was trained on: mean of the "
            "trials, its rolling average, and the 95 % interval of that. Below, the difference: "
            "above zero, gradients lower it by more.",
        )
        yield (
            drawing("plot_gan_samples", "", "gan_samples", "gradients"),
            "Images of both GANs",
            "True images, and those of the first trial's generators. Images in the same place of "
            "the last two panels are made of the same noise.",
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {name: f"gradients/tables/{name}.csv" for name in ("gan_images", "gan_paired")}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        return {} if self.settings is None else {"gan": "gradients/tables/gan_measured.csv"}

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The line of the comparison for figure 8, which has no numbers."""
        if self.settings is not None:
            line = {"item": "figure8", "row": "mnist", "metric": "drawn", "measured": 1.0}
            yield {"study": self.study, **line, "scale": self.scale}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        own = "gradients/gan"
        tables = (*self.page_tables().values(), *self.measured_tables().values())
        return [
            *self.data.jobs_of_dataset(self.settings["dataset"]),
            *self._jobs_of_networks(),
            *(
                Job("train_gan", arm, (f"{own}/{arm}.safetensors", f"{own}/{arm}_records.csv"))
                for arm in ARMS
            ),
            Job("measure_gans", "", (f"{own}/distances.csv", f"{own}/examples.npz")),
            Job("build_gan_tables", "", tables),
            *(job for job, _, _ in self.figures()),
        ]

    def _jobs_of_networks(self) -> Iterator[Job]:
        if self.architecture is not None:
            yield self.data.job_of_networks(f"{self.chosen['backbone']}/0")


def _parts(config: Config) -> dict[str, dict[str, Any]]:
    """The data and settings that a run can be held against the paper by."""
    gan = config["gradients"]["gan"]
    data = dict(config["datasets"][gan["dataset"]])
    return {"data": data, "gan": {key: gan[key] for key in _SAID}}
