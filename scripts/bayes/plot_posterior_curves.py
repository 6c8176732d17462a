"""Figures 1 and 2: test accuracy and training loss of all methods, over steps and over time."""

from vicinal.figures.posterior_curves import posterior_curves
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.bayes_curves import recorded_curves
from vicinal_workflow.bayes_names import FAMILIES
from vicinal_workflow.bayes_tables import labelled
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
files, names = snakemake.input, [[name] for name in snakemake.params.names]
records = labelled(list(map(read_table, files.records)), names, "run")
seconds = labelled(list(map(read_table, files.seconds)), names, "run")
curves = recorded_curves(records, seconds)
starts = {family: curves.pop(family) for family in FAMILIES}
figure = posterior_curves(curves, starts)
for path in snakemake.output:
    write_figure(path, figure)
