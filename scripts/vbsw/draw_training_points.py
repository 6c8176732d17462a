"""Training points of all repetitions, uniform and Taylor-based, and the function there."""

import numpy as np
from tqdm import tqdm

from vicinal.vbsw.boxes import grid_points
from vicinal.vbsw.known_functions import known_function
from vicinal.vbsw.taylor_measure import evaluate_function, taylor_measure
from vicinal.vbsw.training_points import (
    SamplingSettings,
    draw_training_points,
    evaluate_training_points,
)
from vicinal_workflow.artifacts import write_arrays
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
settings = dict(snakemake.params.sampling)
function, bounds = settings.pop("function"), settings.pop("bounds")
f = known_function(**function).differentiable
# By function, not by entry: entries that differ in other settings share their uniform points.
root = (snakemake.params.seed, "training points", function["name"])
seeds = [derive_seed(*root, number) for number in range(settings.pop("repetitions"))]
sampling = SamplingSettings(grid=len(bounds) == 1, **settings)
points = np.concatenate(
    [draw_training_points(f, bounds, [seed], sampling) for seed in tqdm(seeds, disable=None)]
)
curve = {}
if len(bounds) == 1:  # for figure 4
    grid = grid_points(bounds, 500)
    curve = {
        "grid": grid[:, 0],
        "grid_values": evaluate_function(f, grid)[:, 0],
        "grid_measure": taylor_measure(
            f, grid, sampling.order, sampling.epsilon, norm=sampling.norm
        ),
    }
write_arrays(
    snakemake.output[0], points=points, values=evaluate_training_points(f, points), **curve
)
