"""Figure 3: the training images with the highest weights, by the first network's features."""

from vicinal.figures.highest_weights import highest_weights
from vicinal_workflow.artifacts import read_arrays, read_dataset, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
dataset = read_dataset(snakemake.input.dataset)
figure = highest_weights(
    dataset.inputs["train"],
    dataset.labels["train"],
    dataset.class_names,
    read_arrays(snakemake.input.weights, "weights")["weights"][0],
    snakemake.params.images,
)
for path in snakemake.output:
    write_figure(path, figure)
