"""The surrogates of one number of samples at each method's best complexity, trained to be kept.

They are those that the sweep has trained and measured: all of them would take gigabytes.
"""

from tqdm import tqdm

from vicinal.gradients.sweep import fit_cell
from vicinal.gradients.sweep_curves import collect_curves
from vicinal.gradients.sweep_data import METHODS
from vicinal_workflow.artifacts import written_whole
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.surrogate_settings import cell_arguments
from vicinal_workflow.sweep_files import read_cells, read_runs

log = start_stage(snakemake.log[0], snakemake.params.threads)
size, device = int(snakemake.wildcards.size), str(choose_device(snakemake.params.device))
arguments = cell_arguments(snakemake.params.settings, seed=snakemake.params.seed, device=device)
curves = collect_curves(read_cells(snakemake.input.errors))
best = curves.best_complexities()[curves.sizes.index(size)]
data, paths = read_runs(snakemake.input.runs), iter(snakemake.output)
for method, complexity in tqdm(list(zip(METHODS, best.tolist(), strict=True)), disable=None):
    log.info("%s: complexity %d", method, complexity)
    (surrogates,) = fit_cell(data, complexity, size, methods=[method], **arguments)
    for surrogate in surrogates:
        with written_whole(next(paths)) as path:
            surrogate.save(path)
