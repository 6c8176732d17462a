"""The environments of `--sdm conda`, made of the lock: what stages need, in the same versions.

python -m vicinal_workflow.conda_environments envs/requirements.lock pyproject.toml envs
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# The first Python that the project supports; its last release with a conda package that is known.
PYTHON, PIP = "3.11.13", "25.2"
# Where PyTorch's own builds are found; a build's version counts as later than the registry's.
INDEXES = {
    "cpu": "https://download.pytorch.org/whl/cpu",
    "gpu": "https://download.pytorch.org/whl/cu130",
}
TORCH = {"cpu": "torch for the CPU alone", "gpu": "torch with CUDA 13.0"}
# Libraries that torch's CUDA build names by itself, each in one version; the lock is without them.
_CUDA = ("nvidia-", "cuda-", "triton")
_TARGET = {
    "python_version": PYTHON.rpartition(".")[0],
    "python_full_version": PYTHON,
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


def read_lock(text: str) -> dict[str, str]:
    """Name, as a registry writes it -> its line `name==version` of a lock."""
    lines = [line.strip() for line in text.splitlines()]
    pins = [line for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.partition("==")[0]): pin for pin in pins}


def needed_by(dependencies: Iterable[str], lock: Mapping[str, str]) -> list[str]:
    """The lock's lines of these dependencies and of all that they need in turn, by name.

    They must be installed, for their own needs are read from there. Raises ValueError for one that
    the lock does not hold.
    """
    found: set[tuple[str, str]] = set()
    open_ones = [Requirement(text) for text in dependencies]
    while open_ones:
        requirement = open_ones.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in found:
                continue
            if name not in lock:
                raise ValueError(f"{name} is needed, but not in the lock: run make lock")
            found.add((name, extra))
            own = map(Requirement, requires(name) or [])
            open_ones += [each for each in own if _applies(each, extra)]
    return [lock[name] for name in sorted({name for name, _ in found})]


def _applies(requirement: Requirement, extra: str) -> bool:
    if requirement.name.startswith(_CUDA):
        return False
    marker = requirement.marker
    return marker is None or marker.evaluate(_TARGET | {"extra": extra})


def environment_file(kind: str, pins: Iterable[str]) -> str:
    """The text of an environment file; kind is `cpu` or `gpu`.

    Versions stand in it one by one, since Snakemake makes an environment of a copy of the file
    elsewhere, from where it could not name the lock.
    """
    lines = [
        f"# For --sdm conda: {TORCH[kind]}, the rest as locked; `make lock` writes this file.",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={PYTHON}",
        f"  - pip={PIP}",
        "  - pip:",
        f"      - --extra-index-url {INDEXES[kind]}",
        *(f"      - {pin}" for pin in pins),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    lock_path, project_path, folder = map(Path, sys.argv[1:])
    project = tomllib.loads(project_path.read_text("utf-8"))["project"]
    needed = needed_by(project["dependencies"], read_lock(lock_path.read_text("utf-8")))
    for kind in INDEXES:
        (folder / f"{kind}.yaml").write_text(environment_file(kind, needed), "utf-8")
