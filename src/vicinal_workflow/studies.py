"""The studies of the summary page, from what the parts of each have made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from vicinal_workflow.bayes_section import bayes_section
from vicinal_workflow.gan_section import gan_section
from vicinal_workflow.grid_section import grid_table, grid_verdicts
from vicinal_workflow.likelihood_section import likelihood_section
from vicinal_workflow.page import Figure, Study, Table, Verdict
from vicinal_workflow.ridge_section import ridge_section
from vicinal_workflow.sampling_section import sampling_section
from vicinal_workflow.search_section import search_section
from vicinal_workflow.surrogate_section import surrogate_section
from vicinal_workflow.training_curves_section import training_curves_section
from vicinal_workflow.training_section import training_table, training_verdicts
from vicinal_workflow.vbsw_section import setting_of, vbsw_section
from vicinal_workflow.witness_documents_section import witness_documents_section
from vicinal_workflow.witness_latent_section import witness_latent_section
from vicinal_workflow.witness_rejection_section import witness_rejection_section
from vicinal_workflow.witness_tests_section import witness_tests_section
from vicinal_workflow.witness_toy_section import witness_toy_section
from vicinal_workflow.witness_treatment_section import witness_treatment_section

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class PartResults:
    """What a part of a study made: its tables, by the names of its plan, and its pictures."""

    tables: Tables
    figures: Sequence[Figure]


@dataclass(frozen=True)
class PagePart:
    """A part of a study on the page: what it asks, and what answers it.

    section : tables and verdicts from the part's tables and the study's lines of the comparison.
    """

    title: str
    question: str
    section: Callable[[Tables, pd.DataFrame], tuple[list[Table], list[Verdict]]]


# In the page's order. A further one is added here.
GRADIENTS: dict[str, PagePart] = {
    "training_curves": PagePart(
        "training with derivatives",
        "What does fitting derivatives beside values change while a network is trained?",
        training_curves_section,
    ),
    "surrogates": PagePart(
        "surrogates, and delta-min",
        "Where a simulator's derivatives are known beside its values: does a network that fits "
        "both predict better than one that fits values alone, and does the complexity where the "
        "two are nearest bound the best one?",
        surrogate_section,
    ),
    "likelihood": PagePart(
        "maximum likelihood with surrogates",
        "Does a surrogate that was trained with gradients find the parameters behind noisy "
        "observations better?",
        likelihood_section,
    ),
    "search": PagePart(
        "searches below delta-min",
        "Does cutting the complexities at delta-min save a search for hyper-parameters work?",
        search_section,
    ),
    "ridge": PagePart(
        "ridge-gradients",
        "Does a linear model of a function predict better when it is drawn towards the "
        "function's derivatives?",
        ridge_section,
    ),
    "gan": PagePart(
        "a GAN trained on gradients",
        "Does a generator make better images when the discriminator's derivatives at them are to "
        "be those at true images?",
        gan_section,
    ),
}

WITNESS: dict[str, PagePart] = {
    "witness_toy": PagePart(
        "a circle against ellipses",
        "Does the Hermite kernel find where two samples differ better than the Gaussian one, does "
        "the permutation test keep its level, and do errors fall as theorem 3.1 says?",
        witness_toy_section,
    ),
    "witness_latent": PagePart(
        "the latent plane of an autoencoder",
        "Does the witness tell which codes are decoded to images of a class, and does it find "
        "better prototypes of the classes?",
        witness_latent_section,
    ),
    "witness_rejection": PagePart(
        "rejection by the last hidden layer",
        "Does the witness at a network's last hidden layer tell which of its predictions to keep?",
        witness_rejection_section,
    ),
    "witness_documents": PagePart(
        "documents and robust centroids",
        "Does the witness tell which documents belong to their class, and are centroids of these "
        "alone better than those of all?",
        witness_documents_section,
    ),
    "witness_treatment": PagePart(
        "effects of a treatment",
        "Where people were not treated by lot: does matching on the witness between treated and "
        "controls find the effect better than matching on other scores?",
        witness_treatment_section,
    ),
    "witness_tests": PagePart(
        "tests of own data",
        "Where, in data of one's own, does a class dominate beyond what shuffled labels show?",
        witness_tests_section,
    ),
}


def page_studies(
    parts: Mapping[str, PartResults],
    comparison: pd.DataFrame,
    grids: Mapping[str, Mapping[str, str]],
) -> list[Study]:
    """The studies of which the run made anything.

    parts : by the names that the plan gives them.
    grids : panel of VBSW's figure 6 -> grid, data and scale, as the plan describes them.
    """
    made = {name: part for name, part in parts.items() if part.tables or part.figures}
    of_vbsw = comparison[comparison["study"] == "vbsw"]
    studies = []
    if "vbsw" in made:
        studies.append(_vbsw(made["vbsw"], of_vbsw, grids))
    if "sampling" in made:
        errors, paired = _beside(made["sampling"].tables, "_paired")
        studies.append(sampling_section(errors, paired, of_vbsw, made["sampling"].figures))
    of_gradients = comparison[comparison["study"] == "gradients"]
    studies += [_gradients(name, made[name], of_gradients) for name in GRADIENTS if name in made]
    if "bayes" in made:
        studies.append(_bayes(made["bayes"]))
    of_witness = comparison[comparison["study"] == "witness"]
    studies += [_witness(name, made[name], of_witness) for name in WITNESS if name in made]
    return studies


def _vbsw(
    part: PartResults, comparison: pd.DataFrame, grids: Mapping[str, Mapping[str, str]]
) -> Study:
    trainings = part.tables.get("trainings")
    chosen = {panel: part.tables[f"figure6_{panel}"] for panel in grids}
    own = {
        k: table for k, table in part.tables.items() if not k.startswith(("figure6_", "trainings"))
    }
    methods, gains = _beside(own, "_gains")
    further = [grid_table(chosen, grids)] if grids else []
    verdicts = list(grid_verdicts(chosen, grids))
    if trainings is not None:
        setting = setting_of(methods["table5"])
        further.insert(0, training_table(trainings, setting))
        verdicts = [*training_verdicts(trainings), *verdicts]
    return vbsw_section(methods, gains, comparison, part.figures, further, verdicts)


def _gradients(name: str, part: PartResults, comparison: pd.DataFrame) -> Study:
    described = GRADIENTS[name]
    tables, verdicts = described.section(part.tables, comparison)
    return Study(
        name=f"gradients_{name}",
        title=f"Gradient information: {described.title}",
        question=described.question,
        verdicts=verdicts,
        tables=tables,
        figures=part.figures,
        reference="McDonagh, Chen: Leveraging Intrinsic Gradient Information for Machine Learning "
        "Model Training",
    )


def _bayes(part: PartResults) -> Study:
    tables, verdicts = bayes_section(part.tables)
    return Study(
        name="bayes",
        title="Averaged Bayesian networks: HWA",
        question="Does averaging the means and variances of a Bayesian network along its training "
        "make it learn faster and predict better, at a worse training loss?",
        verdicts=verdicts,
        tables=tables,
        figures=part.figures,
        reference="HWA: Averaging Hyperparameters in Bayesian Neural Networks Leads to Better "
        "Generalization (anonymous authors, under review)",
    )


def _witness(name: str, part: PartResults, comparison: pd.DataFrame) -> Study:
    described = WITNESS[name]
    tables, verdicts = described.section(part.tables, comparison)
    return Study(
        name=name,
        title=f"Hermite witness functions: {described.title}",
        question=described.question,
        verdicts=verdicts,
        tables=tables,
        figures=part.figures,
        reference="Mhaskar, Cloninger, Cheng: A witness function based construction of "
        "discriminative models using Hermite polynomials",
    )


def _beside(tables: Tables, suffix: str) -> tuple[Tables, Tables]:
    """Tables without the suffix, and those with it by the name before it."""
    plain = {name: table for name, table in tables.items() if not name.endswith(suffix)}
    named = {k.removesuffix(suffix): v for k, v in tables.items() if k.endswith(suffix)}
    return plain, named
