"""Every method's posterior predictive of a shard's repetitions, measured on the test split."""

import pandas as pd
from tqdm import tqdm

from vicinal_workflow.artifacts import read_dataset, read_parameters, write_table
from vicinal_workflow.bayes_names import FAMILY_OF
from vicinal_workflow.bayes_records import measure_method, splits_of
from vicinal_workflow.bayes_runs import initial_model, methods_of
from vicinal_workflow.bayes_states import restore_run
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
params = snakemake.params
dataset = read_dataset(snakemake.input.dataset)
outside = [read_dataset(path) for path in snakemake.input.out_of_distribution]
splits, n_train = splits_of(dataset, *outside), len(dataset.labels["train"])
device = choose_device(params.device)
metrics, reliability = [], []
jobs = list(zip(params.runs, snakemake.input.parameters, strict=True))
for run, path in tqdm(jobs, unit="run", disable=None):
    for number, kept in split_networks(read_parameters(path)[0]).items():
        model = initial_model(dataset, params.experiment, FAMILY_OF[run], 0, None)
        follower = restore_run(run, model.to(device), params.experiment, kept)
        seed = derive_seed(params.seed, "bayes", snakemake.wildcards.experiment, "measure", number)
        for name, method in methods_of(run, model, follower, params.samples, seed):
            own = {"method": name, "repetition": number}
            found, bins = measure_method(method, splits, n_train, params.bins)
            metrics += [own | {"metric": key, "value": value} for key, value in found.items()]
            reliability += [own | line for line in bins]
write_table(snakemake.output.metrics, pd.DataFrame(metrics))
write_table(snakemake.output.reliability, pd.DataFrame(reliability))
