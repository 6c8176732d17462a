"""A ready PyTorch network as safetensors under this project's names."""

from vicinal.models.resnet20 import convert_checkpoint
from vicinal_workflow.artifacts import read_torch_file, write_parameters
from vicinal_workflow.shards import join_networks
from vicinal_workflow.stage import start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0])
backbone = snakemake.params.backbone
content = read_torch_file(snakemake.input.checkpoint)
parameters = convert_checkpoint(
    content.get("state_dict", content), tuple(backbone["mean"]), tuple(backbone["std"])
)
write_parameters(
    snakemake.output[0], join_networks({0: parameters}), architecture=backbone["architecture"]
)
write_time(snakemake.log.time)
