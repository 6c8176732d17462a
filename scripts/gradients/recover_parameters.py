"""Known parameters, found again from noisy observations by surrogates and by the simulator."""

import numpy as np
from tqdm import tqdm

from vicinal.gradients.maximum_likelihood import Search
from vicinal.gradients.parameter_recovery import recover_parameters
from vicinal.gradients.simulators import make_simulator
from vicinal_workflow.best_surrogates import read_surrogates
from vicinal_workflow.likelihood_tables import TruthRecovery, truth_name, write_recoveries
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
settings = snakemake.params.settings
simulator = make_simulator(**snakemake.params.simulator)
surrogates = read_surrogates(
    snakemake.input.surrogates, snakemake.params.sizes, steps=simulator.steps
)
search = Search(starts=settings["starts"], candidates=settings["candidates"])
chosen = {key: settings[key] for key in ("observations", "sets", "variance")}
places = simulator.places(settings["interchangeable"])


def recover(truth, averaged):
    """Of the same observations, whether the surrogates are averaged or not."""
    return recover_parameters(
        simulator,
        truth,
        surrogates,
        **chosen,
        averaged=averaged,
        rng=np.random.default_rng(
            derive_seed(snakemake.params.seed, "likelihood", truth_name(truth))
        ),
        interchangeable=places,
        search=search,
    )


found = {
    truth_name(truth): TruthRecovery(recover(truth, averaged=True), recover(truth, averaged=False))
    for truth in tqdm(settings["truths"], disable=None)
}
write_recoveries(snakemake.output[0], found)
