"""Costs of hyper-parameter searches summarised, their bounds, and differences by repetition."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.search_tables import pair_searches, summarise_bounds, summarise_searches
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
params = snakemake.params
costs = read_table(snakemake.input.costs)
same = {"data": params.data, "tolerance": params.settings["tolerance"]}
resamples = params.settings["resamples"]
paired = pair_searches(costs, resamples=resamples, seed=params.seed)
write_table(snakemake.output.costs, summarise_searches(costs).assign(**same))
write_table(snakemake.output.paired, paired.assign(**same))
bounds = summarise_bounds(read_table(snakemake.input.bounds))
write_table(snakemake.output.bounds, bounds.assign(**same))
