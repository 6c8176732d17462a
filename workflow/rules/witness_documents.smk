rule compare_documents:
    """Test documents for significance, and compare centroids of significant ones with others (section 5.4)."""
    input:
        dataset=document_files,
        code=lib("witness/compare_documents"),
    output:
        scores="<results>/witness/documents/scores.csv",
        example="<results>/witness/documents/example.npz",
    log:
        "<logs>/compare_documents.log",
    benchmark:
        "<benchmarks>/compare_documents.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        documents=config["witness"]["documents"],
        generated=lambda wildcards: PLAN.witness_documents.generated,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/witness/compare_documents.py"


rule build_document_tables:
    """Summarise what centroids of documents are worth, and by how much they differ."""
    input:
        scores="<results>/witness/documents/scores.csv",
        code=lib("witness/build_document_tables"),
    output:
        scores=reported(
            "<results>/witness/tables/document_scores.csv",
            "witness_documents",
            "Section 5.4: significance and centroids",
        ),
        differences=reported(
            "<results>/witness/tables/document_differences.csv",
            "witness_documents",
            "Section 5.4: differences, paired",
        ),
    log:
        "<logs>/build_document_tables.log",
    benchmark:
        "<benchmarks>/build_document_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        described=lambda wildcards: PLAN.witness_documents.described(),
    script:
        "../../scripts/witness/build_document_tables.py"


rule plot_documents:
    """Draw documents in two dimensions, significant ones filled, with centroids of both kinds."""
    input:
        example="<results>/witness/documents/example.npz",
        code=lib("witness/plot_documents"),
    output:
        reported_picture("<results>/witness/figures/documents", "witness_documents"),
    log:
        "<logs>/plot_documents.log",
    benchmark:
        "<benchmarks>/plot_documents.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_documents.py"


rule witness_section5_4:
    """Section 5.4: centroids of significant documents against those of all."""
    input:
        artifacts_of("build_document_tables", "plot_documents"),
