"""Names that the files and tables of averaged Bayesian networks share."""

from __future__ import annotations

BACKPROP, HWA, UNAVERAGED = "bayes_by_backprop", "hwa", "unaveraged"
SGD, SWA, SWAG, SGLD = "sgd", "swa", "swag", "sgld"
VARIATIONAL, DETERMINISTIC = "variational", "deterministic"

# A family's methods go on from a start that they have in common.
RUNS_OF = {VARIATIONAL: (BACKPROP, HWA), DETERMINISTIC: (SGD, SWA, SGLD)}
FAMILIES = tuple(RUNS_OF)
FAMILY_OF = {run: family for family, runs in RUNS_OF.items() for run in runs}
RUNS = tuple(FAMILY_OF)
# Runs whose iterates lie on the plane of section 3.3.
RUNS_WITH_PATH = RUNS_OF[VARIATIONAL]

# What is measured at the end, by the run whose iterates it is read off; two of them are there only
# where a rank is set.
HWA_VARIANCES = ("total", "between", "within", "as_printed")
LOW_RANK = "hwa_low_rank"
METHODS_OF = {
    BACKPROP: (BACKPROP,),
    HWA: (UNAVERAGED, *(f"hwa_{variance}" for variance in HWA_VARIANCES), LOW_RANK),
    SGD: (SGD,),
    SWA: (SWA, SWAG),
    SGLD: (SGLD,),
}
METHODS = tuple(method for methods in METHODS_OF.values() for method in methods)

# Row of the paper -> the figure that shows it.
ROWS = {"mnist_lenet5": "figure1", "cifar10_vgg": "figure2"}


def hwa_method(variance: str, rank: int) -> str:
    """The method that the configuration calls HWA."""
    return LOW_RANK if rank else f"hwa_{variance}"
