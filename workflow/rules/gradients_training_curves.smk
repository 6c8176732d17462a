rule record_training:
    """Train networks with and without gradients and record every epoch (section 2)."""
    input:
        simulator=simulator_of_curves(),
        code=lib("gradients/record_training"),
    output:
        "<results>/gradients/training_curves/records.npz",
    log:
        "<logs>/record_training.log",
    benchmark:
        "<benchmarks>/record_training.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=config["gradients"]["training_curves"],
        seed=config["seed"],
        threads=config["threads"],
    script:
        "../../scripts/gradients/record_training.py"


rule build_training_table:
    """Put errors and changes of parameters with gradients beside those without."""
    input:
        records="<results>/gradients/training_curves/records.npz",
        code=lib("gradients/build_training_table"),
    output:
        table=reported(
            "<results>/gradients/tables/training_curves.csv",
            "training_curves",
            "Figure 1: with less without gradients",
        ),
        measured="<results>/gradients/tables/training_curves_measured.csv",
    log:
        "<logs>/build_training_table.log",
    benchmark:
        "<benchmarks>/build_training_table.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        simulator=PLAN.training_curves.simulator,
        scale=PLAN.training_curves.scale,
        resamples=config["gradients"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/gradients/build_training_table.py"


rule plot_training_curves:
    """Draw errors and changes of the parameters by epoch (figure 1)."""
    input:
        records="<results>/gradients/training_curves/records.npz",
        code=lib("gradients/plot_training_curves"),
    output:
        reported_picture(
            "<results>/gradients/figures/training_curves", "training_curves"
        ),
    log:
        "<logs>/plot_training_curves.log",
    benchmark:
        "<benchmarks>/plot_training_curves.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        noise=PLAN.training_curves.noise,
    script:
        "../../scripts/gradients/plot_training_curves.py"


rule gradients_figure1:
    """Figure 1: errors and changes of the parameters, with and without gradients."""
    input:
        artifacts_of("plot_training_curves"),
