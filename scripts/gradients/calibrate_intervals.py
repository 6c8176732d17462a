"""Confidence intervals of parameters, and how often they hold the truth."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from vicinal.gradients.interval_coverage import interval_coverage
from vicinal.gradients.likelihood import simulator_outputs, surrogate_outputs
from vicinal.gradients.maximum_likelihood import Search
from vicinal.gradients.simulators import make_simulator
from vicinal.gradients.sweep_data import METHODS
from vicinal_workflow.artifacts import write_table
from vicinal_workflow.best_surrogates import read_surrogates
from vicinal_workflow.likelihood_tables import interval_rows, truth_name
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
settings, size = snakemake.params.settings, snakemake.params.size
simulator = make_simulator(**snakemake.params.simulator)
(methods,) = read_surrogates(snakemake.input.surrogates, [size], steps=simulator.steps).values()
sources = {"true simulator": simulator_outputs(simulator)}
sources |= {method: surrogate_outputs(own) for method, own in zip(METHODS, methods, strict=True)}
rows = []
with tqdm(total=len(settings["truths"]) * len(sources), disable=None) as progress:
    for truth in settings["truths"]:
        seed = derive_seed(snakemake.params.seed, "intervals", truth_name(truth))
        for source, outputs in sources.items():
            found = interval_coverage(
                simulator,
                truth,
                outputs,
                **{key: settings[key] for key in ("observations", "variance")},
                **{key: value for key, value in settings["intervals"].items() if key != "size"},
                rng=np.random.default_rng(seed),
                interchangeable=simulator.places(settings["interchangeable"]),
                search=Search(starts=settings["starts"], candidates=settings["candidates"]),
            )
            same = {"truth": truth_name(truth), "method": source, "samples": size}
            rows += [{**same, **row} for row in interval_rows(found, truth, simulator.inputs)]
            progress.update()
write_table(snakemake.output[0], pd.DataFrame(rows).assign(scale=snakemake.params.scale))
