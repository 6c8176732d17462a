"""Table 5's question: what do Active Bias and VBSW add to one another?"""

from dataclasses import asdict

import pandas as pd

from vicinal.vbsw.training_comparison import compare_trainings
from vicinal_workflow.artifacts import read_table, write_table
from vicinal_workflow.score_table import read_scores
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
vanilla, ab = (
    dict(read_scores(pd.concat(map(read_table, snakemake.input[name]))))
    for name in ("vanilla", "ab")
)
rows = [
    {"metric": metric, "comparison": name, **asdict(difference)}
    for metric in vanilla
    for name, difference in compare_trainings(vanilla[metric], ab[metric]).items()
]
write_table(snakemake.output[0], pd.DataFrame(rows))
