include: "summary_inputs.smk"


report: "../report/workflow.rst"


rule compare_with_published:
    """Set every published figure beside what was measured here."""
    input:
        published=os.path.relpath(ROOT / "data/published.csv"),
        tables=list(measured_tables().values()),
        code=lib("summary/compare_with_published"),
    output:
        reported(
            "<results>/summary/comparison.csv",
            "summary",
            "Every published figure beside ours",
        ),
    log:
        "<logs>/compare_with_published.log",
    benchmark:
        "<benchmarks>/compare_with_published.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        names=list(measured_tables()),
        drawn=[line for part in PLAN.parts.values() for line in part.drawn()],
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
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        config=config,
    script:
        "../../scripts/summary/write_manifest.py"


rule build_page:
    """Build the page that shows the whole run: tables beside the published figures, pictures, times."""
    input:
        comparison="<results>/summary/comparison.csv",
        manifest="<results>/summary/manifest.json",
        tables=[
            path for part in page_parts().values() for path in part["tables"].values()
        ],
        figures=[
            figure["path"]
            for part in page_parts().values()
            for figure in part["figures"]
        ],
        templates=page_templates(),
        code=lib("summary/build_page"),
    output:
        "<results>/summary/index.html",
    log:
        "<logs>/build_page.log",
    benchmark:
        "<benchmarks>/build_page.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        benchmarks=benchmark_files(),
        parts=page_parts(),
        experiments=PLAN.vbsw.experiments,
        grids=PLAN.vbsw.described_grids(),
        config=config,
    script:
        "../../scripts/summary/build_page.py"


rule summary:
    """The summary page, the comparison with the published figures, and the manifest."""
    input:
        "<results>/summary/index.html",
        "<results>/summary/comparison.csv",
        "<results>/summary/manifest.json",


rule compare:
    """This run beside that of another results folder, which `compare_with` names, on one page."""
    input:
        manifest="<results>/summary/manifest.json",
        comparison="<results>/summary/comparison.csv",
        other_manifest=other_results("manifest.json"),
        other_comparison=other_results("comparison.csv"),
        published=os.path.relpath(ROOT / "data/published.csv"),
        templates=page_templates(),
        code=lib("summary/compare_results"),
    output:
        "<results>/summary/compare.html",
    log:
        "<logs>/compare.log",
    benchmark:
        "<benchmarks>/compare.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../../scripts/summary/compare_results.py"
