"""Figure 6: the gradients of one draw's fits, beside those of a sine."""

from vicinal.figures.ridge_fits import ridge_gradient_fits
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
figure = ridge_gradient_fits(read_arrays(snakemake.input.curves))
for path in snakemake.output:
    write_figure(path, figure)
