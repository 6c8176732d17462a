"""Figure 7: by how much fits with gradients beat ridge regression, by the number of samples."""

from vicinal.figures.ridge_gains import ridge_gains
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.ridge_panels import gain_panels
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
figure = ridge_gains(gain_panels(read_table(snakemake.input.gains)))
for path in snakemake.output:
    write_figure(path, figure)
