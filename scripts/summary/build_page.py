"""The page that shows the whole run."""

from pathlib import Path

from vicinal_workflow.artifacts import read_metadata, read_table, written_whole
from vicinal_workflow.grid_section import grid_table
from vicinal_workflow.page import Figure, Page, render_page
from vicinal_workflow.run_facts import run_facts, run_notes
from vicinal_workflow.sampling_section import sampling_section
from vicinal_workflow.stage import start_stage
from vicinal_workflow.stage_times import stage_times
from vicinal_workflow.vbsw_section import vbsw_section

start_stage(snakemake.log[0])
config, manifest = snakemake.params.config, read_metadata(snakemake.input.manifest)
tables = {Path(path).stem: read_table(path) for path in snakemake.input.vbsw_tables}
grids = dict(zip(snakemake.params.grids, map(read_table, snakemake.input.grids), strict=True))
study = vbsw_section(
    {name: table for name, table in tables.items() if not name.endswith("_gains")},
    {name[:-6]: table for name, table in tables.items() if name.endswith("_gains")},
    read_table(snakemake.input.comparison),
    [
        Figure(**snakemake.params.figures[path], image=Path(path).read_bytes(), kind="png")
        for path in snakemake.input.vbsw_figures
    ],
    further=[grid_table(grids, snakemake.params.grids)] if grids else [],
)
sampled = {Path(path).stem: read_table(path) for path in snakemake.input.sampling_tables}
sampling = sampling_section(
    {name: table for name, table in sampled.items() if not name.endswith("_paired")},
    {name[:-7]: table for name, table in sampled.items() if name.endswith("_paired")},
    read_table(snakemake.input.comparison),
    [
        Figure(**snakemake.params.figures[path], image=Path(path).read_bytes(), kind="png")
        for path in snakemake.input.sampling_figures
    ],
)
page = Page(
    title="vicinal: learning from local information",
    lead="What this run made, beside what the papers published. Every number says on which data "
    "and at which scale it was made.",
    facts=run_facts(config, manifest),
    studies=[study, sampling] if sampled or sampling.figures else [study],
    stages=stage_times(snakemake.params.benchmarks),
    notes=run_notes(config, snakemake.params.experiments),
)
with written_whole(snakemake.output[0]) as temporary:
    temporary.write_text(render_page(page), "utf-8")
