"""Logs as Snakemake and its jobs write them, with fewer jobs and files."""

import json
import platform
from datetime import datetime, timedelta

from vicinal_workflow.run_log import newest_run
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


def epoch(network, number, seconds=0.5, **measures):
    of = {"network": 3, "epoch": 4}
    return {"network": network, "epoch": number, "seconds": seconds, "of": of} | measures
