"""One data set, read from raw files or generated, with its validation split."""

from pathlib import Path

import numpy as np

from vicinal.data.build import build_dataset
from vicinal.data.dataset import hold_out_validation
from vicinal.data.download import verify
from vicinal.data.label_noise import add_label_noise
from vicinal.data.registry import RegistryFile
from vicinal_workflow.artifacts import write_dataset
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.time_record import write_time

start_stage(snakemake.log[0])
options = dict(snakemake.params.dataset)
kind, validation = options.pop("kind"), options.pop("validation")
label_noise = options.pop("label_noise")
for file, path in zip(snakemake.params.raw, snakemake.input.get("files", []), strict=True):
    verify(RegistryFile(**file, sources=()), Path(path))
files = {Path(path).name: Path(path) for path in snakemake.input.get("files", [])}
# By kind, not by name: entries that differ in label noise alone share their test samples.
seed = derive_seed(snakemake.params.seed, "dataset", kind)
dataset = build_dataset(kind, files, options, seed)
rng = np.random.default_rng(derive_seed(seed, "label noise"))
dataset = add_label_noise(dataset, label_noise, rng)
rng = np.random.default_rng(derive_seed(seed, "validation"))
write_dataset(snakemake.output[0], hold_out_validation(dataset, validation, rng))
write_time(snakemake.log.time)
