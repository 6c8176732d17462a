"""Figures 10 to 12: errors of surrogates on training samples against unseen ones."""

from vicinal.figures.surrogate_overfitting import surrogate_overfitting
from vicinal.gradients.sweep_curves import collect_curves
from vicinal_workflow.artifacts import write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.sweep_files import read_cells

start_stage(snakemake.log[0])
figure = surrogate_overfitting(collect_curves(read_cells(snakemake.input.errors)))
for path in snakemake.output:
    write_figure(path, figure)
