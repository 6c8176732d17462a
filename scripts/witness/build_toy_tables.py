"""Rates summarised and paired, the calibration of p-values, and the slopes of density errors."""

from vicinal_workflow.artifacts import read_arrays, read_table, write_table
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_toy_tables import (
    calibrate,
    fit_slopes,
    measured_toys,
    pair_kernels,
    summarise_rates,
)

start_stage(snakemake.log[0])
files, params, output = snakemake.input, snakemake.params, snakemake.output
scale = {"scale": params.scale}
rates = read_table(files.rates)
p_values = read_arrays(files.p_values)
calibration = calibrate(p_values, p_values["points"], params.level, params.permutations)
slopes = fit_slopes(read_table(files.errors), params.smoothness)
write_table(output.rates, summarise_rates(rates).assign(**scale))
paired = pair_kernels(rates).assign(**scale)
write_table(output.paired, paired)
write_table(output.measured, measured_toys(paired))
write_table(output.calibration, calibration.assign(**scale))
write_table(output.densities, slopes.assign(**scale))
