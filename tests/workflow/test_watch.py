"""The picture of a running workflow: folders of logs in, lines out; a terminal; a real run."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from snakemake_logs import (
    BACKBONE_LOGS,
    ENDED,
    HEADER,
    START,
    TRAINING,
    WEIGHTS,
    Run,
    epoch,
    failed,
    finished,
)

from vicinal_workflow.progress_log import read_lines
from vicinal_workflow.watch import fitted


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


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


def test_a_call_that_began_no_run_is_told(run):
    run.log.write_text("Error: cores have to be specified for local execution\n\n")
    assert run.picture(alive=False) == [
        "no run: the last call of snakemake ended before one began, with: "
        "Error: cores have to be specified for local execution",
        "no job",
    ]


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
