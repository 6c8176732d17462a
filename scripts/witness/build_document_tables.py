"""Scores of all repetitions summarised, and methods compared by repetition."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_documents_tables import document_differences, summarise_documents

start_stage(snakemake.log[0])
described = snakemake.params.described
scores = read_table(snakemake.input.scores)
summary = summarise_documents(scores, described["unit"])
differences = document_differences(scores, described["unit"])
write_table(snakemake.output.scores, summary.assign(**described))
write_table(snakemake.output.differences, differences.assign(**described))
