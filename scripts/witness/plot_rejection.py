"""Figure 4: errors of the predictions that each score keeps."""

from vicinal.figures.witness_rejection import rejection_curves
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_rejection_panels import rejection_panels

start_stage(snakemake.log[0])
figure = rejection_curves(*rejection_panels(read_arrays(snakemake.input.points)))
for path in snakemake.output:
    write_figure(path, figure)
