"""What the summary page says of the run as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vicinal_workflow.manifest import machine_text
from vicinal_workflow.page import Fact

BERT_SOURCES = {
    "hub": "published parameters from the hub",
    "folder": "parameters from a folder of the user's",
    "pretrain": "masked-language modelling on the data set's own training text, from scratch; not "
    "comparable with the paper, which took published parameters",
    "random": "random parameters",
}


def run_facts(config: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[Fact]:
    """Seed, machine, versions, commit and the configuration's checksum."""
    versions = manifest["versions"]
    commit = manifest["commit"] or "not a checkout"
    return [
        Fact("Seed", str(config["seed"])),
        Fact("Summary made on", machine_text(manifest["machine"])),
        Fact("Python", manifest["python"]),
        *(Fact(name, versions[name]) for name in ("vicinal", "torch", "snakemake", "numpy")),
        Fact("Commit", commit[:12] + (" with changes" if commit.endswith("+") else "")),
        Fact("Configuration", f"sha256 {manifest['config_sha256'][:16]}"),
        Fact("Artifacts", f"{len(manifest['artifacts'])}, listed in manifest.json"),
    ]


def run_notes(config: Mapping[str, Any], experiments: Sequence[str]) -> list[str]:
    """Where the BERT of each of these experiments came from, and how to read the tables."""
    used = {config["vbsw"]["experiments"][name]["backbone"] for name in experiments}
    notes = [
        f"`{name}`: {BERT_SOURCES[backbone['source']]}."
        for name, backbone in config["backbones"].items()
        if backbone["architecture"] == "tiny_bert" and name in used
    ]
    notes.append(
        "Percentages of correlations are 100 times the coefficient, as in the paper. An interval "
        "that excludes zero is coloured; with few networks it is wide and rough."
    )
    return notes
