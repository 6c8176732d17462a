"""Errors of what each score keeps, differences between scores, and what the witnesses keep."""

from vicinal_workflow.artifacts import read_arrays, write_table
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_rejection_tables import (
    kept_values,
    measured_rejection,
    paired_scores,
    score_values,
    summarised,
)

start_stage(snakemake.log[0])
described = snakemake.params.described
points = {
    name: read_arrays(path) for name, path in zip(described, snakemake.input.points, strict=True)
}
scores = {name: score_values(arrays) for name, arrays in points.items()}
kept = {name: kept_values(arrays) for name, arrays in points.items()}
paired = paired_scores(scores, kept, described)
write_table(snakemake.output.scores, summarised(scores, described))
write_table(snakemake.output.kept, summarised(kept, described))
write_table(snakemake.output.paired, paired)
write_table(snakemake.output.measured, measured_rejection(paired, described))
