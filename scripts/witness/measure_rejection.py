"""The witness, and scores of the networks' own, at the last hidden layers of an experiment."""

from tqdm import tqdm

from vicinal_workflow.artifacts import read_arrays, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.witness_rejection_measurement import (
    chosen_scales,
    measure_points,
    measure_scales,
    network_samples,
)

start_stage(snakemake.log[0], snakemake.params.threads)
device = choose_device(snakemake.params.device)
own = snakemake.params.own | {"device": str(device)}
names = ("witness", "rejection", snakemake.wildcards.experiment)
test_seed = derive_seed(snakemake.params.seed, *names, "test")
networks = []
for path, numbers in zip(snakemake.input.features, snakemake.params.networks, strict=True):
    features = read_arrays(path)
    for place, number in enumerate(tqdm(numbers, unit="network", disable=None)):
        seed = derive_seed(snakemake.params.seed, *names, number)
        networks.append(network_samples(features, place, own, seed=seed, test_seed=test_seed))
scales = measure_scales(networks, own)
write_table(snakemake.output.scales, scales)
write_arrays(snakemake.output.points, **measure_points(networks, chosen_scales(scales), own))
