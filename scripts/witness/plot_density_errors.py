"""Theorem 3.1: errors of estimated densities against the number of samples."""

from vicinal.figures.density_errors import density_errors
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_toy_panels import error_panels

start_stage(snakemake.log[0])
files = snakemake.input
figure = density_errors(error_panels(read_table(files.errors), read_table(files.slopes)))
for path in snakemake.output:
    write_figure(path, figure)
