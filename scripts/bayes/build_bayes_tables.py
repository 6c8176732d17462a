"""Metrics, curves and times of all methods summarised, HWA paired with each, and its speed."""

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.bayes_tables import (
    anytime_accuracies,
    labelled,
    measured_bayes,
    pair_variances,
    pair_with_hwa,
    seconds_of_methods,
    speed_of_hwa,
    summarise_methods,
)
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
params, files, output = snakemake.params, snakemake.input, snakemake.output
described = params.described
metrics = labelled(list(map(read_table, files.metrics)), params.of_metrics, "experiment")
records = labelled(list(map(read_table, files.records)), params.of_runs, "experiment", "run")
seconds = labelled(list(map(read_table, files.seconds)), params.of_runs, "experiment", "run")
starts = labelled(list(map(read_table, files.starts)), params.of_starts, "experiment", "family")
curves = anytime_accuracies(records)
paired = pair_with_hwa(metrics, curves, described)
methods = summarise_methods(metrics, described)
write_table(output.methods, methods)
write_table(output.paired, paired)
write_table(output.variances, pair_variances(metrics, described))
write_table(output.curves, curves)
write_table(output.times, seconds_of_methods(seconds, metrics, described))
write_table(output.speed, speed_of_hwa(curves, seconds, starts, described))
write_table(output.measured, measured_bayes(paired, methods, described))
