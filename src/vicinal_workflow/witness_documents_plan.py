"""The plan of documents' centroids: what section 5.4 of the paper on witnesses amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import departures_of_ours
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_documents_names import DRAWN_KIND, DRAWS, SPLITS
from vicinal_workflow.witness_plan import WitnessPlan

Config = Mapping[str, Any]

# Of the paper's section only the aim and the data are known here.
_OURS = "embedding, degree, sigma and measures ours (paper: lost)"
# Keys of a data set that are no options of how its documents are drawn.
_NO_OPTIONS = ("kind", "validation", "label_noise")


@dataclass(frozen=True)
class WitnessDocumentsPlan(WitnessPlan):
    """The plan of a run's documents.

    data : the plan whose stages make data sets.
    """

    key = "documents"

    data: VbswPlan

    @property
    def chosen(self) -> Config:
        """The same where they are needed."""
        assert self.settings is not None
        return self.settings

    @property
    def entry(self) -> Config:
        """The data set's entry."""
        entry: Config = self.config["datasets"][self.chosen["dataset"]]
        return entry

    @property
    def generated(self) -> dict[str, Any] | None:
        """Options of documents that each repetition draws; None for a data set that is read."""
        if self.settings is None or self.entry["kind"] != DRAWN_KIND:
            return None
        return {key: value for key, value in self.entry.items() if key not in _NO_OPTIONS}

    @property
    def files(self) -> list[str]:
        """The data set's file; none where documents are drawn."""
        if self.settings is None or self.generated is not None:
            return []
        return [f"datasets/{self.chosen['dataset']}.npz"]

    @property
    def unit(self) -> str:
        """What repetitions are: `draws`, or `splits` of one corpus."""
        return SPLITS if self.generated is None else DRAWS

    def described(self) -> dict[str, str]:
        """Kind of data, scale, and what repetitions are: columns of the tables."""
        if self.settings is None:
            return {}
        return {"data": str(self.entry["kind"]), "scale": self.scale, "unit": self.unit}

    @property
    def scale(self) -> str:
        """How data and settings differ from the paper's, in words."""
        papers = self.paper["witness"]["documents"]
        if papers is None:
            return _OURS
        there = self.paper["datasets"][papers["dataset"]]
        parts = ({"data": _of_documents(entry)} for entry in (self.entry, there))
        return departures_of_ours(_OURS, *parts)

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's file is not there."""
        if self.settings is not None:
            self.data.check_dataset(self.settings["dataset"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The job that draws, with the title and the caption of its picture."""
        if self.settings is None:
            return
        true = " Rings are the true centres." if self.generated is not None else ""
        yield (
            drawing("plot_documents", "", "documents", "witness"),
            "Section 5.4: documents and their centroids",
            "Documents of the first repetition in the first two directions of the embedding, which "
            "has more. Left, coloured by their recorded class; right, by the cluster that k-means "
            "puts them in, clusters having the colours of classes so that most documents keep "
            "theirs. Filled are those that the Hermite witness finds significant for their group. "
            f"Crosses are centroids of all documents, stars of the filled ones.{true}",
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        names = ("document_scores", "document_differences")
        return {name: f"witness/tables/{name}.csv" for name in names}

    def measured_tables(self) -> dict[str, str]:
        """None: no number of the paper's is known here."""
        return {}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        own = "witness/documents"
        return [
            *(self.data.jobs_of_dataset(self.chosen["dataset"]) if self.files else ()),
            Job("compare_documents", "", (f"{own}/scores.csv", f"{own}/example.npz")),
            Job("build_document_tables", "", tuple(self.page_tables().values())),
            *(job for job, _, _ in self.figures()),
        ]


def _of_documents(entry: Config) -> dict[str, Any]:
    """A data set's settings but how it is split: its splits are put together."""
    return {key: entry[key] for key in entry if key not in ("validation", "test_fraction")}
