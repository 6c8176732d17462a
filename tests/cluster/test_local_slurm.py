"""Where no SLURM may be started, nothing is touched; this needs neither root nor SLURM."""

import os
import shutil

import local_slurm
import pytest


@pytest.fixture
def configuration(tmp_path, monkeypatch):
    """A folder in the place of /etc/slurm, on a machine with all that SLURM needs."""
    monkeypatch.setattr(local_slurm, "CONFIGURATION", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/sbin/{name}")
    return tmp_path


@pytest.mark.parametrize("name", local_slurm.FILES)
def test_a_configuration_of_anothers_is_left_alone(configuration, name):
    (configuration / name).write_text("ClusterName=theirs\n")
    with pytest.raises(SystemExit, match=f"{name} is not of these tests"):
        local_slurm.start()
    assert [path.read_text() for path in configuration.iterdir()] == ["ClusterName=theirs\n"]


def test_what_a_broken_off_test_has_left_is_no_hindrance(configuration):
    (configuration / "slurm.conf").write_text(f"{local_slurm.MINE}\nClusterName=vicinal\n")
    assert local_slurm.why_not() is None


def test_a_machine_without_slurm_or_root_is_told_what_it_lacks(configuration, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "slurmd" else name)
    assert local_slurm.why_not() == "slurmd not installed: apt-get install slurm-wlm munge"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert local_slurm.why_not() == "starting SLURM needs root"
