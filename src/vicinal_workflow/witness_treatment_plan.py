"""The plan of treatment effects by the witness: what section 5.5 of its paper amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_plan import WitnessPlan

# Their numbers are lost from the copy of the paper that this project has.
_OURS = "degree, sigma, trimming and matching ours (paper: lost)"
_PAPERS, _GENERATED = "lalonde", "observational_study"
# What every data set has beside the options of its kind.
_OF_EVERY_KIND = ("kind", "validation", "label_noise")
TABLES = ("treatment_generated", "treatment_paired", "treatment_real")
_SCORES = (
    "Estimated share of treated around each person: above treated, below controls, on a "
    "logarithmic axis; of generated studies the first draw. Outlines are all people, filled are "
    "those left: for the logistic score by its overlap, for the witness where neither group "
    "dominates significantly. Shares beyond the axis are in its outermost bins."
)
_EFFECTS = (
    "Generated studies: mean error over the draws, with its 95 % interval. Other studies: the "
    "estimate with its own 95 % interval; the line is the experiment, the band its 95 % interval, "
    "crosses the experiment on the people whom an estimator keeps. An estimate beyond the axis is "
    "a number at its edge."
)


@dataclass(frozen=True)
class WitnessTreatmentPlan(WitnessPlan):
    """The plan of a run's treatment effects.

    data : the plan whose stages make data sets.
    """

    key = "treatment"

    data: VbswPlan

    @property
    def studies(self) -> dict[str, Mapping[str, Any]]:
        """Name -> settings of every study."""
        return {} if self.settings is None else dict(self.settings["studies"])

    def own(self, study: str) -> dict[str, Any]:
        """The settings of a study beside its data."""
        return {key: value for key, value in self.studies[study].items() if key != "dataset"}

    def kind(self, study: str) -> str:
        """What its data are."""
        return str(self.config["datasets"][self.studies[study]["dataset"]]["kind"])

    def generated(self, study: str) -> dict[str, Any]:
        """What a generated study is drawn by; empty for other data."""
        if self.kind(study) != _GENERATED:
            return {}
        options = self.config["datasets"][self.studies[study]["dataset"]]
        return {key: value for key, value in options.items() if key not in _OF_EVERY_KIND}

    def dataset_files(self, study: str) -> list[str]:
        """The file of its data; none for a generated study, which is drawn many times."""
        dataset = self.studies[study]["dataset"]
        return [] if self.kind(study) == _GENERATED else [f"datasets/{dataset}.npz"]

    def described(self) -> dict[str, dict[str, Any]]:
        """Study -> kind of data, scale, and whether it is generated."""
        return {
            name: {
                "data": self.kind(name),
                "scale": self._scale(name),
                "generated": self.kind(name) == _GENERATED,
            }
            for name in self.studies
        }

    def _scale(self, study: str) -> str:
        """How a study departs from the paper's data and settings, in words."""
        kind = self.kind(study)
        if kind != _PAPERS:
            return f"{kind} in place of {_PAPERS}; {_OURS}"
        papers = (self.paper["witness"]["treatment"] or {"studies": {}})["studies"]
        found = differences(self.studies[study], papers[study]) if study in papers else ()
        return "; ".join([_OURS, *found])

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's own file is not there."""
        for study in self.studies.values():
            self.data.check_dataset(study["dataset"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if not self.studies:
            return
        yield (
            drawing("plot_treatment_scores", "", "treatment_scores", "witness"),
            "Section 5.5: who is treated, by two scores",
            _SCORES,
        )
        yield (
            drawing("plot_treatment_effects", "", "treatment_effects", "witness"),
            "Section 5.5: effects on the treated",
            _EFFECTS,
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        return {name: f"witness/tables/{name}.csv" for name in TABLES} if self.studies else {}

    def measured_tables(self) -> dict[str, str]:
        """None: no number of the paper's is known."""
        return {}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found: list[Job] = []
        for name, study in self.studies.items():
            if self.dataset_files(name):
                found += self.data.jobs_of_dataset(study["dataset"])
            own = f"witness/treatment/{name}"
            made = (f"{own}_estimates.csv", f"{own}_scores.npz")
            found.append(Job("estimate_treatment_effects", name, made))
        if found:
            found.append(Job("build_treatment_tables", "", tuple(self.page_tables().values())))
        return [*dict.fromkeys(found), *(job for job, _, _ in self.figures())]
