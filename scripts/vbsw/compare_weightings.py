"""An experiment's heads, summarised the paper's way and with the controls it lacks."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from vicinal.vbsw.comparison import compare_weightings, summarise_methods, unit_of
from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.score_table import read_scores
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
experiment = snakemake.wildcards.experiment
methods, gains = [], []
for metric, scores in read_scores(pd.concat(map(read_table, snakemake.input.scores))):
    seed = derive_seed(snakemake.params.seed, "bootstrap", experiment, metric)
    compared = compare_weightings(
        scores, resamples=snakemake.params.resamples, rng=np.random.default_rng(seed)
    )
    methods += [{"metric": metric, **asdict(row)} for row in summarise_methods(scores)]
    gains += [
        {"metric": metric, "gain": name, **asdict(g), "unit": unit_of(name, scores)}
        for name, g in compared.items()
    ]
write_table(snakemake.output.methods, pd.DataFrame(methods))
write_table(snakemake.output.gains, pd.DataFrame(gains))
