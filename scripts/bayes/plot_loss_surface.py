"""Section 3.3: the loss on the plane of the iterates, with their path and that of the averages."""

from vicinal.figures.loss_surface import loss_surface
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
paths = read_arrays(snakemake.input.surface)
surface = {name: paths.pop(name) for name in ("loss", "x", "y", "explained")}
figure = loss_surface(**surface, paths=paths)
for path in snakemake.output:
    write_figure(path, figure)
