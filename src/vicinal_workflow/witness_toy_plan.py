"""The plan of the toy sets: what section 5.1 of the paper on witness functions amounts to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vicinal_workflow.jobs import Job, drawing
from vicinal_workflow.scale import differences
from vicinal_workflow.witness_plan import WitnessPlan
from vicinal_workflow.witness_toy_names import ITEM, ROW

# Of the paper's settings the differences alone are legible in the copy at hand.
_OURS = "all settings but the differences ours (paper: not legible)"
_LEGIBLE = ("differences",)
TABLES = ("toy_rates", "toy_paired", "toy_calibration", "toy_densities")
_POINTS = (
    "One draw of each difference. Above, the samples: circle blue, ellipse red. Below, random "
    "points of a ring: green where no set is significantly denser by the paper's threshold, else "
    "in the colour of the one that the test takes to be; the table says how often that is the "
    "wrong one. Both kernels have the same sigma, samples, points and permutations."
)
_RATES = (
    "Means over the draws with their 95 % intervals, at the common sigma and at each kernel's best "
    "by detections (of those with no more false positives than the Hermite kernel at the common "
    "sigma). Left, of the points where the densities differ, those found with the right sign; in "
    "the middle, of the points where they hardly differ, those called significant; right, of all "
    "points, those significant for the wrong set (on another scale). Dotted: the share to "
    "expect where the sets are the same."
)
_DENSITIES = (
    "Largest error of the estimated density on a grid, geometric mean over the repetitions, with "
    "n kept and with n growing as in theorem 3.1; dashed the theorem's bound, of which only the "
    "slope counts, put through the first point."
)


@dataclass(frozen=True)
class WitnessToyPlan(WitnessPlan):
    """The plan of a run's toy sets."""

    key = "toy"

    @property
    def scale(self) -> str:
        """How the settings differ from the paper's, in words."""
        here, there = (
            {key: config["witness"]["toy"][key] for key in _LEGIBLE if config["witness"]["toy"]}
            for config in (self.config, self.paper)
        )
        return "; ".join([_OURS, *differences(here, there)])

    @property
    def comparison(self) -> dict[str, Any]:
        """What the rates rest on."""
        return self._without("calibration", "rate")

    @property
    def calibration(self) -> dict[str, Any]:
        """What the calibration rests on."""
        needed = ("noise", "samples", "inner", "outer", "n", "sigma", "permutations")
        keys = (*needed, "threshold_factor", "level", "calibration")
        return {key: value for key, value in self._without().items() if key in keys}

    @property
    def rate(self) -> Mapping[str, Any]:
        """What theorem 3.1's rate rests on."""
        rate: Mapping[str, Any] = self._without().get("rate", {})
        return rate

    def figures(self) -> Iterator[tuple[Job, str, str]]:
        """The jobs that draw, each with the title and the caption of its picture."""
        if self.settings is None:
            return
        yield (
            drawing("plot_toy_points", "", "toy_points", "witness"),
            "Figure 1: where a circle and an ellipse differ",
            _POINTS,
        )
        yield (
            drawing("plot_toy_rates", "", "toy_rates", "witness"),
            "Detections, false positives and wrong signs of section 5.1",
            _RATES,
        )
        yield (
            drawing("plot_density_errors", "", "density_errors", "witness"),
            "Theorem 3.1: error against the number of samples",
            _DENSITIES,
        )

    def page_tables(self) -> dict[str, str]:
        """The page's tables: name -> file."""
        if self.settings is None:
            return {}
        return {name: f"witness/tables/{name}.csv" for name in TABLES}

    def measured_tables(self) -> dict[str, str]:
        """The table with our numbers, as the comparison has them."""
        measured = {"witness_toy": "witness/tables/toy_measured.csv"}
        return {} if self.settings is None else measured

    def drawn(self) -> Iterator[dict[str, Any]]:
        """The line of the comparison for figure 1, which has no numbers."""
        if self.settings is not None:
            line = {"study": self.study, "item": ITEM, "row": ROW, "metric": "drawn"}
            yield {**line, "measured": 1.0, "scale": self.scale}

    def jobs(self) -> list[Job]:
        """Every job that the summary rests on, once, in the order of the stages."""
        if self.settings is None:
            return []
        tables = (*self.page_tables().values(), *self.measured_tables().values())
        compared = ("rates.csv", "sigmas.csv", "points.npz")
        return [
            Job("compare_toys", "", tuple(f"witness/toy/{file}" for file in compared)),
            Job("calibrate_toys", "", ("witness/toy/p_values.npz",)),
            Job("measure_density_errors", "", ("witness/toy/density_errors.csv",)),
            Job("build_toy_tables", "", tables),
            *(job for job, _, _ in self.figures()),
        ]

    def _without(self, *keys: str) -> dict[str, Any]:
        settings = self.settings or {}
        return {key: value for key, value in settings.items() if key not in keys}
