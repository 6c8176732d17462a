"""The effect on the treated of one study by every estimator, in each draw of it."""

from tqdm import tqdm

from vicinal.witness.treatment_study import estimate_effects
from vicinal_workflow.artifacts import read_dataset, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_treatment_studies import (
    estimates_table,
    generated_study,
    score_arrays,
    study_of_data,
    treatment_settings,
)

start_stage(snakemake.log[0], snakemake.params.threads)
own, options = snakemake.params.own, snakemake.params.generated
seed, names = snakemake.params.seed, ("witness", "treatment")
settings = treatment_settings(own)
found = []
for draw in tqdm(range(own["draws"] if options else 1), unit="draw", disable=None):
    if options:
        study = generated_study(options, derive_seed(seed, *names, "data", draw))
    else:
        study = study_of_data(read_dataset(snakemake.input.dataset[0]), snakemake.params.kind)
    found.append(estimate_effects(study, settings, derive_seed(seed, *names, "folds", draw)))
    if draw == 0:
        write_arrays(snakemake.output.scores, **score_arrays(study, found[0][1]))
write_table(snakemake.output.estimates, estimates_table(estimates for estimates, _ in found))
