"""True images beside those that both GANs make."""

from vicinal.figures.gan_samples import gan_samples
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
examples = read_arrays(snakemake.input.examples)
figure = gan_samples({name.replace("_", " "): images for name, images in examples.items()})
for path in snakemake.output:
    write_figure(path, figure)
