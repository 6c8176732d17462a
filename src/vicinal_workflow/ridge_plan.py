"""The plan of ridge-gradients: what section 5 of the paper on gradient information amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.gradients_plan import GradientsPlan
from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences

Config = Mapping[str, Any]

# The paper mentions no noise, and of the samples that choose penalties only that there are some.
_OURS = "noise and validation samples ours (paper: not said)"
_SIZES = (
    "Mean percentage by which a fit's error of values is below that of ridge regression, by the "
    "number of training samples, with its 95 % interval over the draws. Above zero, gradients help."
)
_FITS = (
    "The draw with the median error of ridge regression, penalties fixed. Left with the "
    "corrected derivative of the basis functions, right with the printed one; in brackets the root "
    "mean square error on the curve."
)


@dataclass(frozen=True)
class RidgePlan(GradientsPlan):
    """The plan of a run's ridges with gradients."""

    key = "ridge"

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words."""
        papers = self.paper["gradients"]["ridge"] or {}
        return "; ".join([_OURS, *differences(self.settings or {}, papers)])

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if self.settings is None:
            return
        yield (
            drawing("plot_ridge_values", "", "ridge_values", "gradients"),
            "Figure 5: fits to a sine",
            _FITS,
        )
        yield (
            drawing("plot_ridge_gradients", "", "ridge_gradients", "gradients"),
            "Figure 6: the gradients of the fits",
            _FITS,
        )
        yield (
            drawing("plot_ridge_gains", "", "ridge_gains", "gradients"),
            "Figure 7: what gradients add to ridge regression",
            _SIZES,
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {name: f"gradients/tables/{name}.csv" for name in ("ridge_errors", "ridge_gains")}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        return {} if self.settings is None else {"ridge": "gradients/tables/ridge_measured.csv"}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        tables = (*self.page_tables().values(), *self.measured_tables().values())
        return [
            Job("compare_ridges", "", ("gradients/ridge/errors.csv", "gradients/ridge/curves.npz")),
            Job("build_ridge_tables", "", tables),
            *(job for job, _, _ in self.figures()),
        ]
