"""Every published figure beside what was measured here."""

import pandas as pd

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.published import compare_with_published, measured_in_methods
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
measured = [
    measured_in_methods(read_table(path), item)
    for item, path in zip(snakemake.params.names, snakemake.input.tables, strict=True)
]
published = read_table(snakemake.input.published)
write_table(
    snakemake.output[0], compare_with_published(published, pd.concat(measured, ignore_index=True))
)
