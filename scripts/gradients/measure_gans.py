"""How far the images of both GANs, and those of the test split, are from the training images."""

import numpy as np

from vicinal.gradients.gan_quality import embedding_by, image_quality
from vicinal.models.gan import GanShape, generate_images, restore_generator
from vicinal.models.registry import restore_backbone
from vicinal_workflow.artifacts import read_dataset, read_parameters, write_arrays, write_table
from vicinal_workflow.gan_names import TRUE_IMAGES
from vicinal_workflow.gan_tables import distances_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
gan, root = snakemake.params.gan, snakemake.params.seed
dataset = read_dataset(snakemake.input.dataset)
rng = np.random.default_rng(derive_seed(root, "gan", "true_images"))
training, test = (rng.permutation(dataset.inputs[split]) for split in ("train", "test"))
device = choose_device(snakemake.params.device)
compared = {TRUE_IMAGES: test[None]}
for arm, path in zip(snakemake.params.arms, snakemake.input.generators, strict=True):
    parameters, _ = read_parameters(path)
    generator = restore_generator(parameters, training.shape[1:], GanShape(**gan["shape"]))
    seed = derive_seed(root, "gan", "images")
    compared[arm] = generate_images(generator.to(device), gan["images"], seed=seed)

embed = None
if snakemake.input.get("networks"):
    parameters, _ = read_parameters(snakemake.input.networks[0])
    network = restore_backbone(snakemake.params.architecture, split_networks(parameters)[0])
    embed = embedding_by(network, device)
found = image_quality(training, compared, bins=gan["bins"], embed=embed)
write_table(snakemake.output.distances, distances_table(found))
# Of the first trial, as many as a picture shows.
examples = {name: images[0, :64] for name, images in compared.items()}
write_arrays(snakemake.output.examples, **examples)
