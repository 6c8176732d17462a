"""The plan of a run: experiments, shards and jobs, counted by hand."""

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal_workflow.configuration import complete_configuration, load_yaml
from vicinal_workflow.plan import Plan


def counted(jobs):
    stages = [job.stage for job in jobs]
    return {stage: stages.count(stage) for stage in stages}


def test_the_papers_scale_is_few_long_jobs():
    plan = Plan(PAPER, PAPER, REGISTRY)
    assert len(plan.vbsw.experiments) == 14
    assert list(plan.vbsw.shards("mnist_lenet5")) == [0, 1, 2, 3]
    assert plan.vbsw.networks("mnist_lenet5", 3) == list(range(30, 40))
    assert counted(plan.jobs())["train_backbone"] == 4 + 5 + 4 + 6 + 6 + 5
    assert counted(plan.jobs())["load_bert"] == 3


def test_the_last_shard_may_be_smaller():
    config = complete_configuration(load_yaml(ROOT / "config.yaml"), SCHEMA)
    config["backbones"]["digits_lenet5"].update(networks=5, networks_per_job=2)
    plan = Plan(config, PAPER, REGISTRY)
    assert list(plan.vbsw.shards("digits_lenet5")) == [0, 1, 2]
    assert plan.vbsw.networks("digits_lenet5", 2) == [4]


def test_only_named_experiments_are_planned_and_each_job_once():
    own = load_yaml(ROOT / "config.yaml") | {"gradients": {}, "bayes": {}, "witness": {}}
    config = complete_configuration(own, SCHEMA)
    for rows in config["vbsw"]["tables"].values():
        rows.update(dict.fromkeys(rows))
    config["vbsw"]["figure6"] = dict.fromkeys(config["vbsw"]["figure6"])
    config["vbsw"]["bound"] = None
    config["vbsw"]["further"] = ["digits_lenet5"]
    plan = Plan(config, PAPER, REGISTRY)
    assert plan.vbsw.tables == ["further"]
    assert counted(plan.jobs()) == {
        "build_dataset": 1,
        "train_backbone": 1,
        "extract_network_features": 1,
        "weigh_samples": 1,
        "train_heads": 1,
        "compare_weightings": 1,
        "build_table": 1,
        "plot_gains": 1,
    }
    assert len(plan.jobs()) == len(set(plan.jobs()))
    config["vbsw"]["further"] = []
    assert Plan(config, PAPER, REGISTRY).jobs() == []


def test_what_is_downloaded_is_what_the_data_sets_need():
    plan = Plan(PAPER, PAPER, REGISTRY)
    downloads = {job.name for job in plan.jobs() if job.stage == "retrieve_file"}
    assert "mnist/train-images-idx3-ubyte.gz" in downloads
    assert not any("california" in name for name in downloads)
