"""A training killed at any moment and started again ends in the bytes of an unbroken one."""

import os
import signal
import subprocess
import time

import pytest

from vicinal_workflow.manifest import file_sha256

TARGETS = {
    "digits_resnet20": "train_backbone/digits_resnet20/0.jsonl",
    "entailment_bert": "pretrain_bert/entailment_bert/0.jsonl",
}


@pytest.mark.parametrize("backbone", TARGETS)
def test_killed_and_resumed_equals_unbroken(project, backbone):
    entry = project.config["backbones"][backbone]
    entry["pretraining" if "pretraining" in entry else "training"]["epochs"] = 6
    entry.get("training", {}).update(batch_size=16)
    project.write_config()
    target = f"backbones/{backbone}/0.safetensors"
    project.run(f"unbroken/{target}", "--config", "results_dir=unbroken")

    broken = ("--config", "results_dir=broken", "--rerun-incomplete")
    log = project.folder / "broken/logs" / TARGETS[backbone]
    run = subprocess.Popen(
        project.command(f"broken/{target}", *broken),
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    epochs_before = wait_for_epochs(log, 2, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not (project.folder / "broken" / target).exists()

    project.snakemake("--unlock", *broken)
    project.run(f"broken/{target}", *broken)
    epochs = [line.count('"epoch"') for line in log.read_text().splitlines()]
    assert len(epochs) - epochs_before < 6, "it started from the first epoch again"
    assert file_sha256(project.folder / "broken" / target) == file_sha256(
        project.folder / "unbroken" / target
    )


def wait_for_epochs(log, count, run):
    """Wait until the log tells of `count` epochs; the number it tells of then."""
    for _ in range(3000):
        lines = log.read_text().splitlines() if log.exists() else []
        if len(lines) >= count:
            return len(lines)
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.02)
    raise AssertionError(f"no {count} epochs within a minute")
