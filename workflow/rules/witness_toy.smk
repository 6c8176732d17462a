rule compare_toys:
    """Test a circle against ellipses with both kernels, on many draws (section 5.1)."""
    input:
        code=lib("witness/compare_toys"),
    output:
        rates="<results>/witness/toy/rates.csv",
        sigmas="<results>/witness/toy/sigmas.csv",
        points="<results>/witness/toy/points.npz",
    log:
        "<logs>/compare_toys.log",
    benchmark:
        "<benchmarks>/compare_toys.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        toy=PLAN.witness_toy.comparison,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/witness/compare_toys.py"


rule calibrate_toys:
    """Test a circle against itself, on many draws: how often p-values are small."""
    input:
        code=lib("witness/calibrate_toys"),
    output:
        "<results>/witness/toy/p_values.npz",
    log:
        "<logs>/calibrate_toys.log",
    benchmark:
        "<benchmarks>/calibrate_toys.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        toy=PLAN.witness_toy.calibration,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/witness/calibrate_toys.py"


rule measure_density_errors:
    """Estimate known densities from ever more samples (theorem 3.1, remark 3.3)."""
    input:
        code=lib("witness/measure_density_errors"),
    output:
        "<results>/witness/toy/density_errors.csv",
    log:
        "<logs>/measure_density_errors.log",
    benchmark:
        "<benchmarks>/measure_density_errors.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        rate=PLAN.witness_toy.rate,
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/witness/measure_density_errors.py"


rule build_toy_tables:
    """Summarise rates, pair the kernels by draw, count small p-values and fit slopes."""
    input:
        rates="<results>/witness/toy/rates.csv",
        p_values="<results>/witness/toy/p_values.npz",
        errors="<results>/witness/toy/density_errors.csv",
        code=lib("witness/build_toy_tables"),
    output:
        rates=reported(
            "<results>/witness/tables/toy_rates.csv",
            "witness_toy",
            "Section 5.1: detections and false positives",
        ),
        paired=reported(
            "<results>/witness/tables/toy_paired.csv",
            "witness_toy",
            "Section 5.1: Hermite less Gaussian, paired",
        ),
        calibration=reported(
            "<results>/witness/tables/toy_calibration.csv",
            "witness_toy",
            "Section 5.1: p-values where the sets are the same",
        ),
        densities=reported(
            "<results>/witness/tables/toy_densities.csv",
            "witness_toy",
            "Theorem 3.1: how errors fall",
        ),
        measured="<results>/witness/tables/toy_measured.csv",
    log:
        "<logs>/build_toy_tables.log",
    benchmark:
        "<benchmarks>/build_toy_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        level=PLAN.witness_toy.calibration.get("level"),
        permutations=PLAN.witness_toy.calibration.get("permutations"),
        smoothness=PLAN.witness_toy.rate.get("smoothness"),
        scale=PLAN.witness_toy.scale,
    script:
        "../../scripts/witness/build_toy_tables.py"


rule plot_toy_points:
    """Draw the samples and the significant points of both kernels (figure 1)."""
    input:
        points="<results>/witness/toy/points.npz",
        code=lib("witness/plot_toy_points"),
    output:
        reported_picture("<results>/witness/figures/toy_points", "witness_toy"),
    log:
        "<logs>/plot_toy_points.log",
    benchmark:
        "<benchmarks>/plot_toy_points.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_toy_points.py"


rule plot_toy_rates:
    """Draw detections and false positives by the difference of the sets."""
    input:
        rates="<results>/witness/tables/toy_rates.csv",
        code=lib("witness/plot_toy_rates"),
    output:
        reported_picture("<results>/witness/figures/toy_rates", "witness_toy"),
    log:
        "<logs>/plot_toy_rates.log",
    benchmark:
        "<benchmarks>/plot_toy_rates.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        level=PLAN.witness_toy.calibration.get("level"),
        permutations=PLAN.witness_toy.calibration.get("permutations"),
        factor=PLAN.witness_toy.calibration.get("threshold_factor"),
    script:
        "../../scripts/witness/plot_toy_rates.py"


rule plot_density_errors:
    """Draw errors of estimated densities against the number of samples (theorem 3.1)."""
    input:
        errors="<results>/witness/toy/density_errors.csv",
        slopes="<results>/witness/tables/toy_densities.csv",
        code=lib("witness/plot_density_errors"),
    output:
        reported_picture("<results>/witness/figures/density_errors", "witness_toy"),
    log:
        "<logs>/plot_density_errors.log",
    benchmark:
        "<benchmarks>/plot_density_errors.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_density_errors.py"


rule witness_figure1:
    """Figure 1: a circle against ellipses, as samples and as significant points of both kernels."""
    input:
        artifacts_of("plot_toy_points"),


rule witness_section5_1:
    """Section 5.1 in numbers: rates by difference, p-values without one, and theorem 3.1's rate."""
    input:
        artifacts_of("build_toy_tables", "plot_toy_rates", "plot_density_errors"),
