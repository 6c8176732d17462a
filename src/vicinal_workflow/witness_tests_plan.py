"""The plan of witness tests on a user's own data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_plan import WitnessPlan

Config = Mapping[str, Any]

_CAPTION = (
    "Test points in the colour of the class that dominates there by the witness, hollow where that "
    "is not significant by the paper's threshold. With two columns, regions: strong where it is, "
    "weak where only p is at most the level. With more, the first two principal components; with "
    "one, the witness along it."
)


@dataclass(frozen=True)
class WitnessTestsPlan(WitnessPlan):
    """The plan of a run's tests.

    data : the plan whose stages make data sets, trained networks and features.
    """

    key = "tests"

    data: VbswPlan

    @property
    def tests(self) -> Mapping[str, Config]:
        """The settings of every test, by name."""
        return self.settings or {}

    def dataset(self, test: str) -> str:
        """Name of the data set that a test is on."""
        own = self.tests[test]
        if own["features"] is None:
            return str(own["data"])
        return str(self.config["backbones"][own["features"]]["dataset"])

    def features(self, test: str) -> tuple[str, int] | None:
        """The shard of features that a test takes, `<backbone>/<number>`, and the network's place
        in it; None where it takes the data set's own columns."""
        own = self.tests[test]
        name, network = own["features"], own["network"]
        if name is None:
            return None
        for shard in self.data.shards(name):
            numbers = self.data.networks(name, shard)
            if network in numbers:
                return f"{name}/{shard}", numbers.index(network)
        raise ValueError(f"witness.tests.{test}.network: there is no network {network} of {name}")

    def feature_files(self, test: str) -> list[str]:
        """The file of these features; none for the data set's own columns."""
        found = self.features(test)
        return [] if found is None else [f"features/{found[0]}.npz"]

    def place(self, test: str) -> int:
        """Place of the network in its shard."""
        found = self.features(test)
        return 0 if found is None else found[1]

    def described(self, test: str) -> dict[str, str]:
        """Name, and what the test is on: a kind of data set or features of it."""
        kind = str(self.config["datasets"][self.dataset(test)]["kind"])
        backbone = self.tests[test]["features"]
        return {"test": test, "data": kind if backbone is None else f"{kind}, by {backbone}"}

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where the user's own file is not there."""
        for name, own in self.tests.items():
            if own["features"] is not None:
                backbone = self.config["backbones"][own["features"]]
                self.data.check_backbone(backbone, f"witness.tests.{name}")
            else:
                self.data.check_dataset(own["data"])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        for name in self.tests:
            job = drawing("plot_witness_test", name, f"test_{name}", "witness")
            yield job, f"Test on {name}", _CAPTION

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        return {name: f"witness/tests/{name}_summary.csv" for name in self.tests}

    def measured_tables(self) -> dict[str, str]:
        """None: the paper has no such data."""
        return {}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        found = [job for name in self.tests for job in self._jobs_of_test(name)]
        return [*dict.fromkeys(found), *(job for job, _, _ in self.figures())]

    def _jobs_of_test(self, name: str) -> Iterator[Job]:
        yield from self.data.jobs_of_dataset(self.dataset(name))
        features = self.features(name)
        if features is not None:
            shard, _ = features
            yield from self.data.jobs_of_features(self.tests[name]["features"], shard)
        own = f"witness/tests/{name}"
        yield Job("test_samples", name, (f"{own}.csv", f"{own}_summary.csv", f"{own}_picture.npz"))
