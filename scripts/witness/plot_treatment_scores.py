"""Shares of treated by the logistic score and by the witness, before and after trimming."""

from vicinal.figures.bias_scores import bias_scores
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_treatment_panels import score_panels

start_stage(snakemake.log[0])
scores = {
    name: read_arrays(path)
    for name, path in zip(snakemake.params.studies, snakemake.input.scores, strict=True)
}
figure = bias_scores(score_panels(scores))
for path in snakemake.output:
    write_figure(path, figure)
