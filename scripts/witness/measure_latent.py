"""Which codes' images the witness keeps, and what a classifier says of them (section 5.2)."""

import numpy as np
import pandas as pd

from vicinal.models.registry import restore_backbone
from vicinal.models.vae import decode_codes, encode_images, restore_vae
from vicinal.witness.latent_space import latent_grid, mean_probabilities
from vicinal_workflow.artifacts import read_dataset, read_parameters, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.witness_latent_measurement import (
    decode_prototypes,
    explore_space,
    judged_points,
    judged_prototypes,
    judged_truth,
    pictured,
)
from vicinal_workflow.witness_latent_names import RECONSTRUCTIONS, TRUE_IMAGES

log = start_stage(snakemake.log[0], snakemake.params.threads)
params, own = snakemake.params, snakemake.params.latent
dataset = read_dataset(snakemake.input.dataset)
inputs, labels, names = dataset.inputs, dataset.labels, dataset.class_names
device = choose_device(params.device)
parameters, _ = read_parameters(snakemake.input.networks)
networks = [restore_backbone(params.architecture, n) for n in split_networks(parameters).values()]
parameters, _ = read_parameters(snakemake.input.vaes)
vae = restore_vae(parameters, inputs["train"].shape[1:]).to(device)
codes, grid = encode_images(vae, inputs["train"]), latent_grid(own["extent"], own["grid"])

findings = []
for number, of_vae in enumerate(codes):
    seed = derive_seed(params.seed, "witness", "latent", number)
    settings = {"classes": len(names), "seed": seed, "device": str(device)}
    findings.append(explore_space(of_vae, labels["train"], grid, own, **settings))
    log.info("autoencoder %d of %d is tested", number + 1, len(codes))


def judge(images):
    """The classifier's probabilities of the classes."""
    return mean_probabilities(networks, images, device=device)


images = decode_codes(vae, np.broadcast_to(grid, (len(codes), *grid.shape)))
prototypes = decode_prototypes(vae, findings)
rebuilt = decode_codes(vae, encode_images(vae, inputs["test"]))
points = [judged_points(n, found, judge(images[n])) for n, found in enumerate(findings)]
truth = [
    judged_truth(TRUE_IMAGES, [judge(inputs["test"])], labels["test"]),
    judged_truth(RECONSTRUCTIONS, [judge(each) for each in rebuilt], labels["test"]),
]
of_prototypes = [
    judged_prototypes(n, found, {name: judge(each[n]) for name, each in prototypes.items()})
    for n, found in enumerate(findings)
]
write_table(snakemake.output.points, pd.concat([*(table for table, _ in points), *truth]))
write_table(snakemake.output.curves, pd.concat([curve for _, curve in points]))
write_table(snakemake.output.prototypes, pd.concat(of_prototypes))
# Of the first autoencoder, as many codes as a picture can show.
shown = {"codes": codes[0, :3000], "labels": labels["train"][:3000], "grid": grid}
shown |= {"images": images[0], "class_names": np.array(names, dtype=np.str_)}
write_arrays(snakemake.output.examples, **shown, **pictured(findings[0], prototypes))
