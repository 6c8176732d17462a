# What the rules of VBSW take, by their wildcards; it holds no rule.

from vicinal_workflow.counting import COUNTING
from vicinal_workflow.grids import grid_axes, grid_heads
from vicinal_workflow.sampling_plan import METRICS


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


def heads_of_row(table, row):
    """The scores of all shards of the experiment that stands for a row; none where none does."""
    name = PLAN.vbsw.rows(table).get(row)
    if name is None:
        return []
    shards = PLAN.vbsw.shards(config["vbsw"]["experiments"][name]["backbone"])
    return [f"<results>/vbsw/heads/{name}/{shard}.csv" for shard in shards]


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
