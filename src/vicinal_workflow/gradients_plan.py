"""What the plans of the parts of gradient information have in common."""

from __future__ import annotations

from dataclasses import dataclass

from vicinal_workflow.section_plan import SectionPlan


@dataclass(frozen=True)
class GradientsPlan(SectionPlan):
    """The plan of a part that one key of `gradients` describes."""

    study = "gradients"
