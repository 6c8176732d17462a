"""VBSW's weights of the training samples for each network of a shard, and rival weights."""

import numpy as np
from sklearn.base import clone

from vicinal.vbsw.local_variance import LocalVarianceWeighter
from vicinal.vbsw.other_weights import other_weights
from vicinal_workflow.artifacts import read_arrays, read_dataset, write_arrays
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.threads)
arrays = read_arrays(snakemake.input.features, "train_features", "train_labels", "task")
kind = "classes" if arrays["task"] == "classification" else "values"
# scikit-learn takes seeds of 32 bits.
seed = derive_seed(snakemake.params.seed, "weights", snakemake.wildcards.experiment) % 2**32
weighter = LocalVarianceWeighter(
    **snakemake.params.weights, labels=kind, normalise=False, random_state=seed
)
fits = [
    clone(weighter).fit(features, arrays["train_labels"]) for features in arrays["train_features"]
]
# Weights that depend on inputs and labels alone are the same for every network.
inputs = read_dataset(snakemake.input.dataset).inputs["train"]
others = {
    name: other_weights(name, inputs, arrays["train_labels"], weighter)
    for name in snakemake.params.compare_with
}
write_arrays(
    snakemake.output[0],
    **{name: np.stack([weights] * len(fits)) for name, weights in others.items()},
    weights=np.stack([fit.weights_ for fit in fits]),
    local_variance=np.stack([fit.local_variance_ for fit in fits]),
)
