"""The distances of both GANs' images summarised, paired by trial, and what the paper has too."""

import pandas as pd

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.gan_tables import mean_drops, measured_gans, pair_gans, summarise_gans
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
params = snakemake.params
records = dict(zip(params.arms, map(read_table, snakemake.input.records), strict=True))
values = pd.concat([read_table(snakemake.input.distances), mean_drops(records)])
images = summarise_gans(values).assign(data=params.data, scale=params.scale)
paired = pair_gans(values, resamples=params.resamples, seed=params.seed)
paired = paired.assign(data=params.data, scale=params.scale)
write_table(snakemake.output.images, images)
write_table(snakemake.output.paired, paired)
write_table(snakemake.output.measured, measured_gans(images, paired))
