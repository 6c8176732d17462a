"""Networks trained with and without gradients on samples of one function, epoch by epoch."""

import numpy as np
from tqdm import tqdm

from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.training_curves import draw_runs, record_training
from vicinal.gradients.training_settings import SurrogateSettings
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.training_curves_table import write_curves

start_stage(snakemake.log[0], snakemake.params.threads)
settings, seed = dict(snakemake.params.settings), snakemake.params.seed
simulator = make_simulator(**settings.pop("simulator"))
sizes, runs, points = (settings.pop(key) for key in ("sizes", "runs", "test_points"))
alpha, standardise = settings.pop("alpha"), settings.pop("standardise")


def drawn(name, size):
    """Samples of every run; those of a smaller size are the first of a larger one."""
    rng = np.random.default_rng(derive_seed(seed, "training curves", name))
    return draw_runs(simulator, runs, size, rng)


test = drawn("test", points)
seeds = [derive_seed(seed, "training curves", run) for run in range(runs)]
curves = {
    size: record_training(
        drawn("training", size),
        test,
        SurrogateSettings(**settings),
        seeds,
        alpha=alpha,
        standardise=standardise,
    )
    for size in tqdm(sizes, disable=None)
}
write_curves(snakemake.output[0], curves)
