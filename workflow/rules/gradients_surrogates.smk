rule draw_runs:
    """Run a simulator: the pool that training samples are drawn from, and a test set."""
    input:
        simulator=simulator_of_problem,
        code=lib("gradients/draw_runs"),
    output:
        "<results>/gradients/surrogates/{problem}/runs.npz",
    log:
        "<logs>/draw_runs/{problem}.log",
    benchmark:
        "<benchmarks>/draw_runs/{problem}.tsv"
    wildcard_constraints:
        problem=any_of(PLAN.surrogates.problems),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=problem_settings("simulator", "pool", "test_points", "draws"),
        seed=config["seed"],
        threads=1,
    script:
        "../../scripts/gradients/draw_runs.py"


rule train_surrogates:
    """Train surrogates with and without gradients on every draw, at some complexities and sizes."""
    input:
        runs="<results>/gradients/surrogates/{problem}/runs.npz",
        code=lib("gradients/train_surrogates"),
    output:
        "<results>/gradients/surrogates/{problem}/cells/{shard}.npz",
    log:
        "<logs>/train_surrogates/{problem}/{shard}.log",
    benchmark:
        "<benchmarks>/train_surrogates/{problem}/{shard}.tsv"
    wildcard_constraints:
        problem=any_of(PLAN.surrogates.problems),
        shard=r"\d+",
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        settings=problem_settings(*TRAINING),
        cells=cells_of_shard,
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/gradients/train_surrogates.py"


rule build_surrogate_tables:
    """Summarise the surrogates' errors, what gradients gain by draw, and delta-min (table 1)."""
    input:
        errors=errors_of_problems(),
        code=lib("gradients/build_surrogate_tables"),
    output:
        surrogate_errors=reported(
            "<results>/gradients/tables/surrogate_errors.csv",
            "surrogates",
            "Figure 2: errors of all surrogates",
        ),
        surrogate_gains=reported(
            "<results>/gradients/tables/surrogate_gains.csv",
            "surrogates",
            "Figure 2: with less without gradients, paired",
        ),
        delta_min=reported(
            "<results>/gradients/tables/delta_min.csv",
            "surrogates",
            "Table 1: best complexities and delta-min",
        ),
        measured="<results>/gradients/tables/surrogates_measured.csv",
    log:
        "<logs>/build_surrogate_tables.log",
    benchmark:
        "<benchmarks>/build_surrogate_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        problems=PLAN.surrogates.described(),
        rows=PLAN.surrogates.rows,
        resamples=config["gradients"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/gradients/build_surrogate_tables.py"


rule plot_surrogate_errors:
    """Draw errors by complexity and number of samples, with and without gradients (figure 2)."""
    input:
        errors=errors_of_problem,
        code=lib("gradients/plot_surrogate_errors"),
    output:
        reported_picture(
            "<results>/gradients/figures/surrogate_errors_{problem}", "surrogates"
        ),
    log:
        "<logs>/plot_surrogate_errors/{problem}.log",
    benchmark:
        "<benchmarks>/plot_surrogate_errors/{problem}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_surrogate_errors.py"


rule plot_overfitting:
    """Draw errors on training samples against those on unseen ones (figures 10 to 12)."""
    input:
        errors=errors_of_problem,
        code=lib("gradients/plot_overfitting"),
    output:
        reported_picture(
            "<results>/gradients/figures/surrogate_overfitting_{problem}", "surrogates"
        ),
    log:
        "<logs>/plot_overfitting/{problem}.log",
    benchmark:
        "<benchmarks>/plot_overfitting/{problem}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_overfitting.py"


rule gradients_table1:
    """Table 1: the best complexity and its bound by delta-min, for each problem."""
    input:
        artifacts_of("build_surrogate_tables"),


rule gradients_figure2:
    """Figure 2: errors by complexity and number of samples, with and without gradients."""
    input:
        figure_of_problem("cosine_2d", "surrogate_errors"),


rule gradients_figure10:
    """Figure 10: errors on training samples against unseen ones, two parameters."""
    input:
        figure_of_problem("cosine_2d", "surrogate_overfitting"),


rule gradients_figure11:
    """Figure 11: errors on training samples against unseen ones, four parameters."""
    input:
        figure_of_problem("garch_4d", "surrogate_overfitting"),


rule gradients_figure12:
    """Figure 12: errors on training samples against unseen ones, eight parameters."""
    input:
        figure_of_problem("beta_8d", "surrogate_overfitting"),
