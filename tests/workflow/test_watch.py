"""The picture of a running workflow: folders of logs in, lines out; a terminal; a real run."""

import json
import os
import platform
import pty
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from vicinal_workflow.progress_log import progress_of, read_lines
from vicinal_workflow.run_log import RunLog, newest_run
from vicinal_workflow.run_process import is_alive, open_paths
from vicinal_workflow.watch import fitted, main
from vicinal_workflow.watch_picture import picture

# Before any file that a test writes.
START = datetime(2024, 5, 14, 15, 10, 47)

# As Snakemake 9.27 writes it, with fewer jobs and files.
HEADER = f"""\
Assuming unrestricted shared filesystem usage.

SNAKEMAKE
=========
  Date: {START}
  Workflow ID: 676707f9-dd8b-4d96-8a83-e9396d98ccac
  Host: {platform.node()}
  Command: snakemake --cores 2
  Working directory: FOLDER
  Config file(s): ['config.yaml']

Building DAG of jobs...
Using shell: /usr/bin/bash
Provided cores: 2
Job stats:
job                           count
--------------------------  -------
train_backbone                    1
weigh_samples                     1
all                               1
total                             3

Select jobs to execute...
"""


def announced(rule, number, wildcards="", logs=(), indent="", at=START):
    lines = [
        f"[{at:%a %b %e %H:%M:%S %Y}]",
        f"localrule {rule}:",
        f"    input: scripts/{rule}.py, src/rule/jobid.py",
        f"    log: {', '.join(logs)}",
        f"    jobid: {number}",
        "    reason: Missing output files: results/x",
        *([f"    wildcards: {wildcards}"] if wildcards else []),
        "    resources: tmpdir=/tmp, gpu=1, runtime=720",
    ]
    return "".join(f"{indent}{line}\n" for line in lines)


def finished(rule, number, done, total):
    stamp = f"[{START:%a %b %e %H:%M:%S %Y}]\n"
    steps = f"{done} of {total} steps ({100 * done // total}%) done\n"
    return f"{stamp}Finished jobid: {number} (Rule: {rule})\n{steps}"


def failed(rule, number, log):
    return (
        f"RuleException:\n[{START:%a %b %e %H:%M:%S %Y}]\nError in rule {rule}:\n"
        f"    message: None\n    jobid: {number}\n    input: a\n    output: b\n"
        f"    log: {log} (check log file(s) for error details)\n"
    )


ENDED = "Complete log(s): /somewhere.log\nElapsed time: 0:14:55.972139\n"
BACKBONE_LOGS = [f"results/logs/train_backbone/digits/0.{kind}" for kind in ("log", "jsonl")]
TRAINING = announced("train_backbone", 7, "backbone=digits, shard=0", BACKBONE_LOGS)
WEIGHTS = announced("weigh_samples", 3, "experiment=digits", ["results/logs/weigh_samples/d.log"])


class Run:
    """A folder with a log of Snakemake and those of its jobs."""

    def __init__(self, folder):
        self.folder = folder
        self.log = folder / ".snakemake/log/2024-05-14T151047.776251.snakemake.log"
        self.log.parent.mkdir(parents=True)
        self.write(HEADER.replace("FOLDER", str(folder)))

    def write(self, text):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text)

    def write_epochs(self, *lines, end="\n"):
        path = self.folder / BACKBONE_LOGS[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, lines)) + end, "utf-8")

    def picture(self, alive=True, later=10):
        run = newest_run(self.folder)
        return picture(run, START + timedelta(seconds=later), alive)


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


def epoch(network, number, seconds=0.5, **measures):
    of = {"network": 3, "epoch": 4}
    return {"network": network, "epoch": number, "seconds": seconds, "of": of} | measures


def test_before_the_first_job(run):
    assert run.picture() == [
        "the run of 15:10:47, for 10 s",
        f"[{'.' * 40}] 0 of 3 jobs done, 0 running",
    ]


def test_a_training_shows_its_epoch_measures_speed_and_what_is_left(run):
    run.write(TRAINING + WEIGHTS)
    first = [epoch(5, n, loss=1.0) for n in (1, 2, 3, 4)]
    last = {"loss": 0.25471, "train_accuracy": 0.5, "validation_accuracy": 0.965}
    run.write_epochs(*first, epoch(6, 1, **last))
    assert run.picture() == [
        "the run of 15:10:47, for 10 s",
        f"[{'.' * 40}] 0 of 3 jobs done, 2 running",
        "",
        "training",
        "  train_backbone backbone=digits, shard=0",
        # Two networks have seven epochs left, of half a second each.
        "    network 2 of 3, epoch 1 of 4   3.5 s left, 500 ms an epoch   "
        "loss 0.255, validation accuracy 0.965",
        "",
        "running",
        "  weigh_samples experiment=digits   announced 10 s ago, not begun",
    ]


def test_a_half_written_line_is_not_there_yet(run):
    run.write(TRAINING)
    run.write_epochs(epoch(0, 1, loss=1.0), end='\n{"network": 0, "epoch": 2, "lo')
    assert "    network 1 of 3, epoch 1 of 4   5.5 s left, " in run.picture()[5]
    run.write_epochs(end='{"network": 0, "epo')
    assert "running" in run.picture()
    path = run.folder / BACKBONE_LOGS[1]
    # Broken inside, by a full disk; and a line that is no record.
    path.write_text('{"network": 0, "ep\n[1]\n{"loss": 1}\n' + json.dumps(epoch(0, 3)) + "\n")
    assert [line["epoch"] for line in read_lines(path)] == [3]
    assert read_lines(run.folder / "nowhere.jsonl") == []


def test_half_a_line_of_snakemakes_log_is_read_when_it_is_whole(run):
    log = RunLog(run.log)
    text = TRAINING + finished("train_backbone", 7, 1, 3) + WEIGHTS
    places = []
    for place in range(0, len(text), 7):
        run.write(text[place : place + 7])
        log.update()
        places.append((log.done, sorted(log.jobs)))
    assert places[-1] == (1, [3])
    assert {jobs for _, (jobs) in ((d, tuple(j)) for d, j in places)} == {(), (7,), (3,)}
    assert log.jobs[3].name == "experiment=digits"


@pytest.mark.parametrize(
    ("lines", "place", "left"),
    [
        # A line may be of many epochs, and have a value for each of several networks.
        ([{"epoch": 20, "seconds": 4.0, "of": {"epoch": 50}}], (20, 50), 6.0),
        (
            [{"iteration": n, "seconds": 3.0, "of": {"iteration": 90}} for n in (30, 60)],
            (60, 90),
            3,
        ),
        # The last line of a record_every that does not divide the whole.
        ([{"epoch": n, "seconds": 1.0, "of": {"epoch": 5}} for n in (2, 4, 5)], (5, 5), 0.0),
        # Logs of before, without `of`: nothing is invented.
        ([{"network": 0, "epoch": 3, "seconds": 1.0}], (3, None), None),
        ([{"epoch": 3, "of": {"epoch": 9}}], (3, 9), None),
    ],
)
def test_what_is_left_of_a_training(lines, place, left):
    found = progress_of(lines)
    assert (found.done, found.of) == place
    assert found.left == (None if left is None else pytest.approx(left))
    assert progress_of([]) is None


def test_the_speed_is_that_of_the_last_epochs(run):
    slow = [{"epoch": n, "seconds": 100.0, "of": {"epoch": 40}} for n in range(1, 20)]
    fast = [{"epoch": n, "seconds": 1.0, "of": {"epoch": 40}} for n in range(20, 31)]
    assert progress_of(slow + fast).seconds == 1.0
    # The mean of the values of several networks is shown.
    line = {"iteration": 30, "discriminator_loss": [0.5, 0.7], "generator_loss": [1.0, 2.0]}
    assert progress_of([line]).measures == {
        "discriminator_loss": pytest.approx(0.6),
        "generator_loss": 1.5,
    }


def test_a_silent_training_is_told(run):
    run.write(TRAINING)
    run.write_epochs(epoch(0, 1, loss=1.0))
    path = run.folder / BACKBONE_LOGS[1]
    os.utime(path, (START.timestamp(), START.timestamp()))
    assert "silent" not in run.picture(later=50)[5]
    assert ", silent for 10 min 00 s   loss 1" in run.picture(later=600)[5]
    # Where an epoch takes long, so may the next line.
    run.write_epochs(epoch(0, 1, seconds=300.0))
    os.utime(path, (START.timestamp(), START.timestamp()))
    assert "silent" not in run.picture(later=600)[5]


def test_logs_of_an_earlier_run_are_not_those_of_a_job_that_waits(run):
    run.write_epochs(epoch(0, 1, loss=1.0))
    path = run.folder / BACKBONE_LOGS[1]
    os.utime(path, (START.timestamp() - 1, START.timestamp() - 1))
    run.write(TRAINING)
    waits = "  train_backbone backbone=digits, shard=0   announced 10 s ago, not begun"
    assert run.picture()[-1] == waits
    os.utime(path, (START.timestamp(), START.timestamp()))
    assert "epoch 1 of 4" in run.picture()[-1]


def test_a_failed_job_is_shown_with_its_fault(run):
    log = run.folder / BACKBONE_LOGS[0]
    log.parent.mkdir(parents=True)
    log.write_text("started\n\nArithmeticError: the loss is nan\n(traceback in x)\nTraceback ...\n")
    run.write(TRAINING + failed("train_backbone", 7, ", ".join(BACKBONE_LOGS)))
    picture = run.picture()
    assert picture[1].endswith("0 of 3 jobs done, 0 running, 1 failed")
    assert picture[-4:] == [
        "failed",
        "  train_backbone backbone=digits, shard=0",
        f"    {BACKBONE_LOGS[0]}",
        "    ArithmeticError: the loss is nan",
    ]
    run.write("Trying to restart job 7.\n" + TRAINING)
    assert run.picture()[-2:] == [
        "running",
        "  train_backbone backbone=digits, shard=0 (attempt 2)   for 10 s",
    ]
    run.write(finished("train_backbone", 7, 1, 3))
    assert len(run.picture()) == 2


def test_jobs_of_a_group_are_announced_and_fail_together(run):
    group = f"[{START:%a %b %e %H:%M:%S %Y}] Group job a1b2 (jobs in lexicogr. order):\n"
    group += announced("train_backbone", 7, "shard=0", BACKBONE_LOGS, indent="    ")
    group += announced("weigh_samples", 3, "experiment=digits", ["x.log"], indent="    ")
    run.write(group)
    log = newest_run(run.folder)
    assert {number: job.rule for number, job in log.jobs.items()} == {
        7: "train_backbone",
        3: "weigh_samples",
    }
    error = f"[{START:%a %b %e %H:%M:%S %Y}]\n    message: gone\n    jobs:\n"
    for rule, number in (("train_backbone", 7), ("weigh_samples", 3)):
        error += f"        rule {rule}:\n            jobid: {number}\n            log: x.log\n"
    run.write(error)
    log.update()
    assert sorted(log.failed) == [3, 7]
    assert log.jobs == {}
    assert log.failed[7].name == "shard=0"


def test_how_a_run_ended(run):
    run.write(TRAINING + WEIGHTS + finished("weigh_samples", 3, 1, 3))
    run.write_epochs(epoch(0, 1), epoch(0, 2, loss=1.0))
    killed = run.picture(alive=False)
    assert killed[0] == "the run of 15:10:47 was killed: nothing writes its log"
    assert killed[3] == "left training"
    assert killed[5] == "    network 1 of 3, epoch 2 of 4   500 ms an epoch   loss 1"
    run.write(ENDED)
    assert run.picture()[0].startswith("the run of 15:10:47 stopped before its end, after")
    run.write(finished("train_backbone", 7, 3, 3))
    picture = run.picture()
    assert picture[0].startswith("the run of 15:10:47 came to its end, after")
    assert picture[1:] == [f"[{'#' * 40}] 3 of 3 jobs done"]


def test_nothing_to_be_done(run):
    run.log.write_text(
        HEADER.split("Using shell")[0]
        + "Nothing to be done (all requested files are present and up to date).\n"
    )
    assert run.picture()[1:] == ["no job"]


def test_of_several_runs_the_newest_of_the_results_is_shown(run, capsys, monkeypatch):
    run.write(TRAINING)
    other = run.log.with_name("2024-05-14T160000.000000.snakemake.log")
    other.write_text(HEADER + TRAINING.replace("results/", "others/"))
    assert newest_run(run.folder).path == other
    assert newest_run(run.folder, "results").path == run.log
    assert newest_run(run.folder, "./others/").path == other
    assert newest_run(run.folder, "thers") is None
    assert newest_run(run.folder, "neither") is None
    assert newest_run(run.folder / "results") is None
    monkeypatch.chdir(run.folder)
    assert main(["neither"]) == 1
    assert "no run of neither" in capsys.readouterr().err
    assert main(["results", "--once"]) == 0
    assert "1 running" not in capsys.readouterr().out.splitlines()[0]


def test_a_call_beside_a_run_does_not_hide_it(run):
    run.write(TRAINING)
    refused = run.log.with_name("2024-05-14T150000.000000.snakemake.log")
    later = run.log.with_name("2024-05-14T160000.000000.snakemake.log")
    for path in (refused, later):
        path.write_text(HEADER + "LockException:\nThe folder cannot be locked.\n")
    assert newest_run(run.folder).path == run.log
    # A call that came to its end is newer than a run that was killed, and older than one that runs.
    later.write_text(HEADER + TRAINING + ENDED)
    assert newest_run(run.folder).path == later
    assert newest_run(run.folder, None, {str(run.log.resolve())}).path == run.log
    assert newest_run(run.folder, None, {str(refused.resolve())}).path == refused
    with open(run.log, "a", encoding="utf-8"):
        assert newest_run(run.folder, None, open_paths()).path == run.log


def test_a_call_that_began_no_run_is_told(run):
    run.log.write_text("Error: cores have to be specified for local execution\n\n")
    assert run.picture(alive=False) == [
        "no run: the last call of snakemake ended before one began, with: "
        "Error: cores have to be specified for local execution",
        "no job",
    ]


def test_a_killed_run_is_told_from_one_that_is_quiet(run):
    run.write(TRAINING)
    log = newest_run(run.folder)
    assert not is_alive(log)
    writer = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(run.log)!r}, 'a'); print(1, flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    writer.stdout.readline()
    assert is_alive(log)
    writer.kill()
    writer.wait()
    assert not is_alive(log)
    # Of a process on another machine nothing is known.
    log.host = "elsewhere"
    assert is_alive(log)
    log.ended = True
    assert not is_alive(log)


def test_the_picture_fits_the_screen():
    lines = ["a" * 20, "b", "c", "d"]
    assert fitted(lines, 10, 4) == ["a" * 9 + "…", "b", "c", "d"]
    assert fitted(lines, 80, 3) == ["a" * 20, "b", "and 2 more lines"]


def test_a_terminal_is_drawn_again_until_the_run_ends(run):
    run.write(TRAINING)
    run.write_epochs(epoch(0, 1))
    screen, terminal = pty.openpty()
    # This process has the log open: the run is alive.
    with open(run.log, "a", encoding="utf-8"):
        watcher = subprocess.Popen(
            [sys.executable, "-m", "vicinal_workflow.watch"],
            cwd=run.folder,
            env=os.environ | {"PYTHONPATH": str(Path("src").absolute()), "COLUMNS": "100"},
            stdout=terminal,
        )
        os.close(terminal)
        drawn = read_until(screen, "epoch 1 of 4")
        assert "0 of 3 jobs done" in drawn
        run.write_epochs(epoch(0, 1), epoch(0, 2))
        drawn = read_until(screen, "epoch 2 of 4")
        assert watcher.poll() is None
        run.write(finished("train_backbone", 7, 3, 3) + ENDED)
        # Until the cursor is shown again.
        assert "came to its end" in read_until(screen, "\x1b[?25h")
    assert watcher.wait(timeout=20) == 0
    os.close(screen)


def read_until(screen, text):
    """What is drawn until a text is."""
    drawn, ends = "", time.monotonic() + 30
    while text not in drawn:
        assert time.monotonic() < ends, drawn
        drawn += os.read(screen, 1024).decode("utf-8", errors="replace")
    return drawn


def test_a_real_run_is_watched_and_its_kill_is_seen(project):
    # Long enough to be seen, and killed.
    project.config["backbones"]["digits_lenet5"]["training"].update(epochs=400)
    project.write_config()
    log = project.folder / "results/logs/train_backbone/digits_lenet5/1.jsonl"
    run = subprocess.Popen(
        project.command("results/backbones/digits_lenet5/1.safetensors"),
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        ends = time.monotonic() + 180
        while len(read_lines(log)) < 3:
            assert run.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.1)
        seen = watched(project)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert "train_backbone backbone=digits_lenet5, shard=1" in seen
    assert re.search(r"network 1 of 1, epoch \d+ of 400   .* left, .* an epoch   loss ", seen)
    assert "was killed: nothing writes its log" in watched(project)


def watched(project):
    done = subprocess.run(
        [sys.executable, "-m", "vicinal_workflow.watch", "results", "--once"],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
