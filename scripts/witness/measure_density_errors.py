"""Errors of estimated densities, by the number of samples and by n (theorem 3.1)."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.witness.density_rate import density_errors
from vicinal.witness.known_densities import known_density
from vicinal_workflow.artifacts import write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
rate, seed = snakemake.params.rate, snakemake.params.seed
tables = []
for name in tqdm(rate["densities"], disable=None):
    lines = density_errors(
        known_density(name),
        rate["sizes"],
        rate["fixed"],
        smoothness=rate["smoothness"],
        factor=rate["factor"],
        repetitions=rate["repetitions"],
        rng=np.random.default_rng(derive_seed(seed, "witness", "toy", "rate", name)),
    )
    tables.append(pd.DataFrame(lines).assign(density=name))
write_table(snakemake.output[0], pd.concat(tables))
