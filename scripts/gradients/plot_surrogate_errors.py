"""Figure 2: errors of surrogates by complexity, with and without gradients."""

from vicinal.figures.surrogate_errors import surrogate_errors
from vicinal.gradients.sweep_curves import collect_curves
from vicinal_workflow.artifacts import write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.sweep_files import read_cells

start_stage(snakemake.log[0])
figure = surrogate_errors(collect_curves(read_cells(snakemake.input.errors)))
for path in snakemake.output:
    write_figure(path, figure)
