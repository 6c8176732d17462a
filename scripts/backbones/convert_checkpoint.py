"""A ready PyTorch network as safetensors under this project's names."""

import torch

from vicinal.models.resnet20 import convert_checkpoint
from vicinal_workflow.artifacts import write_parameters
from vicinal_workflow.shards import join_networks
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
backbone = snakemake.params.backbone
content = torch.load(snakemake.input.checkpoint, map_location="cpu", weights_only=True)
parameters = convert_checkpoint(
    content.get("state_dict", content), tuple(backbone["mean"]), tuple(backbone["std"])
)
write_parameters(
    snakemake.output[0], join_networks({0: parameters}), architecture=backbone["architecture"]
)
