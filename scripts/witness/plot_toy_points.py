"""Figure 1: samples of a circle and ellipses, and the points that each kernel finds significant."""

from vicinal.figures.witness_toy import ROWS, witness_toy
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
arrays = read_arrays(snakemake.input.points)
figure = witness_toy(
    *(arrays[name] for name in ("differences", "samples", "labels", "points")),
    {name: arrays[name] for name in ROWS},
)
for path in snakemake.output:
    write_figure(path, figure)
