"""The samplings that stand for the rows of a table side by side, and Taylor less uniform."""

from pathlib import Path

import numpy as np
import pandas as pd

from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.sampling_table import pair_errors, summarise_errors
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
metrics, summaries, pairs = snakemake.params.metrics, [], []
for row, described in snakemake.params.rows.items():
    entry = described["entry"]
    own = [path for path in snakemake.input.errors if Path(path).parent.name == entry]
    errors = pd.concat(map(read_table, own))
    rng = np.random.default_rng(derive_seed(snakemake.params.seed, "bootstrap", entry))
    pair = pair_errors(errors, metrics, resamples=snakemake.params.resamples, rng=rng)
    summaries.append(summarise_errors(errors, metrics).assign(row=row, **described))
    pairs.append(pair.assign(row=row, **described))
for path, parts in ((snakemake.output.errors, summaries), (snakemake.output.paired, pairs)):
    joined = pd.concat(parts)
    first = ["row", "entry"]
    last = ["function", "scale"]
    between = [name for name in joined.columns if name not in first + last]
    write_table(path, joined[first + between + last])
