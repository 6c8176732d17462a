"""What Snakemake asks of a plan while it reads the rules."""

from __future__ import annotations

import inspect
from typing import Any

from vicinal_workflow.plan import Plan


def ask_everything(plan: Plan) -> None:
    """Every property, and every public method that needs no argument, of every part."""
    plan.jobs()
    for part in plan.parts.values():
        for name, member in inspect.getmembers(type(part)):
            if name.startswith("_") or inspect.isclass(member):
                continue
            if isinstance(member, property):
                _exhausted(getattr(part, name))
            elif inspect.isfunction(member) and len(inspect.signature(member).parameters) == 1:
                _exhausted(getattr(part, name)())


def _exhausted(answer: Any) -> None:
    if inspect.isgenerator(answer):
        list(answer)
