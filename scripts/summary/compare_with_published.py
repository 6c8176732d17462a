"""Every published figure beside what was measured here."""

import pandas as pd

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.published import compare_with_published, join_measured
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
tables = map(read_table, snakemake.input.tables)
measured = join_measured(dict(zip(snakemake.params.names, tables, strict=True)))
measured = pd.concat([measured, pd.DataFrame(snakemake.params.drawn)])
write_table(
    snakemake.output[0], compare_with_published(read_table(snakemake.input.published), measured)
)
