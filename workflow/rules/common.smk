# Validation of the configuration and the helpers that rules call; it holds no rule.

import json
import math
import os
import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from vicinal.data.build import KINDS, REGISTRY_ENTRY
from vicinal.data.registry import load_registry
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_schema,
    load_yaml,
)
from vicinal_workflow.scale import departures_from_paper
from vicinal_workflow.source_files import modules_of, modules_of_function

ROOT = Path(workflow.basedir)
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
REGISTRY = load_registry(ROOT / "data/registry.yaml")

try:
    completed = complete_configuration(config, SCHEMA)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None
config.clear()
config.update(completed)

# In paths write <results>; where Snakemake does not expand that (params), this.
RESULTS = config["results_dir"]

# Waiting threads sleep: jobs that share cores would otherwise spin each other to a standstill.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Where files come from must not decide whether a stage is run again, so it is not among params.
os.environ.update(VICINAL_DOWNLOAD=json.dumps(config["data"]))


def lib(script, lazy=True):
    """The library modules that a script imports: inputs, so that editing one reruns its stages."""
    paths = modules_of(ROOT / f"scripts/{script}.py", ROOT / "src", lazy=lazy)
    return [os.path.relpath(path) for path in paths]


def reader_of(wildcards):
    """The modules that read or generate the wildcard's data set, and no other data set's."""
    builder = KINDS[config["datasets"][wildcards.dataset]["kind"]].builder
    paths = modules_of_function(builder, ROOT / "src")
    return [os.path.relpath(path) for path in paths]


def any_of(names):
    """A wildcard constraint that matches exactly these names."""
    return "|".join(re.escape(str(name)) for name in names) or "(?!)"


def backbones_where(**wanted):
    """Names of the backbones whose settings have one of the wanted values."""
    return [
        name
        for name, backbone in config["backbones"].items()
        if all(backbone.get(key) in values for key, values in wanted.items())
    ]


def backbone_settings(*keys):
    """A params function: these settings of the wildcard's backbone."""
    return lambda wildcards: {
        key: config["backbones"][wildcards.backbone][key] for key in keys
    }


def experiment_settings(*keys):
    """A params function: these settings of the wildcard's experiment."""
    return lambda wildcards: {
        key: config["vbsw"]["experiments"][wildcards.experiment][key] for key in keys
    }


def dataset_of(wildcards):
    """The data set that the wildcard's backbone (or its experiment's) is made for."""
    name = config["backbones"][backbone_of(wildcards)]["dataset"]
    return f"<results>/datasets/{name}.npz"


def features_of(wildcards):
    """The features that the wildcard's experiment works on; figures show the first shard."""
    shard = wildcards.get("shard", 0)
    return f"<results>/features/{backbone_of(wildcards)}/{shard}.npz"


def backbone_of(wildcards):
    if "backbone" in wildcards.keys():
        return wildcards.backbone
    return config["vbsw"]["experiments"][wildcards.experiment]["backbone"]


def raw_files(wildcards):
    """The downloaded files that the wildcard's data set is read from."""
    entry = REGISTRY_ENTRY[config["datasets"][wildcards.dataset]["kind"]]
    return registry_files(entry) if entry else []


def registry_files(entry):
    return [f"<downloads>/{file.path}" for file in REGISTRY[entry].files]


def checkpoint_file(wildcards):
    """A ready network: a registry entry's file, or a path."""
    name = config["backbones"][wildcards.backbone]["checkpoint"]
    return registry_files(name)[0] if name in REGISTRY else name


def vocabulary_file(wildcards):
    """BERT's own vocabulary where the configuration asks for it."""
    backbone = config["backbones"][wildcards.backbone]
    uncased = backbone["vocabulary"] == "uncased"
    return registry_files("bert_uncased_vocabulary")[0] if uncased else []


def shards_of(backbone):
    """Numbers of the jobs over which a backbone's networks are spread."""
    entry = config["backbones"][backbone]
    return range(math.ceil(entry.get("networks", 1) / entry.get("networks_per_job", 1)))


def networks_in_shard(wildcards):
    """Numbers of the networks of one job."""
    entry = config["backbones"][wildcards.backbone]
    size = entry.get("networks_per_job", 1)
    first = int(wildcards.shard) * size
    return list(range(first, min(first + size, entry.get("networks", 1))))


def of_shards(pattern):
    """An input function: the pattern for every shard of the wildcard's experiment."""
    return lambda wildcards: expand(
        pattern,
        experiment=wildcards.experiment,
        shard=shards_of(backbone_of(wildcards)),
    )


def experiments_of(table):
    """Row of one of the paper's tables (or `further`) -> experiment that stands for it."""
    if table == "further":
        return {name: name for name in config["vbsw"]["further"]}
    rows = config["vbsw"]["tables"][table]
    return {row: name for row, name in rows.items() if name is not None}


def of_experiments(pattern):
    """An input function: the pattern for every experiment of the wildcard's table."""
    return lambda wildcards: expand(
        pattern, experiment=experiments_of(wildcards.table).values()
    )


def described_rows(wildcards):
    """Row -> experiment, kind of data, and how far both are from the paper's own."""
    described = {}
    for row, name in experiments_of(wildcards.table).items():
        backbone = config["backbones"][config["vbsw"]["experiments"][name]["backbone"]]
        described[row] = {
            "experiment": name,
            "data": config["datasets"][backbone["dataset"]]["kind"],
            "scale": scale_of(wildcards.table, row),
        }
    return described


def scale_of(table, row):
    if table == "further":
        return "not in the paper"
    return departures_from_paper(config, PAPER, table, row)


def vbsw_tables():
    """The tables that have a row, as files."""
    names = [table for table in TABLES if experiments_of(table)]
    return expand(
        "<results>/vbsw/tables/{table}{part}.csv", table=names, part=["", "_gains"]
    )


def all_artifacts():
    """Every file of arrays, parameters, scores, tables and figures behind the summary."""
    paths = vbsw_tables() + VBSW_FIGURES
    for name in EXPERIMENTS:
        backbone = config["vbsw"]["experiments"][name]["backbone"]
        entry = config["backbones"][backbone]
        paths.append(f"<results>/datasets/{entry['dataset']}.npz")
        for shard in shards_of(backbone):
            paths.append(f"<results>/features/{backbone}/{shard}.npz")
            if entry["architecture"] != "none":
                paths.append(f"<results>/backbones/{backbone}/{shard}.safetensors")
            paths.append(f"<results>/vbsw/weights/{name}/{shard}.npz")
            paths.append(f"<results>/vbsw/heads/{name}/{shard}.csv")
            paths.append(f"<results>/vbsw/heads/{name}/{shard}.safetensors")
    return list(dict.fromkeys(paths))


def captioned_figures():
    """The pictures of the summary page with their titles and captions."""
    figures = {
        f"{RESULTS}/vbsw/figures/gains.png": {
            "title": "What the weights add",
            "caption": "Mean paired difference between heads with VBSW's weights and heads with "
            "others, with its 95 % interval. Right of zero, VBSW is better.",
        }
    }
    for name in FIGURE_2:
        figures[f"{RESULTS}/vbsw/figures/decision_boundaries_{name}.png"] = {
            "title": f"Figure 2: {name}",
            "caption": "The training samples, the best fit with uniform weights, the weights, and "
            "the best fit with them.",
        }
    for name in FIGURE_3:
        figures[f"{RESULTS}/vbsw/figures/highest_weights_{name}.png"] = {
            "title": f"Figure 3: {name}",
            "caption": "The training images with the highest weights, by the first network's "
            "features; label and weight above each.",
        }
    return figures


# The preset at the paper's scale is also the standard that says how far a run departs from it.
PAPER = complete_configuration(load_yaml(ROOT / "workflow/presets/paper.yaml"), SCHEMA)
TABLES = (*config["vbsw"]["tables"], "further")
PUBLISHED_TABLES = [
    table for table in config["vbsw"]["tables"] if experiments_of(table)
]
REGISTRY_FILES = {
    file.path: file for entry in REGISTRY.values() for file in entry.files
}
EXPERIMENTS = list(
    dict.fromkeys(name for table in TABLES for name in experiments_of(table).values())
)
FIGURE_2 = [
    name for row, name in experiments_of("table1").items() if row == "double_moon"
]
FIGURE_3 = list(experiments_of("table2").values())
FIGURES = captioned_figures()
VBSW_FIGURES = [
    path.replace(".png", suffix) for path in FIGURES for suffix in (".png", ".svg")
]
