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
    input:
        errors="<results>/gradients/ridge/errors.csv",
        code=lib("gradients/build_ridge_tables"),
    output:
        errors="<results>/gradients/tables/ridge_errors.csv",
        gains="<results>/gradients/tables/ridge_gains.csv",
        measured="<results>/gradients/tables/ridge_measured.csv",
    log:
        "<logs>/build_ridge_tables.log",
    benchmark:
        "<benchmarks>/build_ridge_tables.tsv"
    """Summarise the ridges' errors, and by how much those with gradients beat ridge regression."""
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
    input:
        curves="<results>/gradients/ridge/curves.npz",
        code=lib("gradients/plot_ridge_values"),
    output:
        multiext("<results>/gradients/figures/ridge_values", ".png", ".svg"),
    log:
        "<logs>/plot_ridge_values.log",
    benchmark:
        "<benchmarks>/plot_ridge_values.tsv"
    """Draw one draw's fits to the values of a sine (figure 5)."""
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
    input:
        curves="<results>/gradients/ridge/curves.npz",
        code=lib("gradients/plot_ridge_gradients"),
    output:
        multiext("<results>/gradients/figures/ridge_gradients", ".png", ".svg"),
    log:
        "<logs>/plot_ridge_gradients.log",
    benchmark:
        "<benchmarks>/plot_ridge_gradients.tsv"
    """Draw the gradients of one draw's fits (figure 6)."""
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
    input:
        gains="<results>/gradients/tables/ridge_gains.csv",
        code=lib("gradients/plot_ridge_gains"),
    output:
        multiext("<results>/gradients/figures/ridge_gains", ".png", ".svg"),
    log:
        "<logs>/plot_ridge_gains.log",
    benchmark:
        "<benchmarks>/plot_ridge_gains.tsv"
    """Draw by how much fits with gradients beat ridge regression, by the number of samples (figure 7)."""
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
