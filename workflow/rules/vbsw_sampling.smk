rule draw_training_points:
    """Draw points of a known function: shared ones, then uniform and Taylor-based new ones (algorithm 2)."""
    input:
        function=function_files,
        code=lib("vbsw/draw_training_points"),
    output:
        "<results>/vbsw/samplings/{sampling}/points.npz",
    log:
        "<logs>/draw_training_points/{sampling}.log",
    benchmark:
        "<benchmarks>/draw_training_points/{sampling}.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        sampling=sampling_settings(
            "function",
            "bounds",
            "initial",
            "new",
            "candidates",
            "order",
            "epsilon",
            "components",
            "norm",
            "resamples",
            "reg_covar",
            "repetitions",
        ),
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/vbsw/draw_training_points.py"


rule train_on_points:
    """Train one network for every repetition and sampling as one program, and measure its errors."""
    input:
        function=function_files,
        points="<results>/vbsw/samplings/{sampling}/points.npz",
        code=lib("vbsw/train_on_points"),
    output:
        networks="<results>/vbsw/samplings/{sampling}/networks.safetensors",
        errors="<results>/vbsw/samplings/{sampling}/errors.csv",
    log:
        "<logs>/train_on_points/{sampling}.log",
    benchmark:
        "<benchmarks>/train_on_points/{sampling}.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(16000),
        runtime=growing(1440),
    params:
        sampling=sampling_settings("function", "bounds", "network", "test_points"),
        checkpoint=f"{RESULTS}/checkpoints/samplings/{{sampling}}.pt",
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/vbsw/train_on_points.py"


rule map_sampling_errors:
    """Map the worst error over time, and how much the function changes, over the starts of solutions."""
    input:
        function=function_files,
        networks="<results>/vbsw/samplings/{sampling}/networks.safetensors",
        code=lib("vbsw/map_sampling_errors"),
    output:
        errors="<results>/vbsw/samplings/{sampling}/map_errors.csv",
        maps="<results>/vbsw/samplings/{sampling}/maps.npz",
    log:
        "<logs>/map_sampling_errors/{sampling}.log",
    benchmark:
        "<benchmarks>/map_sampling_errors/{sampling}.tsv"
    wildcard_constraints:
        sampling=any_of(PLAN.sampling.mapped),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        sampling=sampling_settings("function", "bounds", "order", "epsilon", "norm"),
        grid=map_setting("grid"),
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/vbsw/map_sampling_errors.py"


rule build_sampling_table:
    """Put the samplings that stand for the rows of a table side by side, and pair their repetitions."""
    input:
        errors=errors_of_samplings,
        code=lib("vbsw/build_sampling_table"),
    output:
        errors=reported(
            "<results>/vbsw/tables/{table}.csv",
            "sampling",
            "{table}: errors of both samplings of {table}",
            caption="vbsw/tables/sampling_errors.rst",
        ),
        paired=reported(
            "<results>/vbsw/tables/{table}_paired.csv",
            "sampling",
            "{table}: Taylor less uniform of {table}, paired",
        ),
    log:
        "<logs>/build_sampling_table/{table}.log",
    benchmark:
        "<benchmarks>/build_sampling_table/{table}.tsv"
    wildcard_constraints:
        table=any_of(PLAN.sampling.tables),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        rows=lambda wildcards: PLAN.sampling.described_rows(wildcards.table),
        metrics=lambda wildcards: METRICS[wildcards.table],
        resamples=config["vbsw"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/vbsw/build_sampling_table.py"


rule plot_generalization_bound:
    """Draw an example of the generalization bound, and the error that it bounds (appendix B)."""
    input:
        function=lambda wildcards: PLAN.sampling.function_files(
            config["vbsw"]["bound"]["function"]
        ),
        code=lib("vbsw/plot_generalization_bound"),
    output:
        reported_picture("<results>/vbsw/figures/generalization_bound", "sampling"),
    log:
        "<logs>/plot_generalization_bound.log",
    benchmark:
        "<benchmarks>/plot_generalization_bound.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        bound=config["vbsw"]["bound"],
    script:
        "../../scripts/vbsw/plot_generalization_bound.py"


rule plot_taylor_points:
    """Draw a table's functions of one variable, how much they change, and their Taylor points."""
    input:
        points=points_of_curves,
        code=lib("vbsw/plot_taylor_points"),
    output:
        reported_picture("<results>/vbsw/figures/taylor_points_{table}", "sampling"),
    log:
        "<logs>/plot_taylor_points/{table}.log",
    benchmark:
        "<benchmarks>/plot_taylor_points/{table}.tsv"
    wildcard_constraints:
        table=any_of(PLAN.sampling.tables),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        curves=lambda wildcards: PLAN.sampling.described_curves(wildcards.table),
    script:
        "../../scripts/vbsw/plot_taylor_points.py"


rule plot_bateman_maps:
    """Draw predictions over time, where solutions change, and where Taylor points save error."""
    input:
        maps="<results>/vbsw/samplings/{sampling}/maps.npz",
        code=lib("vbsw/plot_bateman_maps"),
    output:
        reported_picture("<results>/vbsw/figures/bateman_maps_{sampling}", "sampling"),
    log:
        "<logs>/plot_bateman_maps/{sampling}.log",
    benchmark:
        "<benchmarks>/plot_bateman_maps/{sampling}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        sampling=sampling_settings("bounds"),
        cap=map_setting("cap"),
    script:
        "../../scripts/vbsw/plot_bateman_maps.py"


rule vbsw_table6:
    """Table 6: Taylor-based sampling of the Runge function and of tanh."""
    input:
        "<results>/vbsw/tables/table6.csv",


rule vbsw_table7:
    """Table 7: Taylor-based sampling of the solutions of the Bateman system."""
    input:
        "<results>/vbsw/tables/table7.csv",


rule vbsw_figure1:
    """Figure 1: the generalization bound."""
    input:
        artifacts_of("plot_generalization_bound"),


rule vbsw_figure4:
    """Figure 4: the points that Taylor-based sampling draws."""
    input:
        artifacts_of("plot_taylor_points"),


rule vbsw_figure5:
    """Figure 5: the Bateman system, and where Taylor points save error."""
    input:
        artifacts_of("plot_bateman_maps"),
