"""The environments of `--sdm conda`: the lock's versions, and all that is imported."""

import ast
import os
import re
import stat
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from project import Project
from vicinal_workflow.conda_environments import (
    INDEXES,
    environment_file,
    needed_by,
    read_lock,
)

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = read_lock((ROOT / "envs/requirements.lock").read_text("utf-8"))


def read_environment(kind):
    """(packages of conda, lines for pip) of an environment file."""
    content = yaml.safe_load((ROOT / f"envs/{kind}.yaml").read_text("utf-8"))
    assert content["channels"] == ["conda-forge", "nodefaults"]
    *conda, pip = content["dependencies"]
    return dict(line.split("=") for line in conda), pip["pip"]


@pytest.mark.parametrize("kind", INDEXES)
def test_a_file_is_what_the_lock_makes_it(kind):
    needed = needed_by(PROJECT["dependencies"], LOCK)
    found = (ROOT / f"envs/{kind}.yaml").read_text("utf-8")
    assert found == environment_file(kind, needed), "run make lock"


@pytest.mark.parametrize("kind", INDEXES)
def test_every_version_is_pinned_and_the_lock_s(kind):
    conda, (index, *pins) = read_environment(kind)
    assert index == f"--extra-index-url {INDEXES[kind]}"
    assert set(conda) == {"python", "pip"}
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in conda.values())
    assert conda["python"] in SpecifierSet(PROJECT["requires-python"])
    for pin in pins:
        assert LOCK[canonicalize_name(pin.partition("==")[0])] == pin
    # What the project asks for is met by what is pinned.
    versions = {canonicalize_name(p.partition("==")[0]): p.partition("==")[2] for p in pins}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("kind", INDEXES)
def test_everything_that_is_imported_is_there(kind):
    pins = {canonicalize_name(pin.partition("==")[0]) for pin in read_environment(kind)[1][1:]}
    distributions = packages_distributions()
    own = {path.name for path in (ROOT / "src").iterdir()}
    for file in [*(ROOT / "src").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]:
        for name in imported(file) - own - sys.stdlib_module_names:
            there = {canonicalize_name(found) for found in distributions.get(name, ["nowhere"])}
            assert there & pins, f"{file.relative_to(ROOT)} imports {name}"


def imported(file):
    """First parts of the names of all modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).partition(".")[0])
    return found


def test_what_only_tests_need_is_not_there():
    _, pins = read_environment("cpu")
    assert not {"pytest", "ruff", "mypy", "hypothesis"} & {pin.partition("==")[0] for pin in pins}
    assert "pytest" in LOCK


def test_a_package_that_the_lock_lacks_is_named():
    few = {name: pin for name, pin in LOCK.items() if name != "pandas"}
    with pytest.raises(ValueError, match="pandas is needed, but not in the lock"):
        needed_by(PROJECT["dependencies"], few)


CONDA = """\
#!{python}
# A conda that makes, in place of an environment, a Python with this one's packages but the project.
import json, pathlib, shutil, sys

arguments = sys.argv[1:]
if arguments == ["info", "--json"]:
    print(json.dumps({{"conda_prefix": {prefix!r}, "platform": "linux-64"}}))
elif arguments == ["--version"]:
    print("conda 25.1.1")
elif arguments[:2] == ["config", "--get"]:
    print(json.dumps({{"get": {{"channel_priority": "strict"}}}}))
elif arguments[:2] == ["env", "create"]:
    prefix = pathlib.Path(arguments[arguments.index("--prefix") + 1])
    shutil.copy(arguments[arguments.index("--file") + 1], prefix.with_suffix(".asked"))
    import venv
    venv.create(prefix, symlinks=True)
    (site,) = prefix.glob("lib/python*/site-packages")
    for entry in pathlib.Path({packages!r}).iterdir():
        if "vicinal" not in entry.name:
            (site / entry.name).symlink_to(entry)
elif arguments[0] != "clean":
    sys.exit(f"not pretended: {{arguments}}")
"""
ACTIVATE = 'export PATH="$1/bin:$PATH" CONDA_PREFIX="$1"\n'


@pytest.fixture
def conda(tmp_path):
    """A folder with a conda, as far as Snakemake sees."""
    (tmp_path / "conda/bin").mkdir(parents=True)
    program = tmp_path / "conda/bin/conda"
    packages = sysconfig.get_path("purelib")
    program.write_text(
        CONDA.format(python=sys.executable, prefix=str(tmp_path / "conda"), packages=packages)
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "conda/bin/activate").write_text(ACTIVATE)
    return program.parent


@pytest.mark.parametrize("kind", INDEXES)
def test_stages_run_in_the_environment_and_find_the_project_s_modules(conda, tmp_path, kind):
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project")
    target = "results/features/diabetes_inputs/0.npz"
    arguments = [target, "--sdm", "conda", "--config", f"environment={kind}"]
    environment = project.environment | {"PATH": f"{conda}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        project.command(*arguments),
        cwd=project.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project.folder / target).exists()
    # What Snakemake gives to conda is a copy, elsewhere: it must not name other files.
    (asked,) = (project.folder / ".snakemake/conda").glob("*.asked")
    assert asked.read_bytes() == (ROOT / f"envs/{kind}.yaml").read_bytes()
    assert "Activating conda environment" in done.stdout + done.stderr
