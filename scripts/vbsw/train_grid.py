"""Heads for every pair of m and k, and for uniform weights, as one program."""

from tqdm import tqdm

from vicinal.training.heads import HeadSettings
from vicinal.vbsw.grid import train_grid
from vicinal_workflow.artifacts import read_arrays, write_table
from vicinal_workflow.grid_table import scores_to_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
arrays = read_arrays(snakemake.input.features)
splits = {
    split: (arrays[f"{split}_features"][0], arrays[f"{split}_labels"])
    for split in ("train", "validation", "test")
    if f"{split}_features" in arrays
}
settings = dict(snakemake.params.heads)
root = (snakemake.params.seed, "grid", snakemake.wildcards.grid)
seeds = [derive_seed(*root, seed) for seed in range(settings.pop("count"))]
progress = tqdm(unit="epoch", disable=None)


def show(done, total):
    """Move the bar, whose length depends on how the cells are cut into blocks."""
    progress.total = total
    progress.update(done - progress.n)


grid = train_grid(
    *splits["train"],
    **snakemake.params.axes,
    seeds=seeds,
    settings=HeadSettings(**settings),
    **snakemake.params.weights,
    kind="classes" if arrays["task"] == "classification" else "values",
    device=choose_device(snakemake.params.device),
    on_epoch=show,
)
progress.close()
metric = snakemake.params.metric
scores = grid.scores(metric, splits["test"], splits.get("validation"))
write_table(snakemake.output[0], scores_to_table(scores, metric))
