"""Figure 2: codes of the latent plane, and the decoded points that each kernel keeps."""

from vicinal.figures.witness_latent_space import DecodedGrid, latent_space
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_latent_panels import grid_panels

start_stage(snakemake.log[0])
arrays = read_arrays(snakemake.input.examples)
figure = latent_space(
    arrays["codes"],
    arrays["labels"],
    arrays["class_names"].tolist(),
    DecodedGrid(snakemake.params.extent, arrays["images"]),
    grid_panels(arrays),
)
for path in snakemake.output:
    write_figure(path, figure)
