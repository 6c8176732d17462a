"""Two results folders side by side."""

from pathlib import Path

from vicinal_workflow.artifacts import read_table, written_whole
from vicinal_workflow.compare_page import compare_page
from vicinal_workflow.compare_runs import compare_runs
from vicinal_workflow.page import render_page
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
here, there = (
    Path(manifest).parents[1]
    for manifest in (snakemake.input.manifest, snakemake.input.other_manifest)
)
found = compare_runs(here, there, read_table(snakemake.input.published))
with written_whole(snakemake.output[0]) as temporary:
    temporary.write_text(render_page(compare_page(found)), "utf-8")
