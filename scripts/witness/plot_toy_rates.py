"""Detections and false positives on the toy sets, by their difference."""

from vicinal.figures.witness_toy_rates import witness_toy_rates
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_toy_levels import levels_of_rules
from vicinal_workflow.witness_toy_panels import rate_curves

start_stage(snakemake.log[0])
params = snakemake.params
levels = levels_of_rules(params.level, params.permutations, params.factor)
figure = witness_toy_rates(rate_curves(read_table(snakemake.input.rates)), levels)
for path in snakemake.output:
    write_figure(path, figure)
