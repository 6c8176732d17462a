"""Figure 5: predictions over time, where solutions change, where Taylor points save error."""

from vicinal.figures.bateman_maps import LABELS, Trajectory, bateman_maps
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
maps = read_arrays(snakemake.input.maps)
random, *worst = [
    Trajectory(
        tuple(maps["starts"][place]),
        maps["times"],
        maps["exact"][place],
        dict(zip(LABELS, maps["predicted"][:, place], strict=True)),
    )
    for place in range(3)
]
figure = bateman_maps(
    random,
    dict(zip(LABELS, worst, strict=True)),
    maps["measure"],
    maps["reduction"],
    snakemake.params.sampling["bounds"],
    cap=snakemake.params.cap,
)
for path in snakemake.output:
    write_figure(path, figure)
