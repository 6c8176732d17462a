"""A SLURM for the tests of this folder, and the runs that several of them look at."""

import os
import subprocess

import local_slurm
import pytest
from cluster_project import ClusterProject, little

# It takes a minute and a half, whatever else is run.
SLOW = """
import time

import torch

time.sleep(95)


def ridge():
    return lambda x: torch.tanh(9 * (x[0] - 0.3)) + 0.1 * x[1]
"""


@pytest.fixture(scope="session")
def slurm():
    """A running SLURM; one that was started by hand is used, and left running."""
    if reason := local_slurm.why_not():
        pytest.skip(reason)
    own = not local_slurm.is_up()
    if own:
        local_slurm.start()
    yield
    if own:
        local_slurm.stop()


@pytest.fixture(scope="session")
def slow_project(slurm, tmp_path_factory):
    """A run, under way, of a stage that takes longer than the minute that it asks for at first."""
    project = ClusterProject(tmp_path_factory.mktemp("slow"))
    (project.folder / "slow.py").write_text(SLOW)
    project.config["vbsw"]["samplings"]["slow"] = {
        "function": {"name": "module", "module": "slow:ridge"},
        "bounds": [[0, 1], [0, 1]],
        "repetitions": 2,
    }
    project.write_config()
    rules = project.folder / "workflow/rules/vbsw_sampling.smk"
    text = rules.read_text("utf-8")
    assert "runtime=growing(240)" in text
    rules.write_text(text.replace("runtime=growing(240)", "runtime=growing(1)", 1), "utf-8")
    with (project.folder / "said.txt").open("w") as said:
        run = project.started(
            "results/vbsw/samplings/slow/points.npz", stdout=said, stderr=subprocess.STDOUT
        )
    yield project, run
    if run.poll() is None:
        run.terminate()
        run.wait(120)


# The slow one waits beside it.
@pytest.fixture(scope="session")
def whole_run(slurm, slow_project, tmp_path_factory):
    """The project after its default run through SLURM, and the jobs that were to be run.

    At a little scale, or, where VICINAL_CLUSTER_FULL is set, as users have it.
    """
    project = ClusterProject(tmp_path_factory.mktemp("project"))
    if os.environ.get("VICINAL_CLUSTER_FULL"):
        project.use_default_configuration()
    else:
        little(project.config)
        project.write_config()
    planned = project.jobs()
    project.run()
    return project, planned
