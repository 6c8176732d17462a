"""The pair of m and k that is best on validation data, and the one that is best on test data."""

import numpy as np

from vicinal.vbsw.grid_scores import chosen_cells
from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.grid_table import chosen_to_table, table_to_scores
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
metric, scores = table_to_scores(read_table(snakemake.input.scores))
seed = derive_seed(snakemake.params.seed, "bootstrap", "grid", snakemake.wildcards.grid)
table = chosen_to_table(
    chosen_cells(scores),
    metric,
    resamples=snakemake.params.resamples,
    rng=np.random.default_rng(seed),
)
write_table(snakemake.output[0], table)
