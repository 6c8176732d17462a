"""Figure 1: errors and changes of the parameters in training with and without gradients."""

from vicinal.figures.training_curves import training_curves
from vicinal_workflow.artifacts import write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.training_curves_table import read_curves

start_stage(snakemake.log[0])
figure = training_curves(read_curves(snakemake.input.records), noise=snakemake.params.noise)
for path in snakemake.output:
    write_figure(path, figure)
