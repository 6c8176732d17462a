"""Detections and false positives of both kernels on every draw, and the points of figure 1."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.witness.toy_rates import compare_methods, picture
from vicinal_workflow.artifacts import write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_toy_names import OWN_BEST
from vicinal_workflow.witness_toy_settings import (
    best_methods,
    candidates,
    common_methods,
    toy_procedure,
    toy_regions,
    toy_setting,
    tuning_table,
)

start_stage(snakemake.log[0], snakemake.params.threads)
toy, seed = snakemake.params.toy, snakemake.params.seed
rules = toy_procedure(toy), toy_regions(toy)


def stream(purpose, difference):
    """Random numbers of a difference, whatever the others are."""
    return np.random.default_rng(derive_seed(seed, "witness", "toy", purpose, f"{difference:g}"))


def rates(methods, difference, draws, purpose):
    """Rates of all draws of a difference."""
    lines = compare_methods(
        toy_setting(toy, difference),
        methods,
        *rules,
        draws=draws,
        points=toy["points"],
        rng=stream(purpose, difference),
    )
    return pd.DataFrame(lines).assign(difference=difference)


tried, draws = candidates(toy), toy["tuning"]["draws"]
above = [difference for difference in toy["differences"] if difference > 0]
tuned = [rates(tried, difference, draws, "tuning") for difference in tqdm(above, disable=None)]
sigmas = tuning_table(pd.concat(tuned), tried, float(toy["sigma"]), OWN_BEST)
methods = common_methods(toy) | best_methods(sigmas, toy["n"])
found = [rates(methods, d, toy["draws"], "draws") for d in tqdm(toy["differences"], disable=None)]
table = pd.concat(found).assign(sigma=lambda t: [methods[name].sigma for name in t["method"]])
write_table(snakemake.output.rates, table)
write_table(snakemake.output.sigmas, sigmas)
pictures = [
    picture(
        toy_setting(toy, difference),
        common_methods(toy),
        rules[0],
        points=toy["picture_points"],
        rng=stream("picture", difference),
    )
    for difference in toy["differences"]
]
arrays = {name: np.stack([own[name] for own in pictures]) for name in pictures[0]}
write_arrays(snakemake.output.points, differences=toy["differences"], **arrays)
