"""Every artifact with its checksum, and what made it."""

from vicinal_workflow.artifacts import write_metadata
from vicinal_workflow.manifest import describe_run
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
write_metadata(
    snakemake.output[0], describe_run(snakemake.input.artifacts, snakemake.params.config)
)
