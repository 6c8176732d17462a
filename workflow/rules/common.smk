# Validation of the configuration and the helpers that rules call; it holds no rule.

import json
import os
import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from vicinal.data.build import KINDS
from vicinal.data.registry import load_registry
from vicinal.models.module_files import module_files
from vicinal_workflow.configuration import (
    ConfigurationError,
    complete_configuration,
    load_schema,
    load_yaml,
)
from vicinal_workflow.consistency import IMAGE_NETWORKS
from vicinal_workflow.counting import COUNTING
from vicinal_workflow.gan_names import ARMS
from vicinal_workflow.grids import grid_axes, grid_heads
from vicinal_workflow.plan import Plan
from vicinal_workflow.sampling_plan import METRICS
from vicinal_workflow.source_files import modules_of, modules_of_function
from vicinal_workflow.surrogate_plan import TRAINING, simulator_files
from vicinal_workflow.vbsw_plan import FOLDER_FILES

ROOT = Path(workflow.basedir)
SCHEMA = load_schema(ROOT / "workflow/schemas/config.schema.yaml")
REGISTRY = load_registry(ROOT / "data/registry.yaml")

try:
    completed = complete_configuration(config, SCHEMA)
except ConfigurationError as error:
    raise WorkflowError(str(error)) from None
config.clear()
config.update(completed)

# The preset at the paper's scale is also the standard that says how far a run departs from it.
PAPER = complete_configuration(load_yaml(ROOT / "workflow/presets/paper.yaml"), SCHEMA)
PLAN = Plan(config, PAPER, REGISTRY)
# Snakemake would go on with an old data set where the files behind it are gone.
try:
    PLAN.vbsw.check_own_files()
    PLAN.sampling.check_own_files()
    PLAN.surrogates.check_own_files()
    PLAN.gan.check_own_files()
    PLAN.bayes.check_own_files()
    PLAN.witness_latent.check_own_files()
    PLAN.witness_rejection.check_own_files()
    PLAN.witness_documents.check_own_files()
    PLAN.witness_treatment.check_own_files()
    PLAN.witness_tests.check_own_files()
except ValueError as error:
    raise WorkflowError(str(error)) from None
REGISTRY_FILES = {
    file.path: file for entry in REGISTRY.values() for file in entry.files
}

# In paths write <results>; where Snakemake does not expand that (params), this.
RESULTS = config["results_dir"]

# What --sdm conda installs for a rule: torch for the CPU alone, or with CUDA.
ENVIRONMENT = f"../../envs/{config['environment']}.yaml"

# Waiting threads sleep: jobs that share cores would otherwise spin each other to a standstill.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Where files come from must not decide whether a stage is run again, so it is not among params.
os.environ.update(VICINAL_DOWNLOAD=json.dumps(config["data"]))


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


def experiment_settings(*keys):
    """A params function: these settings of the wildcard's experiment."""
    return lambda wildcards: {
        key: config["vbsw"]["experiments"][wildcards.experiment][key] for key in keys
    }


def experiment_setting(key):
    """A params function: one setting of the wildcard's experiment."""
    return lambda wildcards: config["vbsw"]["experiments"][wildcards.experiment][key]


def grid_experiment(wildcards):
    """The settings of the experiment that the wildcard's grid varies."""
    name = config["vbsw"]["grids"][wildcards.grid]["experiment"]
    return config["vbsw"]["experiments"][name]


def features_of_grid(wildcards):
    """The features of the first shard of the backbone that the wildcard's grid is made on."""
    return f"<results>/features/{grid_experiment(wildcards)['backbone']}/0.npz"


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


def heads_of_row(table, row):
    """The scores of all shards of the experiment that stands for a row; none where none does."""
    name = PLAN.vbsw.rows(table).get(row)
    if name is None:
        return []
    shards = PLAN.vbsw.shards(config["vbsw"]["experiments"][name]["backbone"])
    return [f"<results>/vbsw/heads/{name}/{shard}.csv" for shard in shards]


def networks_in_shard(wildcards):
    return PLAN.vbsw.networks(backbone_of(wildcards), int(wildcards.shard))


def of_shards(pattern):
    """An input function: the pattern for every shard of the wildcard's experiment."""
    return lambda wildcards: expand(
        pattern,
        experiment=wildcards.experiment,
        shard=PLAN.vbsw.shards(backbone_of(wildcards)),
    )


def of_experiments(pattern):
    """An input function: the pattern for every experiment of the wildcard's table."""
    return lambda wildcards: expand(
        pattern, experiment=PLAN.vbsw.rows(wildcards.table).values()
    )


def sampling_settings(*keys):
    """A params function: these settings of the wildcard's sampling."""
    return lambda wildcards: {
        key: config["vbsw"]["samplings"][wildcards.sampling][key] for key in keys
    }


def map_setting(key):
    """A params function: one setting of the map of the wildcard's sampling."""
    return lambda wildcards: config["vbsw"]["samplings"][wildcards.sampling]["map"][key]


def function_files(wildcards):
    """The user's own file that the function of the wildcard's sampling is in."""
    entry = config["vbsw"]["samplings"][wildcards.sampling]
    return PLAN.sampling.function_files(entry["function"])


def errors_of_samplings(wildcards):
    """The errors of all samplings of the wildcard's table."""
    return [f"<results>/{path}" for path in PLAN.sampling.error_files(wildcards.table)]


def points_of_curves(wildcards):
    """The points of the functions of one variable in the wildcard's table."""
    names = PLAN.sampling.curves(wildcards.table).values()
    return [f"<results>/vbsw/samplings/{name}/points.npz" for name in names]


def problem_settings(*keys):
    """A params function: these settings of the wildcard's problem."""
    return lambda wildcards: {
        key: config["gradients"]["problems"][wildcards.problem][key] for key in keys
    }


def simulator_of_problem(wildcards):
    """The user's own file that the simulator of the wildcard's problem is in."""
    return simulator_files(
        config["gradients"]["problems"][wildcards.problem]["simulator"]
    )


def simulator_of_curves():
    """The user's own file that the simulator of figure 1 is in."""
    settings = config["gradients"]["training_curves"]
    return [] if settings is None else simulator_files(settings["simulator"])


def cells_of_shard(wildcards):
    """Number of samples and complexity of the cells of the wildcard's shard."""
    return PLAN.surrogates.cells_of_shard(wildcards.problem, int(wildcards.shard))


def errors_of_problem(wildcards):
    """The errors of all surrogates of the wildcard's problem."""
    return [
        f"<results>/{path}" for path in PLAN.surrogates.error_files(wildcards.problem)
    ]


def errors_of_problems():
    """The errors of all surrogates of all problems."""
    return [
        f"<results>/{path}"
        for problem in PLAN.surrogates.problems
        for path in PLAN.surrogates.error_files(problem)
    ]


def errors_of_likelihood():
    """The errors by which figure 3's surrogates are chosen."""
    problem = PLAN.likelihood.problem
    files = PLAN.surrogates.error_files(problem) if problem else []
    return [f"<results>/{path}" for path in files]


def best_surrogates(size):
    """The surrogates of one number of samples that figure 3 rests on."""
    return [f"<results>/{path}" for path in PLAN.likelihood.surrogate_files(size)]


def likelihood_settings(*without):
    """The settings of figure 3 but some."""
    settings = config["gradients"]["likelihood"] or {}
    return {key: value for key, value in settings.items() if key not in without}


def figure_of_problem(row, figure):
    """A picture of the problem that stands for one of the paper's; none where none does."""
    problem = PLAN.surrogates.rows.get(row, "")
    path = f"<results>/gradients/figures/{figure}_{problem}"
    return multiext(path, ".png", ".svg") if problem else []


def gan_settings(*keys):
    """A params function: these settings of the GANs."""
    return lambda wildcards: {key: config["gradients"]["gan"][key] for key in keys}


def gan_setting(key):
    """A params function: one setting of the GANs."""
    return lambda wildcards: config["gradients"]["gan"][key]


def gan_dataset(wildcards):
    """The data set of the GANs."""
    return f"<results>/{PLAN.gan.dataset}"


def gan_networks(wildcards):
    """The networks whose features tell generated images from true ones; perhaps none."""
    return [f"<results>/{path}" for path in PLAN.gan.networks]


def document_files(wildcards):
    """The data set of documents; none where they are drawn."""
    return [f"<results>/{path}" for path in PLAN.witness_documents.files]


def latent_setting(key):
    """A params function: one setting of the latent spaces."""
    return lambda wildcards: config["witness"]["latent"][key]


def latent_file(name):
    """An input function: the data set of the latent spaces, or the networks that judge."""
    return lambda wildcards: f"<results>/{getattr(PLAN.witness_latent, name)}"


def measured_tables():
    """Name -> file of the tables whose numbers stand beside the papers'."""
    return {
        name: f"<results>/{path}"
        for part in PLAN.parts.values()
        for name, path in part.measured_tables().items()
    }


def study_files(study):
    """All tables and figures of a study."""
    files = []
    for part in PLAN.parts_of(study):
        files += part.page_tables().values()
        files += [path for job, _, _ in part.figures() for path in job.artifacts]
    return [f"<results>/{path}" for path in files]


def page_parts():
    """What the summary page shows of each part: tables by name, pictures with their captions."""
    return {
        name: {
            "tables": {
                table: f"{RESULTS}/{path}" for table, path in part.page_tables().items()
            },
            "figures": [
                {
                    "path": f"{RESULTS}/{job.artifacts[0]}",
                    "title": title,
                    "caption": caption,
                }
                for job, title, caption in part.figures()
            ],
        }
        for name, part in PLAN.parts.items()
    }


def benchmark_files():
    """Stage -> where Snakemake records the times of its jobs."""
    files = {}
    for job in PLAN.jobs():
        path = f"{RESULTS}/benchmarks/{job.stage}/{job.name}".rstrip("/")
        files.setdefault(job.stage, []).append(f"{path}.tsv")
    return files


def page_templates():
    """What the page is made of beside modules."""
    folder = ROOT / "src/vicinal_workflow/templates"
    return sorted(os.path.relpath(path) for path in folder.iterdir())


def artifacts_of(*stages):
    """What the jobs of these stages make; of all stages where none is named."""
    return [
        f"<results>/{path}"
        for job in PLAN.jobs()
        for path in job.artifacts
        if job.stage in stages or not stages
    ]
