"""What the plans of the parts of Hermite witness functions have in common."""

from __future__ import annotations

from dataclasses import dataclass

from vicinal_workflow.section_plan import SectionPlan


@dataclass(frozen=True)
class WitnessPlan(SectionPlan):
    """The plan of a part that one key of `witness` describes."""

    study = "witness"
