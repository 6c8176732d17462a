"""Figure 5: fits of one draw to the values of a sine."""

from vicinal.figures.ridge_fits import ridge_value_fits
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
figure = ridge_value_fits(read_arrays(snakemake.input.curves))
for path in snakemake.output:
    write_figure(path, figure)
