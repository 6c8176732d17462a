"""The project run through SLURM: a default run in little, and what SLURM did with its jobs."""

import re
import sys

import local_slurm
import yaml

from project import ROOT, Project

# What is long for a test: the first look at the jobs, and what is waited for a file of this disk.
QUICK = (
    "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1",
    "--latency-wait", "10",
)  # fmt: skip
KEPT_EXPERIMENTS = ("double_moon", "diabetes", "digits_lenet5", "entailment")
# The network that is killed while it trains.
KILLED = {"epochs": 6, "batch_size": 8}


def little(config):
    """Of the tiny configuration one of each kind: every rule is there, and few jobs are."""
    vbsw = config["vbsw"]
    vbsw["experiments"] = {name: vbsw["experiments"][name] for name in KEPT_EXPERIMENTS}
    for rows in vbsw["tables"].values():
        for row, name in rows.items():
            if name not in (*KEPT_EXPERIMENTS, "bateman"):
                rows[row] = None
    used = {experiment["backbone"] for experiment in vbsw["experiments"].values()}
    config["backbones"] = {name: config["backbones"][name] for name in sorted(used)}
    config["backbones"]["digits_lenet5"]["networks_per_job"] = 2
    config["backbones"]["digits_lenet5"]["training"].update(KILLED)
    vbsw["grids"] = {"diabetes": vbsw["grids"]["diabetes"]}
    vbsw["figure6"] = {"boston": "diabetes", "breast_cancer": None}
    vbsw["samplings"] = {"bateman": vbsw["samplings"]["bateman"]}
    gradients = config["gradients"]
    gradients["problems"] = {"cosine": {**gradients["problems"]["cosine"], "cells_per_job": 4}}
    gradients["table1"] = {"cosine_2d": "cosine", "garch_4d": None, "beta_8d": None}
    gradients["search"]["cells_per_job"] = 100
    for experiment in config["bayes"]["experiments"].values():
        experiment["repetitions_per_job"] = experiment["repetitions"]
    studies = config["witness"]["treatment"]["studies"]
    config["witness"]["treatment"]["studies"] = {"curved": studies["curved"]}
    return config


class ClusterProject(Project):
    """A copy of the project whose jobs SLURM runs."""

    patience = 7200

    def command(self, *arguments):
        """Snakemake with the profile as users have it, but for the seconds that it waits."""
        own = ("--profile", "workflow/profiles/slurm", *QUICK)
        return [sys.executable, "-m", "snakemake", *own, *map(str, arguments)]

    def use_default_configuration(self):
        """The configuration that users have: its full scale."""
        self.config = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
        self.write_config()

    def submitted(self, *rules):
        """What SLURM knows of the jobs of these rules, or of all, in the order of submission."""
        found = sorted(local_slurm.jobs(self.folder), key=lambda job: int(job["JobId"]))
        return [job for job in found if not rules or rule_of(job) in rules]


def rule_of(job):
    """The rule of a job, which Snakemake's plugin writes into its comment."""
    return re.fullmatch(r"rule_(\w+?)(_wildcards_.*)?", job["Comment"])[1]
