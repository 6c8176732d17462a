rule train_best_surrogates:
    """Train the surrogates of the best complexity at one number of samples again, and keep them."""
    input:
        runs=f"<results>/gradients/surrogates/{PLAN.likelihood.problem}/runs.npz",
        errors=errors_of_likelihood(),
        code=lib("gradients/train_best_surrogates"),
    output:
        best_surrogates("{size}"),
    log:
        "<logs>/train_best_surrogates/{size}.log",
    benchmark:
        "<benchmarks>/train_best_surrogates/{size}.tsv"
    wildcard_constraints:
        size=r"\d+",
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        settings={key: PLAN.likelihood.problem_settings.get(key) for key in TRAINING},
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/gradients/train_best_surrogates.py"


rule recover_parameters:
    """Estimate known parameters from noisy observations by surrogates and by the simulator (eq. 9)."""
    input:
        simulator=PLAN.likelihood.simulator_files(),
        surrogates=[
            path for size in PLAN.likelihood.sizes for path in best_surrogates(size)
        ],
        code=lib("gradients/recover_parameters"),
    output:
        "<results>/gradients/likelihood/recovery.npz",
    log:
        "<logs>/recover_parameters.log",
    benchmark:
        "<benchmarks>/recover_parameters.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        settings=likelihood_settings("intervals"),
        simulator=PLAN.likelihood.problem_settings.get("simulator"),
        sizes=PLAN.likelihood.sizes,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/gradients/recover_parameters.py"


rule calibrate_intervals:
    """Compute confidence intervals by bootstrap, and count how often they hold the truth."""
    input:
        simulator=PLAN.likelihood.simulator_files(),
        surrogates=best_surrogates(PLAN.likelihood.interval_size),
        code=lib("gradients/calibrate_intervals"),
    output:
        reported(
            "<results>/gradients/tables/likelihood_intervals.csv",
            "likelihood",
            "Section 3: confidence intervals",
        ),
    log:
        "<logs>/calibrate_intervals.log",
    benchmark:
        "<benchmarks>/calibrate_intervals.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=growing(1440),
    params:
        settings=likelihood_settings("sets"),
        simulator=PLAN.likelihood.problem_settings.get("simulator"),
        size=PLAN.likelihood.interval_size,
        scale=PLAN.likelihood.scale,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/gradients/calibrate_intervals.py"


rule build_likelihood_tables:
    """Summarise errors of the estimates, and pair those with gradients with those without."""
    input:
        recovery="<results>/gradients/likelihood/recovery.npz",
        code=lib("gradients/build_likelihood_tables"),
    output:
        errors=reported(
            "<results>/gradients/tables/parameter_errors.csv",
            "likelihood",
            "Figure 3: errors of the estimates",
        ),
        gains=reported(
            "<results>/gradients/tables/parameter_gains.csv",
            "likelihood",
            "Figure 3: with less without gradients, paired",
        ),
        measured="<results>/gradients/tables/likelihood_measured.csv",
    log:
        "<logs>/build_likelihood_tables.log",
    benchmark:
        "<benchmarks>/build_likelihood_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        scale=PLAN.likelihood.scale,
        resamples=config["gradients"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/gradients/build_likelihood_tables.py"


rule plot_parameter_errors:
    """Draw errors of the estimates by the surrogates' number of samples (figure 3)."""
    input:
        recovery="<results>/gradients/likelihood/recovery.npz",
        code=lib("gradients/plot_parameter_errors"),
    output:
        reported_picture("<results>/gradients/figures/parameter_errors", "likelihood"),
    log:
        "<logs>/plot_parameter_errors.log",
    benchmark:
        "<benchmarks>/plot_parameter_errors.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_parameter_errors.py"


rule gradients_figure3:
    """Figure 3: errors of maximum-likelihood estimates with and without gradients."""
    input:
        artifacts_of("plot_parameter_errors"),
