rule estimate_treatment_effects:
    """Score who is treated by the witness, match on it, and estimate effects, by other ways too (section 5.5)."""
    input:
        dataset=lambda wildcards: [
            f"<results>/{path}"
            for path in PLAN.witness_treatment.dataset_files(wildcards.study)
        ],
        code=lib("witness/estimate_treatment_effects"),
    output:
        estimates="<results>/witness/treatment/{study}_estimates.csv",
        scores="<results>/witness/treatment/{study}_scores.npz",
    log:
        "<logs>/estimate_treatment_effects/{study}.log",
    benchmark:
        "<benchmarks>/estimate_treatment_effects/{study}.tsv"
    wildcard_constraints:
        study=any_of(PLAN.witness_treatment.studies),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        own=lambda wildcards: PLAN.witness_treatment.own(wildcards.study),
        kind=lambda wildcards: PLAN.witness_treatment.kind(wildcards.study),
        generated=lambda wildcards: PLAN.witness_treatment.generated(wildcards.study),
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/witness/estimate_treatment_effects.py"


rule build_treatment_tables:
    """Summarise the errors of estimators of treatment effects, and hold them against experiments."""
    input:
        estimates=expand(
            "<results>/witness/treatment/{study}_estimates.csv",
            study=PLAN.witness_treatment.studies,
        ),
        code=lib("witness/build_treatment_tables"),
    output:
        generated=reported(
            "<results>/witness/tables/treatment_generated.csv",
            "witness_treatment",
            "Section 5.5: generated studies of known effect",
        ),
        paired=reported(
            "<results>/witness/tables/treatment_paired.csv",
            "witness_treatment",
            "Section 5.5: errors by draw, paired",
        ),
        real=reported(
            "<results>/witness/tables/treatment_real.csv",
            "witness_treatment",
            "Section 5.5: studies beside an experiment",
        ),
    log:
        "<logs>/build_treatment_tables.log",
    benchmark:
        "<benchmarks>/build_treatment_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        described=PLAN.witness_treatment.described(),
    script:
        "../../scripts/witness/build_treatment_tables.py"


rule plot_treatment_scores:
    """Draw the shares of treated of both groups, before and after trimming."""
    input:
        scores=expand(
            "<results>/witness/treatment/{study}_scores.npz",
            study=PLAN.witness_treatment.studies,
        ),
        code=lib("witness/plot_treatment_scores"),
    output:
        reported_picture(
            "<results>/witness/figures/treatment_scores", "witness_treatment"
        ),
    log:
        "<logs>/plot_treatment_scores.log",
    benchmark:
        "<benchmarks>/plot_treatment_scores.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        studies=list(PLAN.witness_treatment.studies),
    script:
        "../../scripts/witness/plot_treatment_scores.py"


rule plot_treatment_effects:
    """Draw the estimated effects with their intervals, beside what they are to come to."""
    input:
        generated="<results>/witness/tables/treatment_generated.csv",
        real="<results>/witness/tables/treatment_real.csv",
        code=lib("witness/plot_treatment_effects"),
    output:
        reported_picture(
            "<results>/witness/figures/treatment_effects", "witness_treatment"
        ),
    log:
        "<logs>/plot_treatment_effects.log",
    benchmark:
        "<benchmarks>/plot_treatment_effects.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        studies=list(PLAN.witness_treatment.studies),
    script:
        "../../scripts/witness/plot_treatment_effects.py"


rule witness_section5_5:
    """Section 5.5: the witness as a score of bias in who is treated, and effects by matching on it."""
    input:
        artifacts_of(
            "build_treatment_tables", "plot_treatment_scores", "plot_treatment_effects"
        ),
