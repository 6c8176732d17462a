"""Figure 6: the error for every pair of m and k."""

from vicinal.figures.grid_heat_maps import GridMap, grid_heat_maps
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.grid_table import table_to_scores
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
tables = map(read_table, snakemake.input.scores)
figure = grid_heat_maps(
    [
        GridMap(title, *table_to_scores(table))
        for title, table in zip(snakemake.params.titles, tables, strict=True)
    ]
)
for path in snakemake.output:
    write_figure(path, figure)
