"""The pair of m and k that is best on validation data, and the one that is best on test data."""

from vicinal.vbsw.grid_scores import chosen_cells
from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.grid_table import chosen_to_table, table_to_scores
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
metric, scores = table_to_scores(read_table(snakemake.input.scores))
write_table(snakemake.output[0], chosen_to_table(chosen_cells(scores), metric))
