"""Twenty kills at random moments of five trainings: the bytes of an unbroken run all the same."""

import os
import random
import shutil
import signal
import subprocess
import time

import psutil

from vicinal_workflow.verify import check_results

# What is killed: one stage alone, Snakemake alone, or both at once.
VICTIMS = ["stage"] * 12 + ["snakemake"] * 4 + ["all"] * 4
# When: while a stage starts, some lines of progress later, or while a file is being written.
MOMENTS = ("start", "progress", "writing")
TARGETS = (
    "backbones/digits_lenet5/0.safetensors",
    "gradients/gan/with_gradients.safetensors",
    "witness/latent/vaes.safetensors",
    "bayes/runs/digits_lenet5/hwa/0.safetensors",
    "vbsw/heads/double_moon/0.csv",
)
TIMES = "_seconds.csv"  # what was measured, different on every run


def several_epochs(config):
    """Trainings of some seconds each."""
    config["backbones"]["digits_lenet5"].update(networks=2, networks_per_job=2)
    config["backbones"]["digits_lenet5"]["training"].update(epochs=12)
    config["gradients"]["gan"].update(iterations=300, record_every=20)
    config["witness"]["latent"]["vae"] = {"hidden": [64], "epochs": 40, "record_every": 4}
    config["bayes"]["experiments"]["digits_lenet5"].update(
        repetitions_per_job=2, epochs=5, record_every=1
    )


class Killer:
    """Starts a run again and again, and kills parts of it."""

    def __init__(self, project, folder, seed):
        self.project, self.folder, self.rng = project, project.folder / folder, random.Random(seed)
        self.targets = [f"{folder}/{target}" for target in TARGETS]
        self.options = ["--config", f"results_dir={folder}", "--rerun-incomplete", "--nolock"]
        self.run, self.log = None, project.folder / "said.txt"

    def start(self):
        """A run that starts a stage again where one alone was killed, as --retries says."""
        with open(self.log, "a") as log:
            self.run = subprocess.Popen(
                self.project.command(*self.targets, *self.options, "--retries", "20"),
                cwd=self.project.folder,
                env=self.project.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stages(self):
        """The processes of stages that run now."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            command = " ".join(process.info["cmdline"] or [])
            if f"{self.project.folder}/.snakemake/scripts/" in command:
                found.append(process)
        return found

    def lines(self):
        """Lines of progress so far; one that goes on begins with those of its checkpoint."""
        logs = (self.folder / "logs").rglob("*.jsonl")
        return sum(len(path.read_bytes().splitlines()) for path in logs)

    def wait_for(self, moment):
        """Until the moment has come; False where the run ends before it."""
        before, end = self.lines(), time.monotonic() + 240
        some = self.rng.randint(1, 4)
        reached = {
            "start": lambda: self.stages(),
            "progress": lambda: self.stages() and self.lines() >= before + some,
            "writing": lambda: any(self.folder.rglob(".*.partial*")),
        }[moment]
        while not reached():
            if self.run.poll() is not None:
                return False
            assert time.monotonic() < end, (moment, self.log.read_text()[-3000:])
            time.sleep(0.002)
        # Importing, drawing, training: whatever it is doing by then.
        time.sleep({"start": 2.5, "progress": 0.3, "writing": 0.0}[moment] * self.rng.random())
        return self.run.poll() is None

    def kill(self, victim):
        """Kill it; whether there was something to kill."""
        if victim == "stage":
            try:
                self.rng.choice(self.stages()).kill()
            except (IndexError, psutil.NoSuchProcess):  # none, or it has just ended
                return False
            return True
        kill = os.killpg if victim == "all" else os.kill
        kill(self.run.pid, signal.SIGKILL)
        self.run.wait()
        return True


def finish(killer):
    """Let the run end, and give what it made: name -> bytes."""
    assert killer.run.wait(timeout=500) == 0, killer.log.read_text()[-5000:]
    assert not list(killer.folder.rglob("*partial*"))
    assert not list((killer.folder / "checkpoints").rglob("*.*"))
    assert check_results(killer.folder).damaged == []
    return made_by(killer.folder)


def made_by(folder):
    """Every artifact below a folder: name -> bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("[!.]*.*")
        if path.relative_to(folder).parts[0] not in ("logs", "benchmarks", "checkpoints")
        and not path.name.endswith(TIMES)
    }


def test_twenty_kills_leave_no_trace(project):
    several_epochs(project.config)
    project.write_config()
    targets = [f"unbroken/{target}" for target in TARGETS]
    project.run(*targets, "--config", "results_dir=unbroken")
    expected = made_by(project.folder / "unbroken")
    assert len(expected) > 10

    killer = Killer(project, "broken", seed=7)
    try:
        kill_twenty_times(killer, expected)
        assert finish(killer) == expected
    finally:
        if killer.run.poll() is None:
            os.killpg(killer.run.pid, signal.SIGKILL)
    said = killer.log.read_text()
    assert "Trying to restart job" in said
    assert any("continuing from" in log.read_text() for log in killer.folder.rglob("*.log"))


def kill_twenty_times(killer, expected):
    """Each victim once, at a moment of its own; runs that end before are begun anew."""
    victims = list(VICTIMS)
    killer.rng.shuffle(victims)
    killer.start()
    while victims:
        if killer.wait_for(killer.rng.choice(MOMENTS)) and killer.kill(victims[-1]):
            if victims.pop() != "stage":
                killer.start()
        elif killer.run.poll() is not None:
            assert finish(killer) == expected
            shutil.rmtree(killer.folder)
            killer.start()
