rule measure_rejection:
    """Score the predictions of an experiment's networks by the witness and by their own (section 5.3)."""
    input:
        features=lambda wildcards: [
            f"<results>/{path}"
            for path in PLAN.witness_rejection.feature_files(wildcards.experiment)
        ],
        code=lib("witness/measure_rejection"),
    output:
        points="<results>/witness/rejection/{experiment}_points.npz",
        scales="<results>/witness/rejection/{experiment}_scales.csv",
    log:
        "<logs>/measure_rejection/{experiment}.log",
    benchmark:
        "<benchmarks>/measure_rejection/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(PLAN.witness_rejection.experiments),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        own=lambda wildcards: PLAN.witness_rejection.own(wildcards.experiment),
        networks=lambda wildcards: PLAN.witness_rejection.networks(wildcards.experiment),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/witness/measure_rejection.py"


rule build_rejection_tables:
    """Summarise the errors of what each score keeps, and compare the scores."""
    input:
        points=expand(
            "<results>/witness/rejection/{experiment}_points.npz",
            experiment=PLAN.witness_rejection.experiments,
        ),
        code=lib("witness/build_rejection_tables"),
    output:
        scores=reported(
            "<results>/witness/tables/rejection_scores.csv",
            "witness_rejection",
            "Figure 4: errors among kept predictions",
        ),
        paired=reported(
            "<results>/witness/tables/rejection_paired.csv",
            "witness_rejection",
            "Figure 4: the Hermite witness less other scores, paired",
        ),
        kept=reported(
            "<results>/witness/tables/rejection_kept.csv",
            "witness_rejection",
            "Figure 4: what the threshold keeps",
        ),
        measured="<results>/witness/tables/rejection_measured.csv",
    log:
        "<logs>/build_rejection_tables.log",
    benchmark:
        "<benchmarks>/build_rejection_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        described=PLAN.witness_rejection.described(),
    script:
        "../../scripts/witness/build_rejection_tables.py"


rule plot_rejection:
    """Draw the errors among the predictions that are kept (figure 4)."""
    input:
        points="<results>/witness/rejection/{experiment}_points.npz",
        code=lib("witness/plot_rejection"),
    output:
        reported_picture(
            "<results>/witness/figures/rejection_{experiment}", "witness_rejection"
        ),
    log:
        "<logs>/plot_rejection/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_rejection/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(PLAN.witness_rejection.experiments),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_rejection.py"


rule witness_figure4:
    """Figure 4: errors of a network among the predictions that the witness keeps."""
    input:
        artifacts_of("build_rejection_tables", "plot_rejection"),
