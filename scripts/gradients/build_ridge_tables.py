"""The errors of all draws summarised, what gradients gain by draw, and what the paper has too."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.ridge_tables import error_gains, measured_ridges, summarise_ridges
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
table = read_table(snakemake.input.errors)
scale = snakemake.params.scale
summary = summarise_ridges(table).assign(scale=scale)
gains = error_gains(table).assign(scale=scale)
write_table(snakemake.output.errors, summary)
write_table(snakemake.output.gains, gains)
write_table(snakemake.output.measured, measured_ridges(summary, gains))
