"""The columns of a table as features, scaled by the training samples."""

from vicinal.models.columns import scale_columns
from vicinal_workflow.artifacts import read_dataset, write_features
from vicinal_workflow.stage import start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0])
dataset = read_dataset(snakemake.input.dataset)
features = scale_columns(dataset.inputs, snakemake.params.backbone["columns"])
write_features(snakemake.output[0], dataset, [features])
write_time(snakemake.log.time)
