rule compare_ridges:
    """Fit ridge, ridge-gradients and the joint ridge to many draws, in every variant (section 5)."""
    input:
        code=lib("gradients/compare_ridges"),
    output:
        errors="<results>/gradients/ridge/errors.csv",
        curves="<results>/gradients/ridge/curves.npz",
    log:
        "<logs>/compare_ridges.log",
    benchmark:
        "<benchmarks>/compare_ridges.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        ridge=config["gradients"]["ridge"],
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/gradients/compare_ridges.py"


rule build_ridge_tables:
    """Summarise the ridges' errors, and by how much those with gradients beat ridge regression."""
    input:
        errors="<results>/gradients/ridge/errors.csv",
        code=lib("gradients/build_ridge_tables"),
    output:
        errors=reported(
            "<results>/gradients/tables/ridge_errors.csv",
            "ridge",
            "Figure 5: errors of all fits",
        ),
        gains=reported(
            "<results>/gradients/tables/ridge_gains.csv",
            "ridge",
            "Figure 7: gains over ridge regression",
        ),
        measured="<results>/gradients/tables/ridge_measured.csv",
    log:
        "<logs>/build_ridge_tables.log",
    benchmark:
        "<benchmarks>/build_ridge_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        scale=PLAN.ridge.scale,
    script:
        "../../scripts/gradients/build_ridge_tables.py"


rule plot_ridge_values:
    """Draw one draw's fits to the values of a sine (figure 5)."""
    input:
        curves="<results>/gradients/ridge/curves.npz",
        code=lib("gradients/plot_ridge_values"),
    output:
        reported_picture("<results>/gradients/figures/ridge_values", "ridge"),
    log:
        "<logs>/plot_ridge_values.log",
    benchmark:
        "<benchmarks>/plot_ridge_values.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_ridge_values.py"


rule plot_ridge_gradients:
    """Draw the gradients of one draw's fits (figure 6)."""
    input:
        curves="<results>/gradients/ridge/curves.npz",
        code=lib("gradients/plot_ridge_gradients"),
    output:
        reported_picture("<results>/gradients/figures/ridge_gradients", "ridge"),
    log:
        "<logs>/plot_ridge_gradients.log",
    benchmark:
        "<benchmarks>/plot_ridge_gradients.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_ridge_gradients.py"


rule plot_ridge_gains:
    """Draw by how much fits with gradients beat ridge regression, by the number of samples (figure 7)."""
    input:
        gains="<results>/gradients/tables/ridge_gains.csv",
        code=lib("gradients/plot_ridge_gains"),
    output:
        reported_picture("<results>/gradients/figures/ridge_gains", "ridge"),
    log:
        "<logs>/plot_ridge_gains.log",
    benchmark:
        "<benchmarks>/plot_ridge_gains.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_ridge_gains.py"


rule gradients_figure5:
    """Figure 5: ridge and ridge-gradients fitted to a few samples of a sine."""
    input:
        artifacts_of("plot_ridge_values"),


rule gradients_figure6:
    """Figure 6: the gradients that these fits predict."""
    input:
        artifacts_of("plot_ridge_gradients"),


rule gradients_figure7:
    """Figure 7: ridge-gradients against ridge, by the number of training samples."""
    input:
        artifacts_of("plot_ridge_gains"),
