"""Estimates of the effect on the treated, beside what they are to come to."""

from vicinal.figures.effect_estimates import effect_estimates
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_treatment_panels import effect_panels

start_stage(snakemake.log[0])
generated, real = (read_table(snakemake.input[name]) for name in ("generated", "real"))
figure = effect_estimates(effect_panels(generated, real, snakemake.params.studies))
for path in snakemake.output:
    write_figure(path, figure)
