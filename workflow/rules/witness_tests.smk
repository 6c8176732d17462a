rule test_samples:
    """Test on a user's own data, or on features, where a class dominates."""
    input:
        dataset=lambda wildcards: f"<results>/datasets/{PLAN.witness_tests.dataset(wildcards.test)}.npz",
        features=lambda wildcards: [
            f"<results>/{path}"
            for path in PLAN.witness_tests.feature_files(wildcards.test)
        ],
        code=lib("witness/test_samples"),
    output:
        points="<results>/witness/tests/{test}.csv",
        summary=reported(
            "<results>/witness/tests/{test}_summary.csv",
            "witness_tests",
            "Test on {test}",
        ),
        picture="<results>/witness/tests/{test}_picture.npz",
    log:
        "<logs>/test_samples/{test}.log",
    benchmark:
        "<benchmarks>/test_samples/{test}.tsv"
    wildcard_constraints:
        test=any_of(PLAN.witness_tests.tests),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        own=lambda wildcards: PLAN.witness_tests.tests[wildcards.test],
        place=lambda wildcards: PLAN.witness_tests.place(wildcards.test),
        described=lambda wildcards: PLAN.witness_tests.described(wildcards.test),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/witness/test_samples.py"


rule plot_witness_test:
    """Draw where a class dominates, by a test on a user's own data."""
    input:
        picture="<results>/witness/tests/{test}_picture.npz",
        code=lib("witness/plot_witness_test"),
    output:
        reported_picture("<results>/witness/figures/test_{test}", "witness_tests"),
    log:
        "<logs>/plot_witness_test/{test}.log",
    benchmark:
        "<benchmarks>/plot_witness_test/{test}.tsv"
    wildcard_constraints:
        test=any_of(PLAN.witness_tests.tests),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_witness_test.py"


rule witness_tests:
    """The witness test on every data set that `witness.tests` names."""
    input:
        artifacts_of("test_samples", "plot_witness_test"),
