"""The plan of the latent space: what section 5.2 of the paper on witness functions amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import departures_of_ours
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_latent_names import LEVEL_OF_THRESHOLD, ROW
from vicinal_workflow.witness_plan import WitnessPlan

Config = Mapping[str, Any]

# The paper has the data and the number of prototypes; the rest is lost from the copy at hand.
_OURS = "networks, degree, sigma, permutations and grid ours (paper: lost)"
_SAID = ("components",)
TABLES = ("latent_points", "latent_paired", "latent_prototypes")
_EXPLORED = ("n", "sigma", "sigmas", "permutations", "threshold_factor", "extent", "grid")


@dataclass(frozen=True)
class WitnessLatentPlan(WitnessPlan):
    """The plan of a run's latent spaces.

    data : the plan whose stages make data sets and trained networks.
    """

    key = "latent"

    data: VbswPlan

    @property
    def chosen(self) -> Mapping[str, Any]:
        """The settings where they are needed."""
        assert self.settings is not None
        return self.settings

    @property
    def explored(self) -> dict[str, Any]:
        """What the witnesses and prototypes depend on."""
        return {key: self.chosen[key] for key in (*_EXPLORED, "components", "codes")}

    @property
    def kind(self) -> str:
        """What the images are."""
        return str(self.config["datasets"][self.chosen["dataset"]]["kind"])

    @property
    def dataset(self) -> str:
        """The file of images."""
        return f"datasets/{self.chosen['dataset']}.npz"

    @property
    def networks(self) -> str:
        """The file of networks that judge decoded images together."""
        return f"backbones/{self.chosen['backbone']}/0.safetensors"

    @property
    def architecture(self) -> str:
        """That of the networks that judge."""
        return str(self.config["backbones"][self.chosen["backbone"]]["architecture"])

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words."""
        if self.settings is None or self.paper["witness"]["latent"] is None:
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
            drawing("plot_latent_space", "", "latent_space", "witness"),
            "Figure 2: decoded points of the latent plane",
            "The first autoencoder: codes of training images, all points of a grid decoded, and "
            "those that each kernel drops or keeps by the paper's threshold. Behind an image lies "
            f"the colour of the class that the witness gives it. {LEVEL_OF_THRESHOLD}",
        )
        yield (
            drawing("plot_latent_prototypes", "", "latent_prototypes", "witness"),
            "Figure 3: prototypes of the classes",
            "The first autoencoder: means of a Gaussian mixture of each class, among the codes and "
            "decoded (a row a class). Left, of all codes of the class; in the middle, of those in "
            "its significant region (the Hermite kernel is significant and gives the class); "
            "right, of as many nearest to the class's mean. A class of too few codes has no "
            "images.",
        )
        yield (
            drawing("plot_latent_curves", "", "latent_curves", "witness"),
            "The classifier's verdict, by the share of points kept",
            "Grid points are kept by falling ratio of their statistic to the threshold, so that "
            "kernels are compared that keep equally many. Means over the autoencoders, with their "
            "95 % intervals (Student). A kernel's own best σ is the one whose witness of half the "
            "codes names the classes of the other half best.",
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {name: f"witness/tables/{name}.csv" for name in TABLES}

    def measured_tables(self) -> dict[str, str]:
        """The table with what becomes of the paper's claims, as the comparison has them."""
        measured = {"witness_latent": "witness/tables/latent_measured.csv"}
        return {} if self.settings is None else measured

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The lines of the comparison for figures 2 and 3, which have no numbers."""
        if self.settings is None:
            return
        for item in ("figure2", "figure3"):
            line = {"study": self.study, "item": item, "row": ROW, "metric": "drawn"}
            yield {**line, "measured": 1.0, "scale": self.scale}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        own = "witness/latent"
        tables = (*self.page_tables().values(), *self.measured_tables().values())
        files = ("points.csv", "curves.csv", "prototypes.csv", "examples.npz")
        return [
            *self.data.jobs_of_dataset(self.settings["dataset"]),
            self.data.job_of_networks(f"{self.settings['backbone']}/0"),
            Job("train_vae", "", (f"{own}/vaes.safetensors",)),
            Job("measure_latent", "", tuple(f"{own}/{file}" for file in files)),
            Job("build_latent_tables", "", tables),
            *(job for job, _, _ in self.figures()),
        ]


def _parts(config: Config) -> dict[str, dict[str, Any]]:
    """The data and settings that a run can be held against the paper by."""
    latent = config["witness"]["latent"]
    data = dict(config["datasets"][latent["dataset"]])
    return {"data": data, "latent": {key: latent[key] for key in _SAID}}
