"""`kill -9` of Snakemake itself, and two runs in one folder: what is said and what to type."""

import os
import signal
import time

import psutil

TARGET = "results/backbones/digits_lenet5/0.safetensors"
LOG = "results/logs/train_backbone/digits_lenet5/0"


def wait_until(happens, seconds=180):
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_what_follows_when_snakemake_is_killed(project):
    entry = project.config["backbones"]["digits_lenet5"]
    entry.update(networks=1)
    entry["training"].update(epochs=30)
    project.write_config()
    unbroken = TARGET.replace("results", "unbroken")
    project.run(unbroken, "--config", "results_dir=unbroken")
    lines = project.folder / f"{LOG}.jsonl"
    run = project.started_alone(TARGET)
    wait_until(lambda: lines.exists() and len(lines.read_text().splitlines()) >= 3)

    stages = psutil.Process(run.pid).children(recursive=True)
    assert stages
    for stage in stages:
        stage.suspend()  # or it would be done before all this is looked at

    # A second run in the same folder waits for nobody, and says why; one that only reads may.
    second = project.snakemake(TARGET)
    assert second.returncode == 1
    assert "Error: Directory cannot be locked." in second.stdout + second.stderr
    assert "Traceback" not in second.stdout + second.stderr
    assert project.jobs(TARGET)["train_backbone"] == 1

    os.kill(run.pid, signal.SIGKILL)  # Snakemake alone
    run.wait()
    for stage in stages:
        stage.resume()
    _, alive = psutil.wait_procs(stages, timeout=60)
    assert not alive, "a stage went on without its Snakemake"
    assert not (project.folder / TARGET).exists()

    # The lock is still there: only the user knows that nobody is behind it.
    locked = project.snakemake(TARGET)
    assert locked.returncode == 1
    assert "It can be removed with the --unlock argument." in locked.stdout + locked.stderr
    project.run("--unlock")
    project.run(TARGET)
    assert "continuing from" in (project.folder / f"{LOG}.log").read_text()
    assert len(lines.read_text().splitlines()) == 30
    assert (project.folder / TARGET).read_bytes() == (project.folder / unbroken).read_bytes()


def test_a_file_of_a_run_that_was_killed_is_not_taken_for_finished(project):
    """Killed between the writing of a file and Snakemake's note of it: made again, if asked to."""
    target = "results/features/double_moon_inputs/0.npz"
    made = project.folder / target
    run = project.started_alone(target)
    wait_until(made.exists)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = made.read_bytes()
    project.run("--unlock")
    refused = project.snakemake(target)
    assert refused.returncode == 1
    assert "--rerun-incomplete" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    project.run(target, "--rerun-incomplete")
    assert made.read_bytes() == before
