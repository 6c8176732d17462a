"""A training killed at any moment and started again ends in the bytes of an unbroken one."""

import pytest

from vicinal_workflow.checksums import file_sha256

LOGS = {
    "digits_resnet20": "train_backbone/digits_resnet20/0",
    "entailment_bert": "pretrain_bert/entailment_bert/0",
}


@pytest.mark.parametrize("backbone", LOGS)
def test_killed_and_resumed_equals_unbroken(project, backbone):
    entry = project.config["backbones"][backbone]
    entry["pretraining" if "pretraining" in entry else "training"]["epochs"] = 6
    if "training" in entry:
        # The second network of a shard is the one that is killed: the first must be kept.
        entry.update(networks=2, networks_per_job=2)
        entry["training"].update(epochs=4, batch_size=16)
    project.write_config()
    killed_at, lines = (5, 8) if "training" in entry else (2, 6)
    targets, log = [f"backbones/{backbone}/0.safetensors"], LOGS[backbone]
    project.assert_resumed_equals_unbroken(targets, log, killed_at=killed_at, lines=lines)


def test_a_checkpoint_of_other_settings_is_not_continued(project):
    """Killed, changed and started again: the same as never having run before."""
    entry = project.config["backbones"]["digits_resnet20"]
    entry["training"].update(epochs=30)
    project.write_config()
    target = "backbones/digits_resnet20/0.safetensors"
    log = project.folder / "results/logs/train_backbone/digits_resnet20/0.jsonl"
    project.kill_when_logged(2, log, f"results/{target}")
    assert list((project.folder / "results/checkpoints").rglob("*.pt"))

    entry["training"].update(epochs=3, learning_rate=0.01)
    project.write_config()
    project.snakemake("--unlock")
    project.run(f"results/{target}", "--rerun-incomplete")
    assert len(log.read_text().splitlines()) == 3
    said = (log.parent / "0.log").read_text()
    assert "starting anew" in said
    project.run(f"clean/{target}", "--config", "results_dir=clean")
    assert file_sha256(project.folder / "results" / target) == file_sha256(
        project.folder / "clean" / target
    )
