"""What a run made and what made it: checksums, versions, commit, configuration, device."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vicinal_workflow.checksums import file_sha256 as file_sha256
from vicinal_workflow.checksums import settings_sha256, whole_sha256
from vicinal_workflow.cuda_devices import device_names

PACKAGES = ("vicinal", "snakemake", "numpy", "scipy", "torch", "transformers", "scikit-learn")


def describe_run(artifacts: Iterable[str], config: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest: sha256 of every artifact, and the circumstances of the run.

    Artifacts and configuration decide its first part; versions, commit and machine are run data.
    Raises DamagedArtifact for an artifact that is not what was written.
    """
    return {
        "artifacts": {path: whole_sha256(path) for path in sorted(artifacts)},
        "config_sha256": settings_sha256(config),
        "config": config,
        **run_data(config["device"]),
    }


def run_data(device: str) -> dict[str, Any]:
    """What may differ between runs of one configuration: commit, versions, machine.

    device : the configuration's.
    """
    return {
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "machine": describe_machine(device),
    }


def describe_machine(choice: str) -> dict[str, Any]:
    """Platform, cores, and the first of the devices that a stage would take for this choice.

    The driver is asked, not torch: this process holds no slot of a GPU and may not use one.
    """
    import torch

    device = "CPU"
    if choice != "cpu" and torch.version.cuda is not None:
        try:
            device = next(iter(device_names()), "CPU")
        except RuntimeError as error:
            device = f"CPU ({error})"
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "device": device,
    }


def machine_text(machine: Mapping[str, Any]) -> str:
    """A described machine in a line."""
    cores = f"{machine['cores']} cores ({machine['processor']})"
    return f"{machine['device']}, {cores}, {machine['platform']}"


def _processor() -> str:
    """The processor's name where the system tells it, else its kind."""
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        for line in cpus.read_text("utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The commit of the checkout, with `+` where files differ from it; None outside of one."""
    try:
        commit = _git("rev-parse", "HEAD")
        return commit + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", os.path.dirname(__file__), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
