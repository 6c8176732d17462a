"""Features of all images or rows, and the networks' own outputs, for a shard of networks."""

from tqdm import tqdm

from vicinal.models.backbone import extract_features
from vicinal.models.registry import check_outputs, restore_backbone
from vicinal_workflow.artifacts import read_dataset, read_parameters, write_features
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import choose_device, start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0], snakemake.params.threads)
dataset = read_dataset(snakemake.input.dataset)
device = choose_device(snakemake.params.device)
parameters, _ = read_parameters(snakemake.input.parameters)
features, outputs = [], []
for network in tqdm(split_networks(parameters).values(), unit="network", disable=None):
    check_outputs(network, len(dataset.class_names) or 1)
    backbone = restore_backbone(snakemake.params.backbone["architecture"], network)
    found = {
        split: extract_features(backbone, dataset.inputs[split], device=device)
        for split in dataset.splits
    }
    features.append({split: pair[0] for split, pair in found.items()})
    outputs.append({split: pair[1] for split, pair in found.items()})
write_features(snakemake.output[0], dataset, features, outputs)
write_time(snakemake.log.time)
