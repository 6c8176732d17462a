"""The plan of figure 1: networks trained with and without gradients, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.gradients_plan import GradientsPlan
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences

Config = Mapping[str, Any]

# The paper gives the function and the noise, the numbers of samples and of runs, and no more.
_OURS = "network, training and range of x ours (paper: not said)"
_SAID = ("sizes", "runs", "alpha")
_RECORDS = "gradients/training_curves/records.npz"


@dataclass(frozen=True)
class TrainingCurvesPlan(GradientsPlan):
    """The plan of a run's training curves."""

    key = "training_curves"

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words."""
        here, there = (
            {key: (config["gradients"]["training_curves"] or {}).get(key) for key in _SAID}
            for config in (self.config, self.paper)
        )
        return "; ".join([_OURS, *differences(here, there)])

    @property
    def simulator(self) -> str:
        """The function that is learnt."""
        return str((self.settings or {}).get("simulator", {}).get("name", ""))

    @property
    def noise(self) -> float:
        """Standard deviation of the noise in all samples, below which no error can fall."""
        return float((self.settings or {}).get("simulator", {}).get("noise", 0.0))

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The job that draws, with the title and the caption of its picture."""
        if self.settings is not None:
            yield (
                drawing("plot_training_curves", "", "training_curves", "gradients"),
                "Figure 1: training with and without gradients",
                "Above, errors on training samples (dashed) and on unseen ones; the dotted line is "
                "the noise in both. Below, how much the parameters change in an epoch. Means over "
                "the runs; bands reach from the least to the largest.",
            )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {"training_curves": "gradients/tables/training_curves.csv"}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        if self.settings is None:
            return {}
        return {"training_curves": "gradients/tables/training_curves_measured.csv"}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        tables = (*self.page_tables().values(), *self.measured_tables().values())
        return [
            Job("record_training", "", (_RECORDS,)),
            Job("build_training_table", "", tables),
            *(job for job, _, _ in self.figures()),
        ]
