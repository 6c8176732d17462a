"""Surrogates of some complexities and numbers of samples, with and without gradients: errors."""

from tqdm import tqdm

from vicinal.gradients.sweep import train_cell
from vicinal.gradients.sweep_data import CellErrors
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.surrogate_settings import cell_arguments
from vicinal_workflow.sweep_files import read_runs, write_cells

start_stage(snakemake.log[0], snakemake.params.threads)
device = str(choose_device(snakemake.params.device))
arguments = cell_arguments(snakemake.params.settings, seed=snakemake.params.seed, device=device)
data = read_runs(snakemake.input.runs)
errors: list[CellErrors] = []
progress = tqdm(total=len(snakemake.params.cells), unit="cell", disable=None)


def report(done: int, total: int) -> None:
    """The share of the present cell that is done."""
    progress.n = len(errors) + done / total
    progress.refresh()


for size, complexity in snakemake.params.cells:
    progress.set_description(f"{size} samples, complexity {complexity}")
    cell = train_cell(data, complexity, size, on_epoch=report, **arguments)
    errors.append(cell.errors)
progress.close()
write_cells(snakemake.output[0], errors)
