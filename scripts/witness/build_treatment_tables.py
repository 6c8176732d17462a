"""Errors of estimators where effects are known, and estimates beside experiments where not."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_treatment_tables import (
    paired_errors,
    real_effects,
    summarised_draws,
)

start_stage(snakemake.log[0])
described = snakemake.params.described
estimates = {
    name: read_table(path) for name, path in zip(described, snakemake.input.estimates, strict=True)
}
write_table(snakemake.output.generated, summarised_draws(estimates, described))
write_table(snakemake.output.paired, paired_errors(estimates, described))
write_table(snakemake.output.real, real_effects(estimates, described))
