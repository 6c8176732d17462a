"""What is read of a running workflow's logs: jobs, progress, which run, whether it lives."""

import subprocess
import sys

import pytest
from snakemake_logs import (
    BACKBONE_LOGS,
    ENDED,
    HEADER,
    START,
    TRAINING,
    WEIGHTS,
    Run,
    announced,
    finished,
)

from vicinal_workflow.progress_log import progress_of
from vicinal_workflow.run_log import RunLog, newest_run
from vicinal_workflow.run_process import is_alive, open_paths
from vicinal_workflow.watch import main


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path)


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
