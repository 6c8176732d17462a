"""Figure 3: errors of maximum-likelihood estimates by the surrogate's training samples."""

from vicinal.figures.parameter_errors import parameter_errors
from vicinal_workflow.artifacts import write_figure
from vicinal_workflow.likelihood_tables import read_recoveries
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
found = read_recoveries(snakemake.input.recovery)
figure = parameter_errors({f"truth {name}": own.averaged for name, own in found.items()})
for path in snakemake.output:
    write_figure(path, figure)
