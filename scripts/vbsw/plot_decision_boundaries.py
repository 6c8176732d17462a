"""Figure 2: a plane data set, its weights, and the best fits without and with them."""

from vicinal.figures.decision_boundaries import decision_boundaries
from vicinal.training.heads import Heads
from vicinal.vbsw.comparison import WEIGHTINGS
from vicinal_workflow.artifacts import read_arrays, read_parameters, read_table, write_figure
from vicinal_workflow.score_table import best_seed
from vicinal_workflow.shards import split_networks
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
features = read_arrays(snakemake.input.features, "train_features", "train_labels")
weights = read_arrays(snakemake.input.weights, "weights")["weights"][0]
parameters, metadata = read_parameters(snakemake.input.heads)
heads = Heads.from_parameters(
    split_networks(parameters)[0],
    activation=metadata["activation"],
    sigmoid=metadata["sigmoid"] == "True",
)
scores = read_table(snakemake.input.scores)


def best_classifier(weighting):
    """The head of the best test score, as the paper shows it."""
    chosen = heads.pick(best_seed(scores, weighting), WEIGHTINGS.index(weighting))
    return lambda points: chosen.probabilities(points)[0, 0]


figure = decision_boundaries(
    features["train_features"][0],
    features["train_labels"],
    weights,
    {"uniform weights": best_classifier("uniform"), "VBSW": best_classifier("vbsw")},
)
for path in snakemake.output:
    write_figure(path, figure)
