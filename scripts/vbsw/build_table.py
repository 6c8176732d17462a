"""The experiments that stand for the rows of a table, side by side."""

import pandas as pd

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.counting import counted
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
for part in ("methods", "gains"):
    tables = [
        counted(read_table(path), snakemake.params.counting).assign(row=row, **described)
        for path, (row, described) in zip(
            snakemake.input[part], snakemake.params.rows.items(), strict=True
        )
    ]
    joined = pd.concat(tables)
    first = ["row", "experiment", "data"]
    last = ["scale"]
    between = [name for name in joined.columns if name not in first + last]
    write_table(snakemake.output[part], joined[first + between + last])
