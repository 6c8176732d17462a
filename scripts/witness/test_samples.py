"""The witness test on own data: a line a point, a line in all, and what its picture shows."""

import pandas as pd

from vicinal_workflow.artifacts import read_arrays, read_dataset, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.witness_tests_measurement import (
    features_of_network,
    fitted_witness,
    own_samples,
    picture_arrays,
    points_table,
    summary_line,
)

start_stage(snakemake.log[0], snakemake.params.threads)
own = snakemake.params.own | {"device": str(choose_device(snakemake.params.device))}
seed = derive_seed(snakemake.params.seed, "witness", "tests", snakemake.wildcards.test)
features = None
if snakemake.input.get("features"):
    arrays = read_arrays(snakemake.input.features[0])
    features = features_of_network(arrays, snakemake.params.place)
samples = own_samples(read_dataset(snakemake.input.dataset), features, own, seed)
witness = fitted_witness(samples, own, seed)
found = witness.test(samples.points)
write_table(snakemake.output.points, points_table(samples, found))
line = snakemake.params.described | summary_line(samples, witness, found)
write_table(snakemake.output.summary, pd.DataFrame([line]))
write_arrays(snakemake.output.picture, **picture_arrays(samples, witness, found, own["grid"]))
