"""Documents in two dimensions, those that are significant, and centroids of both kinds."""

from vicinal.figures.document_centroids import document_centroids
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
figure = document_centroids(read_arrays(snakemake.input.example))
for path in snakemake.output:
    write_figure(path, figure)
