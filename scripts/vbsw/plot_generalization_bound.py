"""Figure 1: cells of a known function, its approximations, and the errors that bound theirs."""

from vicinal.figures.generalization_bound import generalization_bound
from vicinal.vbsw.generalization_bound import bound_example
from vicinal.vbsw.known_functions import known_function
from vicinal_workflow.artifacts import write_figure
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
settings = dict(snakemake.params.bound)
f = known_function(**settings.pop("function")).differentiable
figure = generalization_bound(bound_example(f, **settings))
for path in snakemake.output:
    write_figure(path, figure)
