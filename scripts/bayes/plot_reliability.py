"""How often each method's predictions are right, by the probability that they were given."""

import pandas as pd

from vicinal.figures.reliability import reliability_diagram
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.bayes_bins import recorded_bins
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
tables = pd.concat(map(read_table, snakemake.input.tables))
figure = reliability_diagram(recorded_bins(tables))
for path in snakemake.output:
    write_figure(path, figure)
