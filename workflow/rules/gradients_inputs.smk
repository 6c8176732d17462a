# What the rules of gradient information take, by their wildcards; it holds no rule.

from vicinal_workflow.gan_names import ARMS
from vicinal_workflow.surrogate_plan import TRAINING, simulator_files


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
