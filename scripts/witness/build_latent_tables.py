"""The classifier's verdicts on the latent space summarised, and paired by autoencoder."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_latent_tables import (
    measured_latent,
    pair_latent,
    summarise_points,
    summarise_prototypes,
)

start_stage(snakemake.log[0])
named = {"data": snakemake.params.data, "scale": snakemake.params.scale}
points, curves, prototypes = (
    read_table(snakemake.input[name]) for name in ("points", "curves", "prototypes")
)
write_table(snakemake.output.points, summarise_points(points).assign(**named))
write_table(snakemake.output.prototypes, summarise_prototypes(prototypes).assign(**named))
paired = pair_latent(points, curves, prototypes).assign(**named)
write_table(snakemake.output.paired, paired)
write_table(snakemake.output.measured, measured_latent(paired))
