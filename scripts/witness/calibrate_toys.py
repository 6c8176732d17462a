"""p-values of both kernels on draws in which both sets are a circle's."""

import numpy as np

from vicinal.witness.toy_rates import null_p_values
from vicinal_workflow.artifacts import write_arrays
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_toy_settings import common_methods, toy_procedure, toy_setting

start_stage(snakemake.log[0], snakemake.params.threads)
toy = snakemake.params.toy
found = null_p_values(
    toy_setting(toy, 0),
    common_methods(toy),
    toy_procedure(toy),
    draws=toy["calibration"]["draws"],
    points=toy["calibration"]["points"],
    rng=np.random.default_rng(derive_seed(snakemake.params.seed, "witness", "toy", "calibration")),
)
write_arrays(snakemake.output[0], points=np.array(toy["calibration"]["points"], float), **found)
