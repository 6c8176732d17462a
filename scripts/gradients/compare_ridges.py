"""Errors of ridge, ridge-gradients and the joint ridge on many draws, and the curves of one."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.gradients.ridge_variants import (
    compare_variants,
    draw_study,
    fitted_curves,
    median_draw,
)
from vicinal_workflow.artifacts import write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.ridge_errors import errors_table, ridge_study
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
ridge, seed = snakemake.params.ridge, snakemake.params.seed
study = ridge_study(ridge)
rng = np.random.default_rng(derive_seed(seed, "ridge", "figure5"))
drawn = draw_study(study, ridge["draws"], ridge["samples"], rng)
found = compare_variants(study, drawn)
tables = [errors_table(found, figure="figure5", samples=ridge["samples"])]
for size in tqdm(ridge["sizes"], disable=None):
    rng = np.random.default_rng(derive_seed(seed, "ridge", "figure7", size))
    of_size = compare_variants(study, draw_study(study, ridge["size_draws"], size, rng))
    tables.append(errors_table(of_size, figure="figure7", samples=size))
write_table(snakemake.output.errors, pd.concat(tables))
shown = median_draw(found["corrected", "fixed"]["ridge"].value_rmse)
write_arrays(snakemake.output.curves, **fitted_curves(study, drawn.training, shown))
