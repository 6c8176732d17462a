"""A copy of the project to run Snakemake in, and the default run at a tiny scale."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "scripts", "src", "envs")
FILES = ("README.md", "data/registry.yaml", "data/published.csv", "data/claims.yaml")


def tiny(config):
    """The default configuration with everything that takes time made small."""
    for dataset in config["datasets"].values():
        if dataset["kind"] == "sentence_pairs":
            dataset.update(n_train=40, n_test=20)
    for backbone in config["backbones"].values():
        if "training" in backbone:
            backbone.update(networks=1)
            backbone["training"].update(epochs=2)
            if backbone["training"].get("weighting") == "active_bias":
                backbone["training"].update(epochs=3, burn_in=0)
        if "pretraining" in backbone:
            backbone["pretraining"].update(epochs=1)
    config["backbones"]["digits_lenet5"].update(networks=2, networks_per_job=1)
    for experiment in config["vbsw"]["experiments"].values():
        experiment.update(k=5)
        experiment["heads"].update(count=2, epochs=2)
    for sampling in config["vbsw"]["samplings"].values():
        sampling.update(repetitions=2, test_points=50, resamples=200, components=2)
        sampling["network"] = {**sampling.get("network", {}), "epochs": 3}
    config["vbsw"]["samplings"]["bateman"].update(initial=20, new=10, map={"grid": [4, 3, 5]})
    for grid in config["vbsw"]["grids"].values():
        few = {"from": 3, "to": 6, "count": 2}
        grid.update(m={"count": 3}, k=few, seeds=2, epochs=2)
    config["vbsw"]["resamples"] = 100
    few = {"penalties": {"count": 2}, "gradient_weight": {"count": 2}}
    config["gradients"]["ridge"].update(
        draws=3, sizes=[10, 12], size_draws=3, validation_samples=20, test_points=50, tuned=few
    )
    for problem in config["gradients"]["problems"].values():
        problem.update(complexities=[1, 2], sizes=[6, 8], pool=10, test_points=12, draws=2)
        problem.update(epochs=2, layers=2, cells_per_job=4)
    config["gradients"]["problems"]["cosine"].update(cells_per_job=2)
    config["gradients"]["training_curves"].update(
        sizes=[6, 8], runs=2, test_points=10, hidden=[3], epochs=3
    )
    config["gradients"]["likelihood"] = {
        "problem": "cosine",
        "interchangeable": ["theta_1", "theta_2"],
        "sets": 2,
        "starts": 2,
        "candidates": 2,
        "intervals": {"sets": 1, "replicates": 19, "grid": 2},
    }
    config["gradients"]["search"].update(
        complexities=[1, 2],
        sizes=[6],
        learning_rates=[0.01, 0.03],
        validation_samples=4,
        repetitions=2,
        searches=2,
        generations=2,
        cells_per_job=4,
        resamples=100,
    )
    config["gradients"]["resamples"] = 100
    config["gradients"]["gan"].update(
        trials=2, iterations=5, record_every=2, images=20, batch_size=4
    )
    digits = config["bayes"]["experiments"]["digits_lenet5"]
    for run in ("hwa", "swa", "sgld"):
        digits[run].update(cycle=10)
    digits.update(
        repetitions=2,
        repetitions_per_job=1,
        start_epochs=1,
        epochs=2,
        record_every=1,
        samples=2,
        curve_samples=1,
        bins=5,
        surface={"grid": 3, "images": 20, "samples": 1},
    )
    config["witness"]["toy"].update(
        differences=[0, 0.36],
        samples=30,
        points=20,
        draws=3,
        permutations=19,
        picture_points=20,
        tuning={"draws": 1, "hermite": [0.4, 0.5], "gaussian": [0.1, 0.3]},
        calibration={"draws": 3, "points": [[1, 0]]},
        rate={"sizes": [16, 32], "repetitions": 2, "fixed": [2]},
    )
    config["datasets"]["topic_documents"].update(
        n_train=90, n_test=40, topics=3, words=60, length=40, topical=0.8
    )
    config["witness"]["documents"].update(
        repetitions=2, components=2, permutations=19, reference=10
    )
    config["witness"]["rejection"]["experiments"]["digits_resnet20"].update(
        backbone="digits_lenet5", samples=60, n=3, permutations=9, scales=[1, 2], neighbours=2
    )
    for dataset in ("curved_study", "linear_study"):
        config["datasets"][dataset].update(n_train=60, n_test=20)
    for study in config["witness"]["treatment"]["studies"].values():
        study.update(draws=3, n=2, sigmas=[1, 2], permutations=9, folds=2)
    config["witness"]["tests"]["double_moon"].update(points=10, permutations=19, grid=5)
    config["witness"]["latent"].update(
        repetitions=2,
        vae={"hidden": [8], "epochs": 3, "record_every": 2},
        sigmas={"hermite": [0.5], "gaussian": [0.2, 0.5]},
        permutations=9,
        grid=4,
        components=2,
        codes=200,
    )
    config["results_dir"] = "results"
    return config


class Project:
    """A copy of the project in a folder of its own."""

    patience = 1100  # seconds that a run may take

    def __init__(self, folder):
        self.folder = folder
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)
        (folder / "data").mkdir()
        for file in FILES:
            shutil.copy(ROOT / file, folder / file)
        self.config = tiny(yaml.safe_load((folder / "config.yaml").read_text()))
        self.write_config()

    @classmethod
    def copied(cls, made, folder):
        """A project with all that was made in another; times of files stay as they are."""
        shutil.copytree(made, folder, symlinks=True)
        project = cls.__new__(cls)
        project.folder = folder
        project.config = yaml.safe_load((folder / "config.yaml").read_text())
        return project

    def write_config(self):
        (self.folder / "config.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))

    def command(self, *arguments):
        return [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]

    @property
    def environment(self):
        # The copy's own modules, not those of the installed package.
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src")}
        return {k: v for k, v in environment.items() if not k.startswith("VICINAL")}

    def snakemake(self, *arguments):
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=self.patience,
        )

    def started(self, *arguments, **settings):
        """The same, not waited for; `settings` are those of `Popen`."""
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment, **settings
        )

    def started_alone(self, *arguments):
        """The same in a process group of its own and unheard, to be killed with all its jobs."""
        silent = subprocess.DEVNULL
        return self.started(*arguments, stdout=silent, stderr=silent, start_new_session=True)

    def run(self, *arguments):
        done = self.snakemake(*arguments)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
        return done

    def kill_when_logged(self, lines, log, *arguments):
        """Start a run, and kill it and all its jobs once the log has so many lines."""
        self.kill_when(
            lambda: log.exists() and len(log.read_text().splitlines()) >= lines, *arguments
        )

    def kill_when(self, happened, *arguments):
        """Start a run, and kill it and all its jobs once something has happened."""
        run = self.started_alone(*arguments)
        for _ in range(9000):
            if happened():
                break
            assert run.poll() is None, "the run ended before it could be killed"
            time.sleep(0.02)
        else:
            raise AssertionError("it did not happen within three minutes")
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()

    def assert_resumed_equals_unbroken(self, targets, log, *, killed_at, lines):
        """A job killed and started again goes on, and ends in the bytes of an unbroken one.

        targets : what the job makes, below the results.
        log : its progress log below the logs, without .jsonl; its messages are in the .log beside.
        killed_at, lines : lines of the progress log at the kill, and at the end.
        """
        self.run(f"unbroken/{targets[0]}", "--config", "results_dir=unbroken")
        broken = ("--config", "results_dir=broken", "--rerun-incomplete")
        records = self.folder / f"broken/logs/{log}.jsonl"
        self.kill_when_logged(killed_at, records, f"broken/{targets[0]}", *broken)
        assert not (self.folder / "broken" / targets[0]).exists()

        self.snakemake("--unlock", *broken)
        self.run(f"broken/{targets[0]}", *broken)
        # Those from before the kill are among them.
        assert len(records.read_text().splitlines()) == lines
        assert "continuing from" in records.with_suffix(".log").read_text()
        for target in targets:
            found, expected = (self.folder / folder / target for folder in ("broken", "unbroken"))
            assert found.read_bytes() == expected.read_bytes(), target
        assert not list((self.folder / "broken/checkpoints").rglob("*.pt"))

    def assert_same_bytes(self, paths, folder):
        """Each of the files below `folder` is what the first run left in its results."""
        for path in paths:
            first = self.folder / "results" / path.relative_to(folder)
            assert first.read_bytes() == path.read_bytes(), path

    @contextmanager
    def edited_config(self, change):
        """The configuration with a change, put back afterwards."""
        before = (self.folder / "config.yaml").read_bytes()
        kept, self.config = self.config, json.loads(json.dumps(self.config))
        change(self.config)
        self.write_config()
        try:
            yield
        finally:
            self.config = kept
            (self.folder / "config.yaml").write_bytes(before)

    @contextmanager
    def edited_file(self, path, text):
        """A file with a text at its end, put back afterwards."""
        before = path.read_text("utf-8")
        path.write_text(before + text, "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")

    def jobs(self, *arguments):
        """Rule -> number of jobs that a run would start now."""
        done = self.run("--dry-run", *arguments)
        text = done.stdout + done.stderr
        if "Nothing to be done" in text:
            return {}
        table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", text, re.M | re.S)
        assert table, text[-4000:]
        return {name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table[1], re.M)}


def made_run(folder):
    """A project in an empty folder, after its run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    project = Project(folder)
    project.run()
    return project
