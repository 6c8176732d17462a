"""Where a class dominates, by a witness test on own data."""

from vicinal.figures.witness_tests import witness_test
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
figure = witness_test(read_arrays(snakemake.input.picture))
for path in snakemake.output:
    write_figure(path, figure)
