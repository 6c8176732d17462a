"""Figure 8: both networks of the GAN, and what trains them."""

import torch

from vicinal.figures.gan_architecture import gan_architecture
from vicinal.models.gan import Discriminator, GanShape, Generator
from vicinal_workflow.artifacts import read_dataset, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
image = read_dataset(snakemake.input.dataset).inputs["train"].shape[1:]
built = (image, GanShape(**snakemake.params.shape), [torch.Generator()])
figure = gan_architecture(Generator(*built), Discriminator(*built))
for path in snakemake.output:
    write_figure(path, figure)
