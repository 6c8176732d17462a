# Validation of the configuration and the helpers that rules call; it holds no rule.

import json
import os
import re
from dataclasses import asdict
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from vicinal.data.build import KINDS
from vicinal.data.download import mirrors_from_text
from vicinal.data.registry import load_registry
from vicinal.models.module_files import module_files
from vicinal_workflow.compare_trees import HOW_TO_NAME, check_other_results
from vicinal_workflow.configuration import (
    ConfigurationError,
    load_schema,
    load_yaml,
)
from vicinal_workflow.consistency import IMAGE_NETWORKS
from vicinal_workflow.gpu_slots import JOBS_PER_GPU
from vicinal_workflow.notices import notices
from vicinal_workflow.orphans import SNAKEMAKE
from vicinal_workflow.plan import plan_of
from vicinal_workflow.shared_cache import LOCATION, check_cache, contents_by_name
from vicinal_workflow.source_files import modules_of, modules_of_function
from vicinal_workflow.vbsw_plan import FOLDER_FILES

ROOT = Path(workflow.basedir)
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
REGISTRY = load_registry(ROOT / "data/registry.yaml")

# The preset at the paper's scale is also the standard that says how far a run departs from it.
PAPER = load_yaml(ROOT / "workflow/presets/paper.yaml")
try:
    # Snakemake's own reader takes the last of two keys alike.
    WRITTEN = {file: load_yaml(Path(file)) for file in workflow.configfiles}
    PLAN = plan_of(config, SCHEMA, PAPER, REGISTRY)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None
config.clear()
config.update(PLAN.config)
REGISTRY_FILES = {
    file.path: file for entry in REGISTRY.values() for file in entry.files
}

# In paths write <results>; where Snakemake does not expand that (params), this.
RESULTS = config["results_dir"]

# Which results to compare with is a question to the results, and no setting of the run.
OTHER_RESULTS = config.pop("compare_with")
if OTHER_RESULTS is not None:
    try:
        check_other_results(OTHER_RESULTS)
    except ValueError as error:
        raise WorkflowError(str(error)) from None

# What --sdm conda installs for a rule: torch for the CPU alone, or with CUDA.
ENVIRONMENT = f"../../envs/{config['environment']}.yaml"

# How many GPUs a stage that may use one asks for.
GPUS = 0 if config["device"] == "cpu" else 1

# Waiting threads sleep: jobs that share cores would otherwise spin each other to a standstill.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A stage that outlived a killed Snakemake would write beside the next run's: each looks after it.
os.environ[SNAKEMAKE] = str(os.getpid())

# Neither where files come from nor how many jobs share a GPU must decide whether a stage is run
# again, so they are not among params.
os.environ[JOBS_PER_GPU] = str(config.pop("jobs_per_gpu"))
SOURCES = {
    path: [asdict(source) for source in file.sources]
    for path, file in REGISTRY_FILES.items()
}
LAST_FILE = [*workflow.configfiles, *workflow.overwrite_configfiles][-1]
MIRRORS = [
    *mirrors_from_text(os.environ.get("VICINAL_DATA_MIRROR", "")),
    *config["data"]["mirrors"],
]
for notice in notices(
    PLAN, WRITTEN[LAST_FILE], Path(config["data"]["folder"]), MIRRORS
):
    logger.warning(notice)
os.environ.update(VICINAL_DOWNLOAD=json.dumps(config["data"] | {"sources": SOURCES}))

# With --cache: data sets, backbones and features are taken from a folder that runs and users share.
SHARED = workflow.enable_cache
if SHARED:
    try:
        check_cache(os.environ.get(LOCATION))
    except ValueError as error:
        raise WorkflowError(str(error)) from None


def growing(amount):
    """A resource that grows with each attempt: a job that ran out of it is given more."""
    return lambda wildcards, attempt: amount * attempt


def lib(script, lazy=True):
    """A script and the modules that it imports: inputs, so that editing one reruns its stages."""
    path = ROOT / f"scripts/{script}.py"
    paths = [path, *modules_of(path, ROOT / "src", lazy=lazy)]
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
        key: value
        for key, value in config["backbones"][wildcards.backbone].items()
        if key in keys
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
    return [
        f"<downloads>/{file.path}" for file in PLAN.vbsw.raw_files(wildcards.dataset)
    ]


def own_contents(wildcards):
    """What the cache does not see of a user's own files: which content has which name."""
    return contents_by_name(PLAN.vbsw.own_files(wildcards.dataset))


def registry_file(entry):
    """The only file of a registry entry."""
    (file,) = REGISTRY[entry].files
    return f"<downloads>/{file.path}"


def checkpoint_file(wildcards):
    """A ready network: a registry entry's file, or a path."""
    name = config["backbones"][wildcards.backbone]["checkpoint"]
    return registry_file(name) if name in REGISTRY else name


def vocabulary_file(wildcards):
    """BERT's own vocabulary where the configuration asks for it."""
    backbone = config["backbones"][wildcards.backbone]
    uncased = backbone["vocabulary"] == "uncased"
    return registry_file("bert_uncased_vocabulary") if uncased else []


def bert_folder_files(wildcards):
    """The files of `source: folder`: changed ones rerun what rests on them."""
    backbone = config["backbones"][wildcards.backbone]
    names = FOLDER_FILES if backbone["source"] == "folder" else []
    return [f"{backbone['folder']}/{name}" for name in names]


def networks_in_shard(wildcards):
    return PLAN.vbsw.networks(backbone_of(wildcards), int(wildcards.shard))


def study_files(study):
    """All tables and figures of a study."""
    files = []
    for part in PLAN.parts_of(study):
        files += part.page_tables().values()
        files += [path for job, _, _ in part.figures() for path in job.artifacts]
    return [f"<results>/{path}" for path in files]


def artifacts_of(*stages):
    """What the jobs of these stages make; of all stages where none is named."""
    return [
        f"<results>/{path}"
        for job in PLAN.jobs()
        for path in job.artifacts
        if job.stage in stages or not stages
    ]
