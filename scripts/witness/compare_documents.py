"""Significance of documents and what centroids are worth, repetition by repetition."""

import numpy as np
from tqdm import tqdm

from vicinal.witness.document_comparison import measure_sample, picture, repetition_scores
from vicinal_workflow.artifacts import read_dataset, write_arrays, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_documents_source import (
    corpus_source,
    drawn_source,
    witness_settings,
)
from vicinal_workflow.witness_documents_tables import scores_table

start_stage(snakemake.log[0], snakemake.params.threads)
documents, generated = snakemake.params.documents, snakemake.params.generated
if generated is not None:
    source = drawn_source(documents, generated)
    names = [f"topic {number}" for number in range(generated["topics"])]
else:
    dataset = read_dataset(snakemake.input.dataset[0])
    source, names = corpus_source(documents, dataset), dataset.class_names
settings, scores = witness_settings(documents), []
for number in tqdm(range(documents["repetitions"]), disable=None):
    seed = derive_seed(snakemake.params.seed, "witness", "documents", number)
    samples = source.samples(np.random.default_rng(seed))
    found = [measure_sample(sample, settings, seed) for sample in samples]
    scores.append(repetition_scores(found))
    if number == 0:
        example = picture(samples[0], found[0])
write_table(snakemake.output.scores, scores_table(scores))
write_arrays(snakemake.output.example, **example, class_names=np.array(names, dtype=np.str_))
