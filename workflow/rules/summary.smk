rule compare_with_published:
    """Set every published figure beside what was measured here."""
    input:
        published=os.path.relpath(ROOT / "data/published.csv"),
        tables=expand("<results>/vbsw/tables/{table}.csv", table=published_tables()),
        code=lib("summary/compare_with_published"),
    output:
        "<results>/summary/comparison.csv",
    log:
        "<logs>/compare_with_published.log",
    benchmark:
        "<benchmarks>/compare_with_published.tsv"
    conda:
        "../../envs/vicinal.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        names=published_tables(),
        settings=[*compared_settings(PLAN), *PLAN.sampling.drawn()],
    script:
        "../../scripts/summary/compare_with_published.py"


rule write_manifest:
    """List every artifact with its checksum, and what made it: versions, commit, configuration."""
    input:
        artifacts=artifacts_of(),
        code=lib("summary/write_manifest"),
    output:
        "<results>/summary/manifest.json",
    log:
        "<logs>/write_manifest.log",
    benchmark:
        "<benchmarks>/write_manifest.tsv"
    conda:
        "../../envs/vicinal.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config=config,
    script:
        "../../scripts/summary/write_manifest.py"


rule build_page:
    """Build the page that shows the whole run: tables beside the published figures, pictures, times."""
    input:
        comparison="<results>/summary/comparison.csv",
        manifest="<results>/summary/manifest.json",
        vbsw_tables=vbsw_tables(),
        vbsw_figures=list(captioned_figures()),
        sampling_tables=sampling_tables(),
        sampling_figures=list(captioned_figures(PLAN.sampling)),
        grids=chosen_cells_files(),
        templates=page_templates(),
        code=lib("summary/build_page"),
    output:
        "<results>/summary/index.html",
    log:
        "<logs>/build_page.log",
    benchmark:
        "<benchmarks>/build_page.tsv"
    conda:
        "../../envs/vicinal.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        benchmarks=benchmark_files(),
        experiments=PLAN.experiments,
        grids=PLAN.described_grids(),
        config=config,
        figures=captioned_figures() | captioned_figures(PLAN.sampling),
    script:
        "../../scripts/summary/build_page.py"


rule summary:
    """The summary page, the comparison with the published figures, and the manifest."""
    input:
        "<results>/summary/index.html",
        "<results>/summary/comparison.csv",
        "<results>/summary/manifest.json",
