"""The project to run Snakemake in, for tests in every folder; see project.py."""

import threading

import pytest
from filelock import FileLock

from http_server import Server
from project import Project, made_run


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, worker_id):
    """The project after its default run at a tiny scale. Leave it as you found it.

    Of several processes that test, one makes it, and each has a copy of its own.
    """
    if worker_id == "master":
        return made_run(tmp_path_factory.mktemp("project"))
    common = tmp_path_factory.getbasetemp().parent
    with FileLock(common / "tiny_run.lock"):
        done = common / "tiny_run.done"
        if not done.exists():
            made_run(common / "tiny_run")
            done.touch()
    return Project.copied(common / "tiny_run", tmp_path_factory.mktemp("copies") / "project")


@pytest.fixture
def one_thread():
    """torch on one thread: products as small as those of tests only lose by being shared out."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def project(tmp_path):
    """A fresh copy in which nothing has run."""
    return Project(tmp_path)


@pytest.fixture
def server(monkeypatch):
    """A local HTTP server that a test tells what to answer."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()
