"""The variational loss on the plane in which the iterates of the first repetition move most."""

from vicinal.bayes.loss_surface import evaluate_surface, surface_grid, trajectory_plane
from vicinal_workflow.artifacts import (
    read_arrays,
    read_dataset,
    read_parameters,
    write_arrays,
)
from vicinal_workflow.bayes_names import FAMILY_OF, HWA
from vicinal_workflow.bayes_runs import initial_model, surface_loss
from vicinal_workflow.bayes_states import restore_run
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
params, surface = snakemake.params, snakemake.params.surface
dataset = read_dataset(snakemake.input.dataset)
paths = read_arrays(snakemake.input.hwa)
other = read_arrays(snakemake.input.bayes_by_backprop)
plane = trajectory_plane(paths["iterates"])
drawn = {
    "svi": plane.project(paths["iterates"]),
    "hwa": plane.project(paths["averages"]),
    "bayes_by_backprop": plane.project(other["iterates"]),
}
x, y = surface_grid(list(drawn.values()), surface["grid"], surface["margin"])
model = initial_model(dataset, params.experiment, FAMILY_OF[HWA], 0, None)
kept = split_networks(read_parameters(snakemake.input.parameters)[0])
restore_run(HWA, model, params.experiment, kept[0])
seed = derive_seed(params.seed, "bayes", snakemake.wildcards.experiment, "surface")
loss = surface_loss(
    model.to(choose_device(params.device)),
    dataset,
    images=surface["images"],
    samples=surface["samples"],
    seed=seed,
)
values = evaluate_surface(loss, plane, x, y)
write_arrays(snakemake.output[0], loss=values, x=x, y=y, explained=plane.explained, **drawn)
