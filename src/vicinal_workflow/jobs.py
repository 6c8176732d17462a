"""The jobs of a run: what each stage makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One job of a stage: its name (its wildcards), and what it makes below the results folder."""

    stage: str
    name: str
    artifacts: tuple[str, ...] = ()


def drawing(stage: str, name: str, file: str, study: str = "vbsw") -> Job:
    """A job that draws one of a study's figures."""
    return Job(stage, name, (f"{study}/figures/{file}.png", f"{study}/figures/{file}.svg"))
