"""What a configuration amounts to: the parts of its studies, and all their jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vicinal.data.registry import RegistryEntry
from vicinal_workflow.bayes_plan import BayesPlan
from vicinal_workflow.configuration import ConfigurationError, complete_configuration
from vicinal_workflow.gan_plan import GanPlan
from vicinal_workflow.jobs import Job
from vicinal_workflow.likelihood_plan import LikelihoodPlan
from vicinal_workflow.ridge_plan import RidgePlan
from vicinal_workflow.sampling_plan import SamplingPlan
from vicinal_workflow.search_plan import SearchPlan
from vicinal_workflow.surrogate_plan import SurrogatePlan
from vicinal_workflow.training_curves_plan import TrainingCurvesPlan
from vicinal_workflow.vbsw_plan import VbswPlan
from vicinal_workflow.witness_documents_plan import WitnessDocumentsPlan
from vicinal_workflow.witness_latent_plan import WitnessLatentPlan
from vicinal_workflow.witness_rejection_plan import WitnessRejectionPlan
from vicinal_workflow.witness_tests_plan import WitnessTestsPlan
from vicinal_workflow.witness_toy_plan import WitnessToyPlan
from vicinal_workflow.witness_treatment_plan import WitnessTreatmentPlan

Config = Mapping[str, Any]


class Part(Protocol):
    """A part of a study as the workflow sees it. Files are below the results folder.

    study : whose target makes it, and whose published figures it is compared with.
    """

    study: str

    def jobs(self) -> list[Job]:
        """Every job that the part rests on, in the order of the stages; none if not configured."""

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""

    def page_tables(self) -> dict[str, str]:
        """Name -> file of the tables that the summary page shows; see `studies`."""

    def measured_tables(self) -> dict[str, str]:
        """Name -> file of the tables whose numbers stand beside the paper's; see `published`."""

    def drawn(self) -> Iterator[dict[str, Any]]:
        """Lines of the comparison that need no file: item, row, metric, measured, scale."""


@dataclass(frozen=True)
class Plan:
    """The plan of a run.

    config, paper : completed configurations, of the run and of the preset at the paper's scale.
    """

    config: Config
    paper: Config
    registry: Mapping[str, RegistryEntry]

    @property
    def vbsw(self) -> VbswPlan:
        """Variance-based sample weighting: tables 1 to 5, figures 2, 3 and 6."""
        return VbswPlan(self.config, self.paper, self.registry)

    @property
    def sampling(self) -> SamplingPlan:
        """Appendices A and B of the same paper: tables 6 and 7, figures 1, 4 and 5."""
        return SamplingPlan(self.config, self.paper)

    @property
    def ridge(self) -> RidgePlan:
        """Gradient information in ridge regression: figures 5, 6 and 7."""
        return RidgePlan(self.config, self.paper)

    @property
    def surrogates(self) -> SurrogatePlan:
        """Surrogates with gradients: table 1, figures 2 and 10 to 12."""
        return SurrogatePlan(self.config, self.paper)

    @property
    def search(self) -> SearchPlan:
        """Searches for hyper-parameters below delta-min: figure 4."""
        return SearchPlan(self.config)

    @property
    def gan(self) -> GanPlan:
        """A GAN trained on gradients: table 2, figures 8 and 9."""
        return GanPlan(self.config, self.paper, self.vbsw)

    @property
    def training_curves(self) -> TrainingCurvesPlan:
        """Training with and without gradients, epoch by epoch: figure 1."""
        return TrainingCurvesPlan(self.config, self.paper)

    @property
    def likelihood(self) -> LikelihoodPlan:
        """Maximum likelihood with surrogates: figure 3."""
        return LikelihoodPlan(self.config, self.paper)

    @property
    def bayes(self) -> BayesPlan:
        """Averaged Bayesian networks: figures 1 and 2, and section 3.3, of HWA."""
        return BayesPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_latent(self) -> WitnessLatentPlan:
        """The latent plane of an autoencoder: figures 2 and 3 of witness functions."""
        return WitnessLatentPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_rejection(self) -> WitnessRejectionPlan:
        """Rejection by the last hidden layer: figure 4."""
        return WitnessRejectionPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_documents(self) -> WitnessDocumentsPlan:
        """Documents' significance and centroids: section 5.4 of witness functions."""
        return WitnessDocumentsPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_treatment(self) -> WitnessTreatmentPlan:
        """Treatment effects: section 5.5 of witness functions."""
        return WitnessTreatmentPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_tests(self) -> WitnessTestsPlan:
        """Witness tests of a user's own data."""
        return WitnessTestsPlan(self.config, self.paper, self.vbsw)

    @property
    def witness_toy(self) -> WitnessToyPlan:
        """A circle against ellipses: section 5.1 and figure 1 of witness functions."""
        return WitnessToyPlan(self.config, self.paper)

    @property
    def parts(self) -> dict[str, Part]:
        """The parts of all studies, by name: a further one is added here."""
        return {
            "vbsw": self.vbsw,
            "sampling": self.sampling,
            "training_curves": self.training_curves,
            "surrogates": self.surrogates,
            "likelihood": self.likelihood,
            "search": self.search,
            "ridge": self.ridge,
            "gan": self.gan,
            "bayes": self.bayes,
            "witness_toy": self.witness_toy,
            "witness_latent": self.witness_latent,
            "witness_rejection": self.witness_rejection,
            "witness_documents": self.witness_documents,
            "witness_treatment": self.witness_treatment,
            "witness_tests": self.witness_tests,
        }

    def parts_of(self, study: str) -> list[Part]:
        """The parts of one study."""
        return [part for part in self.parts.values() if part.study == study]

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once."""
        return list(dict.fromkeys(job for part in self.parts.values() for job in part.jobs()))

    def check_own_files(self) -> None:
        """Raise ValueError with the configuration's key where a user's own file is not there.

        Snakemake would go on with an old data set where the files behind it are gone.
        """
        self.vbsw.check_own_files()
        self.sampling.check_own_files()
        self.surrogates.check_own_files()
        self.gan.check_own_files()
        self.bayes.check_own_files()
        self.witness_latent.check_own_files()
        self.witness_rejection.check_own_files()
        self.witness_documents.check_own_files()
        self.witness_treatment.check_own_files()
        self.witness_tests.check_own_files()


def plan_of(
    config: Config, schema: Config, paper: Config, registry: Mapping[str, RegistryEntry]
) -> Plan:
    """The plan of a configuration as a user wrote it; `Plan.config` is the completed one.

    paper : the preset at the paper's scale, as it is written.
    Raises ConfigurationError with a message for the user, whatever is wrong with `config`.
    """
    completed = complete_configuration(config, schema)
    plan = Plan(completed, complete_configuration(paper, schema), registry)
    try:
        plan.check_own_files()
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    return plan
