"""Where Taylor points save error and where they add some: maps over the starts of solutions."""

from dataclasses import asdict

import numpy as np

from vicinal.training.heads import Heads
from vicinal.vbsw.known_functions import known_function
from vicinal.vbsw.solution_maps import (
    error_gain_and_loss,
    error_reduction,
    largest_measure,
    shown_solutions,
    worst_squared_errors,
)
from vicinal.vbsw.taylor_measure import taylor_measure
from vicinal_workflow.artifacts import read_parameters, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.sampling_table import gains_table
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
settings = dict(snakemake.params.sampling)
f = known_function(**settings.pop("function")).differentiable
place = settings.pop("bounds"), snakemake.params.grid
parameters, metadata = read_parameters(snakemake.input.networks)
heads = Heads.from_parameters(parameters, activation=metadata["activation"], sigmoid=False)
worst = worst_squared_errors(heads, f, *place)
write_table(snakemake.output.errors, gains_table(*error_gain_and_loss(worst)))
rng = np.random.default_rng(
    derive_seed(snakemake.params.seed, "start", snakemake.wildcards.sampling)
)
write_arrays(
    snakemake.output.maps,
    measure=largest_measure(lambda points: taylor_measure(f, points, **settings), *place),
    reduction=error_reduction(worst),
    **asdict(shown_solutions(heads, f, worst, place[0], rng)),
)
