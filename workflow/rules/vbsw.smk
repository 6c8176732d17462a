include: "vbsw_inputs.smk"


rule weigh_samples:
    """Weight each training sample by the variance of its neighbours' labels (VBSW, eq. 4)."""
    input:
        dataset=dataset_of,
        features=features_of,
        code=lib("vbsw/weigh_samples"),
    output:
        "<results>/vbsw/weights/{experiment}/{shard}.npz",
    log:
        "<logs>/weigh_samples/{experiment}/{shard}.log",
    benchmark:
        "<benchmarks>/weigh_samples/{experiment}/{shard}.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        weights=experiment_settings(
            "k", "m", "rescale", "ddof", "centre", "density", "density_clip"
        ),
        compare_with=experiment_setting("compare_with"),
        seed=config["seed"],
    script:
        "../../scripts/vbsw/weigh_samples.py"


rule train_heads:
    """Retrain all heads of a shard as one program: seeds x weightings (algorithm 1)."""
    input:
        features=features_of,
        weights="<results>/vbsw/weights/{experiment}/{shard}.npz",
        code=lib("vbsw/train_heads"),
    output:
        scores="<results>/vbsw/heads/{experiment}/{shard}.csv",
        heads="<results>/vbsw/heads/{experiment}/{shard}.safetensors",
    log:
        "<logs>/train_heads/{experiment}/{shard}.log",
    benchmark:
        "<benchmarks>/train_heads/{experiment}/{shard}.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        experiment=experiment_settings("heads", "metrics", "compare_with"),
        networks=networks_in_shard,
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/vbsw/train_heads.py"


rule compare_weightings:
    """Summarise an experiment's heads: the paper's counting, and the controls it lacks."""
    input:
        scores=of_shards("<results>/vbsw/heads/{{experiment}}/{shard}.csv"),
        code=lib("vbsw/compare_weightings"),
    output:
        methods="<results>/vbsw/comparisons/{experiment}_methods.csv",
        gains="<results>/vbsw/comparisons/{experiment}_gains.csv",
    log:
        "<logs>/compare_weightings/{experiment}.log",
    benchmark:
        "<benchmarks>/compare_weightings/{experiment}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        resamples=config["vbsw"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/vbsw/compare_weightings.py"


rule build_table:
    """Put the experiments that stand for the rows of one of the paper's tables side by side."""
    input:
        methods=of_experiments("<results>/vbsw/comparisons/{experiment}_methods.csv"),
        gains=of_experiments("<results>/vbsw/comparisons/{experiment}_gains.csv"),
        code=lib("vbsw/build_table"),
    output:
        methods=reported(
            "<results>/vbsw/tables/{table}.csv",
            "vbsw",
            "{table}: all methods of {table}",
            caption="vbsw/tables/methods.rst",
        ),
        gains=reported(
            "<results>/vbsw/tables/{table}_gains.csv",
            "vbsw",
            "{table}: gains of {table}, with controls",
        ),
    log:
        "<logs>/build_table/{table}.log",
    benchmark:
        "<benchmarks>/build_table/{table}.tsv"
    wildcard_constraints:
        table=any_of(PLAN.vbsw.tables),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        rows=lambda wildcards: PLAN.vbsw.described_rows(wildcards.table),
        counting=lambda wildcards: COUNTING[wildcards.table],
    script:
        "../../scripts/vbsw/build_table.py"


rule compare_trainings:
    """Compare networks trained without and with Active Bias, and the heads on them (table 5)."""
    input:
        vanilla=heads_of_row("table5", "vanilla"),
        ab=heads_of_row("table5", "ab"),
        code=lib("vbsw/compare_trainings"),
    output:
        reported(
            "<results>/vbsw/tables/table5_trainings.csv",
            "vbsw",
            "Table 5: trainings without and with Active Bias",
        ),
    log:
        "<logs>/compare_trainings.log",
    benchmark:
        "<benchmarks>/compare_trainings.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    script:
        "../../scripts/vbsw/compare_trainings.py"


rule plot_decision_boundaries:
    """Draw a two-dimensional data set, its weights, and the best fit without and with them."""
    input:
        features=features_of,
        weights="<results>/vbsw/weights/{experiment}/0.npz",
        heads="<results>/vbsw/heads/{experiment}/0.safetensors",
        scores="<results>/vbsw/heads/{experiment}/0.csv",
        code=lib("vbsw/plot_decision_boundaries"),
    output:
        reported_picture(
            "<results>/vbsw/figures/decision_boundaries_{experiment}", "vbsw"
        ),
    log:
        "<logs>/plot_decision_boundaries/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_decision_boundaries/{experiment}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/vbsw/plot_decision_boundaries.py"


rule plot_highest_weights:
    """Draw the training images that have the highest weights."""
    input:
        dataset=dataset_of,
        weights="<results>/vbsw/weights/{experiment}/0.npz",
        code=lib("vbsw/plot_highest_weights"),
    output:
        reported_picture("<results>/vbsw/figures/highest_weights_{experiment}", "vbsw"),
    log:
        "<logs>/plot_highest_weights/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_highest_weights/{experiment}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        images=32,
    script:
        "../../scripts/vbsw/plot_highest_weights.py"


rule plot_gains:
    """Draw what the weights add over uniform ones, with intervals, for all experiments."""
    input:
        gains=expand(
            "<results>/vbsw/comparisons/{experiment}_gains.csv",
            experiment=PLAN.vbsw.experiments,
        ),
        code=lib("vbsw/plot_gains"),
    output:
        reported_picture("<results>/vbsw/figures/gains", "vbsw"),
    log:
        "<logs>/plot_gains.log",
    benchmark:
        "<benchmarks>/plot_gains.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        experiments=PLAN.vbsw.experiments,
    script:
        "../../scripts/vbsw/plot_gains.py"


rule vbsw_table1:
    """Table 1: toy experiments."""
    input:
        "<results>/vbsw/tables/table1.csv",


rule vbsw_table2:
    """Table 2: images."""
    input:
        "<results>/vbsw/tables/table2.csv",


rule vbsw_table3:
    """Table 3: text."""
    input:
        "<results>/vbsw/tables/table3.csv",


rule vbsw_table4:
    """Table 4: label noise."""
    input:
        "<results>/vbsw/tables/table4.csv",


rule vbsw_table5:
    """Table 5: networks trained without and with Active Bias."""
    input:
        artifacts_of("compare_trainings"),
        "<results>/vbsw/tables/table5.csv",


rule vbsw_figure2:
    """Figure 2: double moon, its weights, the decision boundaries without and with them."""
    input:
        artifacts_of("plot_decision_boundaries"),


rule vbsw_figure3:
    """Figure 3: the images with the highest weights."""
    input:
        artifacts_of("plot_highest_weights"),


rule vbsw:
    """All tables and figures of variance-based sample weighting."""
    input:
        study_files("vbsw"),
