# What the rules of averaged Bayesian networks take, by their wildcards; it holds no rule.

from vicinal_workflow.bayes_names import FAMILIES, FAMILY_OF, RUNS


def bayes_dataset(wildcards):
    """The data set of the wildcard's experiment."""
    name = config["bayes"]["experiments"][wildcards.experiment]["dataset"]
    return f"<results>/datasets/{name}.npz"


def bayes_other_images(wildcards):
    """The images out of distribution of the wildcard's experiment; perhaps none."""
    name = config["bayes"]["experiments"][wildcards.experiment]["out_of_distribution"]
    return [] if name is None else [f"<results>/datasets/{name}.npz"]


def bayes_initial(wildcards):
    """The trained networks that the shard's repetitions begin with; perhaps none."""
    files = PLAN.bayes.initial_files(wildcards.experiment, int(wildcards.shard))
    return [f"<results>/{path}" for path in files]


def bayes_setting(key):
    """A params function: one setting of the wildcard's experiment."""
    return lambda wildcards: config["bayes"]["experiments"][wildcards.experiment][key]


def bayes_threads(wildcards):
    """Threads of the jobs of the wildcard's experiment."""
    own = config["bayes"]["experiments"][wildcards.experiment]["threads"]
    return config["threads"] if own is None else own


def bayes_repetitions(wildcards):
    """Numbers of the repetitions of the wildcard's shard."""
    return PLAN.bayes.repetitions(wildcards.experiment, int(wildcards.shard))


def start_of_run(end):
    """An input function: a file of the start that the wildcard's run goes on from."""
    return lambda wildcards: (
        f"<results>/bayes/starts/{wildcards.experiment}/{FAMILY_OF[wildcards.run]}/"
        f"{wildcards.shard}{end}"
    )


def runs_of_shard(end):
    """An input function: a file of every run of the wildcard's experiment and shard."""
    return lambda wildcards: [
        f"<results>/bayes/runs/{wildcards.experiment}/{run}/{wildcards.shard}{end}"
        for run in RUNS
    ]


def bayes_files(names, end, experiments=PLAN.bayes.experiments):
    """A file of every one of these starts (by family) and runs, and of every shard."""
    return [
        f"<results>/bayes/{'starts' if name in FAMILIES else 'runs'}/{experiment}/{name}/{shard}{end}"
        for experiment in experiments
        for name in names
        for shard in PLAN.bayes.shards(experiment)
    ]


def bayes_labels(names, experiments=PLAN.bayes.experiments):
    """Experiment and name of each of `bayes_files`."""
    return [
        (experiment, name)
        for experiment in experiments
        for name in names
        for _ in PLAN.bayes.shards(experiment)
    ]


def files_of_experiment(end):
    """An input function: a file of every start, run and shard of the wildcard's experiment."""
    return lambda wildcards: bayes_files(
        [*FAMILIES, *RUNS], end, [wildcards.experiment]
    )


def of_bayes_shards(pattern):
    """An input function: the pattern for every shard of the wildcard's experiment."""
    return lambda wildcards: expand(
        pattern,
        experiment=wildcards.experiment,
        shard=PLAN.bayes.shards(wildcards.experiment),
    )


def bayes_figures(row, *stages):
    """Pictures by these stages of the experiment that stands for a row; none where none does."""
    name = PLAN.bayes.rows.get(row)
    drawn = PLAN.bayes.figures_of(name) if name else []
    return [
        f"<results>/{path}"
        for job, _, _ in drawn
        for path in job.artifacts
        if job.stage in stages
    ]
