"""Figure 4: functions of one variable, how much they change, and the points drawn for it."""

from vicinal.figures.taylor_points import SampledFunction, taylor_points
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
shown = []
for path, entry in zip(snakemake.input.points, snakemake.params.curves, strict=True):
    arrays = read_arrays(path)
    # The Taylor points of the first repetition, behind the initial ones.
    new = (0, 1, slice(entry["initial"], None), 0)
    shown.append(
        SampledFunction(
            entry["title"],
            arrays["grid"],
            arrays["grid_values"],
            arrays["grid_measure"],
            arrays["points"][new],
            arrays["values"][new],
            entry["order"],
        )
    )
figure = taylor_points(shown)
for path in snakemake.output:
    write_figure(path, figure)
