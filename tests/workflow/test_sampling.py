"""Appendices A and B in the workflow: faults, what is made, what runs again, and in which scale."""

import copy

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from checkout import PAPER, REGISTRY, ROOT, SCHEMA
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_yaml,
)
from vicinal_workflow.plan import Plan
from vicinal_workflow.published import compare_with_published, measured_in_samplings
from vicinal_workflow.sampling_section import sampling_section
from vicinal_workflow.sampling_table import gains_table, pair_errors, summarise_errors

# What follows from any change of a table.
SUMMARY = {"compare_with_published": 1, "write_manifest": 1, "build_page": 1, "all": 1}
TARGETS = ["vbsw_table6", "vbsw_table7", "vbsw_figure1", "vbsw_figure4", "vbsw_figure5"]


def default_config():
    return load_yaml(ROOT / "config.yaml")


def sampling(**changes):
    return {"function": {"name": "runge"}, "bounds": [[0, 1]], **changes}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (sampling(bounds=[[1, 0]]), "x.bounds.0: [1, 0] is not allowed; needed are [lower, upper]"),
        (sampling(bounds=[[0, 1, 2]]), "x.bounds.0: [0, 1, 2] is not allowed"),
        (
            sampling(bounds=[[0, 1], [0, 1]]),
            "x.bounds: 2 axes are not allowed; 'runge' is a function of 1",
        ),
        (
            sampling(function={"name": "bateman"}, bounds=[[0, 1], [0, 1], [-1, 1]]),
            "x.bounds.2: [-1, 1] is not allowed; times are at least 0",
        ),
        (
            sampling(
                function={"name": "bateman_chain", "sigma_a": [1, 1], "sigma_r": [[1, 0], [1]]},
                bounds=[[0, 1]] * 4,
            ),
            "x.function.sigma_r: rows of 2 1 numbers are not allowed; sigma_a has 2, so needed are",
        ),
        (
            sampling(function={"name": "sine"}),
            "x.function.name: 'sine' is not allowed; allowed is one of runge, tanh, bateman",
        ),
        (sampling(function={"shift": 1}), "x.function: the key name is missing"),
        (
            sampling(function={"name": "tanh", "v": 1}),
            "x.function: unknown key 'v'; known are name, shift, coefficient",
        ),
        (
            sampling(function={"name": "module", "module": "own.pt"}),
            "x.function.module: 'own.pt' is not allowed; allowed is a text, matching",
        ),
        (sampling(map={}), "x.map: only null is allowed with 1 axes; a map needs 3, time the last"),
        (
            sampling(function={"name": "bateman"}, bounds=[[0, 1]] * 3, map={"grid": [5, 5]}),
            "x.map.grid: 2 numbers are not allowed; needed is one an axis, 3",
        ),
        (
            sampling(components=9),
            "x.components: 9 is not allowed; allowed are at most as many as there are cand",
        ),
        (sampling(epsilon=0), "x.epsilon: 0 is not allowed; allowed is a number, above 0"),
        ({"bounds": [[0, 1]]}, "vbsw.samplings.x: the key function is missing"),
    ],
)
def test_faults_of_a_sampling_are_named(entry, message):
    config = default_config()
    config["vbsw"]["samplings"]["x"] = entry
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(config, SCHEMA)
    assert "1 fault(s)" in str(error.value)
    assert f"vbsw.samplings.{message}" in str(error.value) or message in str(error.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ["tables", "table6", "runge"],
            "rung",
            "runge: 'rung' is not an entry of vbsw.samplings (did you mean runge?); known are",
        ),
        (["further_samplings"], ["y"], "vbsw.further_samplings.0: 'y' is not an entry of"),
        (["bound", "edges"], [0, 1, 1], "vbsw.bound.edges: [0, 1, 1] is not allowed; they must"),
        (
            ["bound", "function"],
            {"name": "bateman"},
            "vbsw.bound.function: 'bateman' is not allowed; it has 3 variables, needed is 1",
        ),
    ],
)
def test_faults_of_what_is_shown_are_named(path, value, message):
    config = default_config()
    node = config["vbsw"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(ConfigurationError) as error:
        complete_configuration(config, SCHEMA)
    assert message in str(error.value)


def test_scale_of_the_default_run():
    config = complete_configuration(default_config(), SCHEMA)
    plan = Plan(config, PAPER, REGISTRY).sampling
    assert {row["scale"] for row in plan.described_rows("table6").values()} == {"paper"}
    bateman = plan.described_rows("table7")["bateman"]["scale"]
    assert bateman.startswith("constants and box ours (paper: not said); initial 250 (paper 25000)")
    # Even the preset's: the paper's constants are not known.
    own = Plan(PAPER, PAPER, REGISTRY).sampling.described_rows("table7")["bateman"]["scale"]
    assert own == "constants and box ours (paper: not said)"
    config["vbsw"]["tables"]["table6"]["runge"] = "tanh"
    assert plan.described_rows("table6")["runge"]["scale"] == "tanh in place of runge"


def test_null_leaves_everything_out():
    config = complete_configuration(default_config(), SCHEMA)
    vbsw = config["vbsw"]
    vbsw["tables"]["table6"] = dict.fromkeys(vbsw["tables"]["table6"])
    vbsw["tables"]["table7"] = dict.fromkeys(vbsw["tables"]["table7"])
    vbsw["bound"] = None
    plan = Plan(config, PAPER, REGISTRY).sampling
    assert (plan.tables, plan.jobs(), list(plan.drawn())) == ([], [], [])
    assert plan.rows("table6") == {}


def test_a_sampling_of_two_rows_is_run_once():
    config = complete_configuration(default_config(), SCHEMA)
    config["vbsw"]["further_samplings"] = ["runge", "bateman"]
    jobs = Plan(config, PAPER, REGISTRY).sampling.jobs()
    assert [job.name for job in jobs if job.stage == "draw_training_points"] == [
        "runge",
        "tanh",
        "bateman",
    ]
    assert len(jobs) == len(set(jobs))


def errors(repetitions=5):
    rng = np.random.default_rng(0)
    rows = [
        (repetition, sampling, metric, rng.normal(1, 0.1))
        for repetition in reversed(range(repetitions))  # the order of lines must not matter
        for sampling in ("taylor", "uniform")
        for metric in ("mse", "linf")
    ]
    return pd.DataFrame(rows, columns=["repetition", "sampling", "metric", "value"])


def test_summaries_against_scipy():
    table = errors()
    found = summarise_errors(table, ["linf"]).set_index("sampling")
    values = table[(table["sampling"] == "uniform") & (table["metric"] == "linf")]["value"]
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert found.loc["uniform", "mean"] == pytest.approx(values.mean())
    assert found.loc["uniform", "half_width"] == pytest.approx((high - low) / 2)
    assert found.loc["uniform", "n"] == 5


def test_pairs_are_of_the_same_repetition():
    table = errors()
    table.loc[table["sampling"] == "uniform", "value"] = table["repetition"]
    table.loc[table["sampling"] == "taylor", "value"] = table["repetition"] - 0.5
    table = pd.concat([table, gains_table([0.3, 0.1], [0.1, 0.1])])
    rng = np.random.default_rng(0)
    found = pair_errors(table, ["mse", "linf", "aeg"], resamples=200, rng=rng).set_index("metric")
    assert list(found.index) == ["mse", "linf", "ael - aeg"]
    assert found.loc["mse", ["mean", "n"]].tolist() == [-0.5, 1]  # all pairs repeat one another
    assert found.loc["ael - aeg", "mean"] == pytest.approx(-0.1)
    assert found.loc["ael - aeg", "n"] == 2


@pytest.mark.parametrize(("kind", "agree"), [("interval", False), ("standard_error", True)])
def test_agreement_in_both_kinds_of_errors(kind, agree):
    """Table 6's own: 0.0145 +- 0.0062 against 0.0262 +- 0.0030; hypot is 0.0069, the gap 0.0117."""
    published = pd.read_csv(ROOT / "data/published.csv")
    assert set(published.loc[published["item"].isin(["table6", "table7"]), "error_kind"]) == {
        "interval"
    }
    mine = (published["item"] == "table6") & (published["row"] == "runge")
    published = published[mine & (published["metric"] == "uniform l2")].assign(error_kind=kind)
    table = {"row": ["runge"], "sampling": ["uniform"], "metric": ["l2"], "mean": [0.0262]}
    table |= {"half_width": [0.003], "n": [40], "scale": ["paper"]}
    found = compare_with_published(published, measured_in_samplings(pd.DataFrame(table), "table6"))
    assert found["agrees"].tolist() == [agree]
    assert found["measured_error"].tolist() == [0.003]


def test_the_page_says_whether_taylor_points_help():
    rows = {"row": "runge", "entry": "runge", "function": "runge", "scale": "paper", "n": 40}
    table = pd.DataFrame(
        [
            {**rows, "sampling": "uniform", "metric": "l2", "mean": 0.2, "half_width": 0.01},
            {**rows, "sampling": "uniform", "metric": "linf", "mean": 0.5, "half_width": 0.01},
            {**rows, "sampling": "uniform", "metric": "mse", "mean": 0.5, "half_width": 0.01},
        ]
    )
    paired = pd.DataFrame(
        [
            {**rows, "metric": "l2", "mean": -0.05, "low": -0.07, "high": -0.01, "p_value": 0.01},
            {**rows, "metric": "linf", "mean": 0.01, "low": -0.07, "high": 0.1, "p_value": 0.9},
            {**rows, "metric": "mse", "mean": 0.1, "low": 0.07, "high": 0.2, "p_value": 0.01},
        ]
    )
    comparison = pd.DataFrame(
        [["table6", "runge", "uniform l2", 0.0145, 0.0062]],
        columns=["item", "row", "metric", "published", "published_error"],
    )
    study = sampling_section({"table6": table}, {"table6": paired}, comparison, [])
    assert [verdict.tone for verdict in study.verdicts] == ["for", "open", "against"]
    assert "lower the L2 error (root mean square) by 0.05 (25 % of it; " in study.verdicts[0].text
    shown = study.tables[0].groups[0].rows[0]
    assert (shown[2].value, shown[2].error, shown[3].value) == (0.0145, 0.0062, 0.2)
    assert study.tables[1].groups[0].rows[0][1].emphasis == "for"


def test_tables_and_figures_are_made(tiny_run):
    results = tiny_run.folder / "results"
    table = pd.read_csv(results / "vbsw/tables/table7.csv")
    assert set(table["metric"]) == {"mse", "linf", "aeg", "ael"}
    assert list(table.columns) == [
        "row", "entry", "sampling", "metric", "mean", "half_width", "n", "function", "scale",
    ]  # fmt: skip
    paired = pd.read_csv(results / "vbsw/tables/table7_paired.csv")
    means = table.set_index(["sampling", "metric"])["mean"]
    difference = means["taylor", "linf"] - means["uniform", "linf"]
    assert paired.set_index("metric")["mean"]["linf"] == pytest.approx(difference)
    for figure in ("generalization_bound", "taylor_points_table6", "bateman_maps_bateman"):
        for suffix in ("png", "svg"):
            assert (results / f"vbsw/figures/{figure}.{suffix}").stat().st_size > 5000
    page = (results / "summary/index.html").read_text("utf-8")
    for text in ("Figure 1: the bound", "Figure 4: where", "Figure 5: bateman", "Table 7:"):
        assert text in page


def test_every_target_is_listed(tiny_run):
    listed = tiny_run.run("--list-target-rules").stdout
    for name in TARGETS:
        assert f"\n{name} (" in f"\n{listed}", name


AGAIN = {"draw_training_points": 1, "train_on_points": 1, "build_sampling_table": 1, **SUMMARY}
MAPPED = {"map_sampling_errors": 1, "plot_bateman_maps": 1}


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("tanh", {"epsilon": 0.01}, {**AGAIN, "plot_taylor_points": 1}),
        ("bateman", {"epsilon": 0.01}, {**AGAIN, **MAPPED}),
        (
            "tanh",
            {"network": {"epochs": 4}},
            {"train_on_points": 1, "build_sampling_table": 1, **SUMMARY},
        ),
        ("bateman", {"map": {"grid": [4, 3, 6]}}, {"build_sampling_table": 1, **MAPPED, **SUMMARY}),
        (
            "bateman",
            {"map": {"grid": [4, 3, 5], "cap": 0.2}},
            {"plot_bateman_maps": 1, "write_manifest": 1, "build_page": 1, "all": 1},
        ),
    ],
)
def test_editing_a_sampling_runs_what_is_behind_it(tiny_run, name, changes, expected):
    with tiny_run.edited_config(lambda c: c["vbsw"]["samplings"][name].update(changes)):
        assert tiny_run.jobs() == expected
    assert tiny_run.jobs() == {}


def test_two_runs_give_the_same_bytes(tiny_run):
    targets = ["tables/table7_paired.csv", "figures/bateman_maps_bateman.svg"]
    again = [f"samplings_again/vbsw/{target}" for target in targets]
    tiny_run.run(*again, "--config", "results_dir=samplings_again", "--cores", "1")
    compared = 0
    folder = tiny_run.folder / "samplings_again"
    for path in folder.rglob("*"):
        if path.suffix in (".npz", ".safetensors", ".csv", ".png", ".svg"):
            first = tiny_run.folder / "results" / path.relative_to(folder)
            assert first.read_bytes() == path.read_bytes(), path
            compared += 1
    assert compared >= 9


OWN = """import torch


def ridge():
    return lambda x: torch.tanh(9 * (x[0] - 0.3)) + 0.1 * x[1]
"""
CHAIN = {"name": "bateman_chain", "sigma_a": [1, 0.5], "sigma_r": [[-1, 0], [0.5, -1]], "steps": 5}


def test_a_function_of_one_s_own_and_a_chain(project):
    small = copy.deepcopy(project.config["vbsw"]["samplings"]["runge"])
    box = [[0.1, 1], [0, 1], [0, 1], [0, 5]]
    project.config["vbsw"]["samplings"] |= {
        "own": {**small, "function": {"name": "module", "module": "own_ridges:ridge"}},
        "chain": {**small, "function": CHAIN, "bounds": box},
    }
    project.config["vbsw"]["samplings"]["own"]["bounds"] = [[0, 1], [0, 1]]
    project.config["vbsw"]["further_samplings"] = ["own", "chain"]
    project.write_config()
    module = project.folder / "own_ridges.py"
    module.write_text(OWN)
    target = "results/vbsw/tables/further_samplings.csv"
    project.run(target)
    table = pd.read_csv(project.folder / target)
    assert set(table["row"]) == {"own", "chain"}
    assert set(table["metric"]) == {"l2", "linf"}
    assert table["mean"].notna().all()
    assert project.jobs(target) == {}
    with project.edited_file(module, "\n# edited\n"):
        assert project.jobs(target) == {
            "draw_training_points": 1,
            "train_on_points": 1,
            "build_sampling_table": 1,
        }


def test_killed_and_resumed_equals_unbroken(project):
    """The full size takes hours of a core: a killed job goes on where it was."""
    project.config["vbsw"]["samplings"]["bateman"]["network"]["epochs"] = 20_000
    project.write_config()
    target = "vbsw/samplings/bateman/networks.safetensors"
    project.run(f"unbroken/{target}", "--config", "results_dir=unbroken")
    state = project.folder / "broken/checkpoints/samplings/bateman.pt"
    broken = (f"broken/{target}", "--config", "results_dir=broken", "--rerun-incomplete")
    project.kill_when(state.exists, *broken)
    assert not (project.folder / "broken" / target).exists()
    project.snakemake("--unlock", *broken[1:])
    project.run(*broken)
    log = project.folder / "broken/logs/train_on_points/bateman.log"
    assert "continuing from" in log.read_text()
    for name in (target, target.replace("networks.safetensors", "errors.csv")):
        found, expected = (project.folder / folder / name for folder in ("broken", "unbroken"))
        assert found.read_bytes() == expected.read_bytes()
    assert not state.exists()


def test_a_function_that_is_nowhere_is_refused_before_anything_runs(tiny_run):
    def edit(config):
        config["vbsw"]["samplings"]["mine"] = {
            "function": {"name": "module", "module": "nowhere_at_all:f"}, "bounds": [[0, 1]]
        }  # fmt: skip
        config["vbsw"]["further_samplings"] = ["mine"]

    with tiny_run.edited_config(edit):
        done = tiny_run.snakemake("--dry-run")
    assert done.returncode != 0
    text = done.stdout + done.stderr
    assert "vbsw.samplings.mine.function.module: no module 'nowhere_at_all' in" in text
    assert "Traceback" not in text
