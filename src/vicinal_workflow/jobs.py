"""The jobs of a run: what each stage makes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """One job of a stage: its name (its wildcards), and what it makes below the results folder."""

    stage: str
    name: str
    artifacts: tuple[str, ...] = ()


def drawing(stage: str, name: str, file: str) -> Job:
    """A job that draws one of VBSW's figures."""
    return Job(stage, name, (f"vbsw/figures/{file}.png", f"vbsw/figures/{file}.svg"))
