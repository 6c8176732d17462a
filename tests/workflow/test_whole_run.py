"""The default run from end to end at a tiny scale, and what each kind of edit runs again."""

import json

import pandas as pd
import pytest

from vicinal_workflow.artifacts import read_arrays, write_arrays
from vicinal_workflow.checksums import file_sha256

# What follows from any change of a table.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
FIRST_EXPERIMENT_AGAIN = {
    "weigh_samples": 2,  # two shards
    "train_heads": 2,
    "compare_weightings": 1,
    "build_table": 1,
    "plot_highest_weights": 1,
    "plot_gains": 1,
    **SUMMARY,
}


def test_everything_is_made(tiny_run):
    results = tiny_run.folder / "results"
    page = (results / "summary/index.html").read_text("utf-8")
    assert "digits in place of mnist" in page
    assert page.count("data:image/png;base64,") == 37
    for table in ("table1", "table2", "table3", "table4", "table5"):
        methods = pd.read_csv(results / f"vbsw/tables/{table}.csv")
        assert {"vbsw", "baseline", "shuffled"} <= set(methods["method"])
        assert methods["mean"].notna().all()


def test_comparison_holds_every_published_figure(tiny_run):
    published = pd.read_csv(tiny_run.folder / "data/published.csv")
    found = pd.read_csv(tiny_run.folder / "results/summary/comparison.csv")
    assert list(found.columns) == [
        "study", "item", "row", "metric", "published", "published_error", "measured",
        "measured_error", "n", "scale", "agrees",
    ]  # fmt: skip
    key = ["study", "item", "row", "metric"]
    assert found[key].equals(published[key])
    without_number = found["item"] == "claim"
    # Claims that are open have no number.
    without_number |= found["metric"] == "drop of accuracy larger with gradients"
    without_number |= found["metric"].str.endswith("than Bayes by Backprop")
    without_number |= found["metric"] == "keeping by the witness lowers the error"
    without_number |= found["metric"].str.contains("more often of their class")
    without_number |= found["metric"] == "detects more than the Gaussian kernel at equal sigma"
    full_batch = (found["row"] != "double_moon") & (found["metric"] == "batch size")
    # Few of the paper's numbers of samples are part of a small run.
    other_size = found["metric"].str.contains(r" at \d+ samples$") & (found["scale"] == "not run")
    # Nothing stands for the paper's VGG.
    no_vgg = found["row"] == "cifar10_vgg"
    other_size |= no_vgg
    assert found.loc[~(without_number | full_batch | other_size), "measured"].notna().all()
    assert set(found.loc[other_size & ~no_vgg, "item"]) == {"table1", "figure3"}
    assert found.loc[other_size & ~no_vgg, "study"].eq("gradients").all()
    assert (found.loc[~other_size, "scale"] != "not run").all()
    assert found["agrees"].isna().all()  # nothing here has the paper's scale and data


def test_manifest_holds_the_checksum_of_every_artifact(tiny_run):
    manifest = json.loads((tiny_run.folder / "results/summary/manifest.json").read_text())
    assert len(manifest["artifacts"]) > 50
    for path, checksum in manifest["artifacts"].items():
        assert file_sha256(tiny_run.folder / path) == checksum
    listed = {tiny_run.folder / path for path in manifest["artifacts"]}
    made = set()
    for folder in ("datasets", "backbones", "features", "vbsw", "gradients", "bayes", "witness"):
        made |= set((tiny_run.folder / "results" / folder).rglob("[!.]*.*"))
    assert made == listed & made
    assert made <= listed


def test_progress_is_logged_for_every_epoch(tiny_run):
    lines = (tiny_run.folder / "results/logs/train_backbone/digits_lenet5/1.jsonl").read_text()
    records = [json.loads(line) for line in lines.splitlines()]
    assert [(record["network"], record["epoch"]) for record in records] == [(1, 1), (1, 2)]


def test_a_finished_run_has_nothing_to_do_and_leaves_no_checkpoint(tiny_run):
    assert tiny_run.jobs() == {}
    assert not list((tiny_run.folder / "results/checkpoints").rglob("*.pt"))
    assert not list((tiny_run.folder / "results").rglob(".*partial*"))


def test_editing_k_reruns_that_experiment_from_its_weights_on(tiny_run):
    def edit(config):
        config["vbsw"]["experiments"]["digits_lenet5"]["k"] = 6

    with tiny_run.edited_config(edit):
        assert tiny_run.jobs() == FIRST_EXPERIMENT_AGAIN
    assert tiny_run.jobs() == {}


def test_editing_the_page_template_reruns_the_page(tiny_run):
    path = tiny_run.folder / "src/vicinal_workflow/templates/page.css"
    with tiny_run.edited_file(path, "\n/* edited */\n"):
        assert tiny_run.jobs() == {"build_page": 1, "all": 1}


def test_how_jobs_are_cut_does_not_change_a_score(tiny_run):
    def edit(config):
        config["backbones"]["digits_lenet5"]["networks_per_job"] = 2
        config["results_dir"] = "cut"

    target = "vbsw/comparisons/digits_lenet5_methods.csv"
    with tiny_run.edited_config(edit):
        tiny_run.run(f"cut/{target}")
    first, second = (tiny_run.folder / folder / target for folder in ("results", "cut"))
    assert first.read_bytes() == second.read_bytes()


def test_only_further_experiments_are_enough(project):
    project.config["vbsw"] |= {"tables": {}, "figure6": {}, "bound": None}
    project.config |= {"gradients": {}, "bayes": {}, "witness": {}}
    project.config["vbsw"]["further"] = ["double_moon"]
    project.write_config()
    project.run()
    comparison = pd.read_csv(project.folder / "results/summary/comparison.csv")
    assert (comparison.loc[comparison["item"] != "claim", "scale"] == "not run").all()
    assert "Further experiments" in (project.folder / "results/summary/index.html").read_text()


def test_a_raw_file_that_changed_is_refused(project):
    project.config["datasets"]["boston"] = {"kind": "boston"}
    project.write_config()
    raw = project.folder / "data/downloads/boston/housing.data"
    raw.parent.mkdir(parents=True)
    raw.write_text("not the file")
    done = project.snakemake("results/datasets/boston.npz")
    assert done.returncode != 0
    assert "is not what the registry says: found 12 bytes" in done.stdout + done.stderr


def test_editing_the_heads_leaves_the_weights(tiny_run):
    def edit(config):
        config["vbsw"]["experiments"]["digits_lenet5"]["heads"]["epochs"] = 3

    expected = {
        rule: count
        for rule, count in FIRST_EXPERIMENT_AGAIN.items()
        if rule not in ("weigh_samples", "plot_highest_weights")
    }
    with tiny_run.edited_config(edit):
        assert tiny_run.jobs() == expected


def test_editing_a_backbone_reruns_it_and_what_follows(tiny_run):
    def edit(config):
        config["backbones"]["digits_lenet5"]["training"]["epochs"] = 3

    with tiny_run.edited_config(edit):
        expected = {"train_backbone": 2, "extract_network_features": 2, **FIRST_EXPERIMENT_AGAIN}
        # Its features also measure the images of the GANs.
        expected |= {"measure_gans": 1, "build_gan_tables": 1, "plot_gan_samples": 1}
        # And its networks judge decoded images, and are what is rejected by.
        expected |= {"measure_latent": 1, "build_latent_tables": 1, "plot_latent_space": 1}
        expected |= {"plot_latent_prototypes": 1, "plot_latent_curves": 1}
        expected |= {"measure_rejection": 1, "build_rejection_tables": 1, "plot_rejection": 1}
        assert tiny_run.jobs() == expected


def test_editing_threads_reruns_every_training(tiny_run):
    def edit(config):
        config["threads"] = 2

    with tiny_run.edited_config(edit):
        jobs = tiny_run.jobs()
    assert jobs["train_backbone"] == 3 + 4 + 2
    assert jobs["pretrain_bert"] == 3
    assert jobs["train_heads"] == 15
    assert "build_dataset" not in jobs


def test_more_threads_than_cores_give_the_same_bytes(project):
    project.config["backbones"]["digits_resnet20"]["training"]["epochs"] = 1
    project.config["threads"] = 3
    project.write_config()
    target = "backbones/digits_resnet20/0.safetensors"
    for cores in ("1", "4"):
        project.run(
            f"cores{cores}/{target}", "--config", f"results_dir=cores{cores}", "--cores", cores
        )
    first, second = (project.folder / f"cores{cores}" / target for cores in ("1", "4"))
    assert first.read_bytes() == second.read_bytes()


def test_mirrors_rerun_only_the_page_that_shows_the_configuration(tiny_run):
    def edit(config):
        config["data"] = {"mirrors": ["/nowhere"], "retries": 9}

    with tiny_run.edited_config(edit):
        assert tiny_run.jobs() == {"write_manifest": 1, "build_page": 1, "all": 1}


def test_more_jobs_on_a_gpu_rerun_nothing(tiny_run):
    with tiny_run.edited_config(lambda config: config.update(jobs_per_gpu=3)):
        assert tiny_run.jobs() == {}


def test_editing_a_library_module_reruns_every_stage_that_imports_it(tiny_run):
    module = tiny_run.folder / "src/vicinal/vbsw/local_variance.py"
    with tiny_run.edited_file(module, "\n# edited\n"):
        jobs = tiny_run.jobs()
    assert jobs["weigh_samples"] == 15  # fourteen experiments, one of them in two shards
    assert jobs["train_heads"] == 15
    assert "train_backbone" not in jobs
    assert "build_dataset" not in jobs
    # Put back, it is newer than what was made from it, but the same: nothing to do.
    assert tiny_run.jobs() == {}


def test_touching_a_module_reruns_nothing(tiny_run):
    for path in (tiny_run.folder / "src").rglob("*.py"):
        path.touch()
    assert tiny_run.jobs() == {}


def test_editing_a_reader_reruns_its_own_data_set_only(tiny_run):
    with tiny_run.edited_file(tiny_run.folder / "src/vicinal/data/double_moon.py", "\n# edited\n"):
        assert tiny_run.jobs()["build_dataset"] == 1


def test_dry_run_gives_reasons(tiny_run):
    with tiny_run.edited_file(tiny_run.folder / "src/vicinal/metrics.py", "\n# edited\n"):
        text = tiny_run.run("--dry-run").stdout
    assert "Updated input files: src/vicinal/metrics.py" in text


def test_every_named_target_is_listed(tiny_run):
    listed = tiny_run.run("--list-target-rules").stdout
    for name in ("vbsw", "summary", *(f"vbsw_table{n}" for n in range(1, 6)), "vbsw_figure2"):
        assert f"\n{name} (" in f"\n{listed}", name


def test_a_fault_in_the_configuration_is_one_readable_message(tiny_run):
    def edit(config):
        config["vbsw"]["experiments"]["double_moon"]["k"] = 1

    with tiny_run.edited_config(edit):
        done = tiny_run.snakemake("--dry-run")
    assert done.returncode != 0
    assert "vbsw.experiments.double_moon.k: 1 is not allowed" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_k_beyond_the_samples_is_refused_with_the_range(project):
    project.config["vbsw"]["experiments"]["double_moon"]["k"] = 5000
    project.write_config()
    target = "results/vbsw/weights/double_moon/0.npz"
    done = project.snakemake(target)
    assert done.returncode != 0
    assert "k = 5000 neighbours" in done.stdout + done.stderr
    assert "allowed are 2 to 270" in done.stdout + done.stderr
    assert not (project.folder / target).exists()


def test_labels_of_one_class_weigh_the_same_with_a_warning(project):
    project.run("results/features/diabetes_inputs/0.npz")
    path = project.folder / "results/features/diabetes_inputs/0.npz"
    arrays = read_arrays(path)
    arrays["train_labels"][:] = 1.0
    write_arrays(path, **arrays)
    target = "results/vbsw/weights/diabetes/0.npz"
    project.run(target, "--rerun-triggers", "mtime")
    assert (read_arrays(project.folder / target)["weights"] == 1).all()
    log = (project.folder / "results/logs/weigh_samples/diabetes/0.log").read_text()
    assert "all weights are 1" in log


@pytest.mark.parametrize("experiment", ["digits_lenet5", "entailment"])
def test_two_runs_give_the_same_bytes(tiny_run, experiment):
    """In another folder and with another number of cores."""
    targets = [f"again/vbsw/comparisons/{experiment}_methods.csv"]
    if experiment.startswith("digits"):
        targets += [f"again/vbsw/figures/highest_weights_{experiment}.{s}" for s in ("png", "svg")]
    tiny_run.run(*targets, "--config", "results_dir=again", "--cores", "1")
    compared = 0
    for path in (tiny_run.folder / "again").rglob("*"):
        if path.suffix in (".npz", ".safetensors", ".csv", ".txt", ".png", ".svg"):
            first = tiny_run.folder / "results" / path.relative_to(tiny_run.folder / "again")
            assert first.read_bytes() == path.read_bytes(), path
            compared += 1
    assert compared >= 7
