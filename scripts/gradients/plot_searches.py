"""Figure 4 as an experiment: how near the best searches have come, by what they have spent."""

from vicinal.figures.search_progress import search_progress
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.search_curves import progress_panels
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
shares, panels = progress_panels(read_arrays(snakemake.input.curves))
figure = search_progress(shares, panels)
for path in snakemake.output:
    write_figure(path, figure)
