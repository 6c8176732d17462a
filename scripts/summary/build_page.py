"""The page that shows the whole run."""

from vicinal_workflow.artifacts import read_metadata, read_table, written_whole
from vicinal_workflow.checksums import whole
from vicinal_workflow.page import Figure, Page, render_page
from vicinal_workflow.run_facts import run_facts, run_notes
from vicinal_workflow.stage import start_stage
from vicinal_workflow.stage_times import stage_times
from vicinal_workflow.studies import PartResults, page_studies

start_stage(snakemake.log[0])
config, manifest = snakemake.params.config, read_metadata(snakemake.input.manifest)
parts = {
    name: PartResults(
        {table: read_table(path) for table, path in part["tables"].items()},
        [
            Figure(shown["title"], shown["caption"], whole(shown["path"]).read_bytes(), "png")
            for shown in part["figures"]
        ],
    )
    for name, part in snakemake.params.parts.items()
}
page = Page(
    title="vicinal: learning from local information",
    lead="What this run made, beside what the papers published. Every number says on which data "
    "and at which scale it was made.",
    facts=run_facts(config, manifest),
    studies=page_studies(parts, read_table(snakemake.input.comparison), snakemake.params.grids),
    stages=stage_times(snakemake.params.benchmarks),
    notes=run_notes(config, snakemake.params.experiments),
)
with written_whole(snakemake.output[0]) as temporary:
    temporary.write_text(render_page(page), "utf-8")
