"""What the weights add, for every experiment and metric."""

from vicinal.figures.gains import gains
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.gains_table import gain_rows
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
tables = map(read_table, snakemake.input.gains)
figure = gains(gain_rows(dict(zip(snakemake.params.experiments, tables, strict=True))))
for path in snakemake.output:
    write_figure(path, figure)
