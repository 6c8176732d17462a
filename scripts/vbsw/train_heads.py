"""All heads of a shard: seeds x weightings on every network's features."""

import pandas as pd
from tqdm import tqdm

from vicinal.training.heads import HeadSettings
from vicinal.vbsw.comparison import WEIGHTINGS
from vicinal.vbsw.retraining import retrain_heads
from vicinal_workflow.artifacts import read_arrays, write_parameters, write_table
from vicinal_workflow.label_checks import check_labels
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.score_table import score_heads
from vicinal_workflow.shards import join_networks
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
settings = dict(snakemake.params.experiment["heads"])
count = settings.pop("count")
device = choose_device(snakemake.params.device)
arrays = read_arrays(snakemake.input.features)
weights = read_arrays(snakemake.input.weights)
check_labels(
    f"vbsw.experiments.{snakemake.wildcards.experiment}",
    snakemake.params.experiment,
    arrays["train_labels"],
)
others = snakemake.params.experiment["compare_with"]
root = (snakemake.params.seed, "heads", snakemake.wildcards.experiment)

trained, scores = {}, []
progress = tqdm(
    total=len(snakemake.params.networks) * settings["epochs"], unit="epoch", disable=None
)
for place, number in enumerate(snakemake.params.networks):
    # Arrays with an axis of networks: that network's; labels are the same for all.
    own = {name: array[place] if array.ndim == 3 else array for name, array in arrays.items()}
    heads = retrain_heads(
        own["train_features"],
        own["train_labels"],
        weights["weights"][place],
        [derive_seed(*root, number, seed) for seed in range(count)],
        HeadSettings(**settings),
        others={name: weights[name][place] for name in others},
        device=device,
        on_epoch=lambda epoch: progress.update(),
    )
    trained[number] = heads.parameters()
    metrics, names = snakemake.params.experiment["metrics"], (*WEIGHTINGS, *others)
    scores.append(score_heads(number, heads, own, metrics, names))
progress.close()
write_parameters(
    snakemake.output.heads,
    join_networks(trained),
    activation=heads.activation,
    sigmoid=str(heads.sigmoid),
)
write_table(snakemake.output.scores, pd.concat(scores))
