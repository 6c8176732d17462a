include: "bayes_inputs.smk"


rule train_start:
    """Train what a family's methods begin with, repetition by repetition; a killed job resumes at its epoch."""
    input:
        dataset=bayes_dataset,
        initial=bayes_initial,
        code=lib("bayes/train_start"),
    output:
        parameters="<results>/bayes/starts/{experiment}/{family}/{shard}.safetensors",
        records="<results>/bayes/starts/{experiment}/{family}/{shard}_records.csv",
        seconds="<results>/bayes/starts/{experiment}/{family}/{shard}_seconds.csv",
    log:
        text="<logs>/train_start/{experiment}/{family}/{shard}.log",
        epochs="<logs>/train_start/{experiment}/{family}/{shard}.jsonl",
    benchmark:
        "<benchmarks>/train_start/{experiment}/{family}/{shard}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
        family=any_of(FAMILIES),
    conda:
        ENVIRONMENT
    threads: bayes_threads
    resources:
        gpu=GPUS,
        mem_mb=growing(16000),
        runtime=growing(720),
    params:
        experiment=lambda wildcards: PLAN.bayes.start(
            wildcards.experiment, wildcards.family
        ),
        repetitions=bayes_repetitions,
        record_every=bayes_setting("record_every"),
        curve_samples=bayes_setting("curve_samples"),
        seed=config["seed"],
        threads=bayes_threads,
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/bayes/{{experiment}}/{{family}}/{{shard}}.pt",
    script:
        "../../scripts/bayes/train_start.py"


rule train_run:
    """Go on from a start by one method (algorithm 1 for hwa); a killed job resumes at its epoch."""
    input:
        dataset=bayes_dataset,
        parameters=start_of_run(".safetensors"),
        records=start_of_run("_records.csv"),
        seconds=start_of_run("_seconds.csv"),
        code=lib("bayes/train_run"),
    output:
        parameters="<results>/bayes/runs/{experiment}/{run}/{shard}.safetensors",
        records="<results>/bayes/runs/{experiment}/{run}/{shard}_records.csv",
        seconds="<results>/bayes/runs/{experiment}/{run}/{shard}_seconds.csv",
        path="<results>/bayes/runs/{experiment}/{run}/{shard}_path.npz",
    log:
        text="<logs>/train_run/{experiment}/{run}/{shard}.log",
        epochs="<logs>/train_run/{experiment}/{run}/{shard}.jsonl",
    benchmark:
        "<benchmarks>/train_run/{experiment}/{run}/{shard}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
        run=any_of(RUNS),
    conda:
        ENVIRONMENT
    threads: bayes_threads
    resources:
        gpu=GPUS,
        mem_mb=growing(16000),
        runtime=growing(720),
    params:
        experiment=lambda wildcards: PLAN.bayes.run(wildcards.experiment, wildcards.run),
        repetitions=bayes_repetitions,
        record_every=bayes_setting("record_every"),
        curve_samples=bayes_setting("curve_samples"),
        record_path=lambda wildcards: PLAN.bayes.records_path(
            wildcards.experiment, wildcards.run, int(wildcards.shard)
        ),
        seed=config["seed"],
        threads=bayes_threads,
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/bayes/{{experiment}}/{{run}}/{{shard}}.pt",
    script:
        "../../scripts/bayes/train_run.py"


rule measure_posteriors:
    """Measure how good the posterior predictive of every method is, and how well calibrated."""
    input:
        dataset=bayes_dataset,
        out_of_distribution=bayes_other_images,
        parameters=runs_of_shard(".safetensors"),
        code=lib("bayes/measure_posteriors"),
    output:
        metrics="<results>/bayes/metrics/{experiment}/{shard}.csv",
        reliability="<results>/bayes/reliability/{experiment}/{shard}.csv",
    log:
        "<logs>/measure_posteriors/{experiment}/{shard}.log",
    benchmark:
        "<benchmarks>/measure_posteriors/{experiment}/{shard}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
    conda:
        ENVIRONMENT
    threads: bayes_threads
    resources:
        gpu=GPUS,
        mem_mb=growing(16000),
        runtime=growing(240),
    params:
        experiment=lambda wildcards: PLAN.bayes.measured(wildcards.experiment),
        runs=RUNS,
        samples=bayes_setting("samples"),
        bins=bayes_setting("bins"),
        seed=config["seed"],
        threads=bayes_threads,
        device=config["device"],
    script:
        "../../scripts/bayes/measure_posteriors.py"


rule map_loss_surface:
    """Take the loss on the plane in which the iterates of the first repetition move (section 3.3)."""
    input:
        dataset=bayes_dataset,
        hwa="<results>/bayes/runs/{experiment}/hwa/0_path.npz",
        bayes_by_backprop="<results>/bayes/runs/{experiment}/bayes_by_backprop/0_path.npz",
        parameters="<results>/bayes/runs/{experiment}/hwa/0.safetensors",
        code=lib("bayes/map_loss_surface"),
    output:
        "<results>/bayes/surfaces/{experiment}.npz",
    log:
        "<logs>/map_loss_surface/{experiment}.log",
    benchmark:
        "<benchmarks>/map_loss_surface/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
    conda:
        ENVIRONMENT
    threads: bayes_threads
    resources:
        gpu=GPUS,
        mem_mb=growing(16000),
        runtime=growing(240),
    params:
        experiment=lambda wildcards: PLAN.bayes.measured(wildcards.experiment),
        surface=bayes_setting("surface"),
        seed=config["seed"],
        threads=bayes_threads,
        device=config["device"],
    script:
        "../../scripts/bayes/map_loss_surface.py"


rule build_bayes_tables:
    """Summarise metrics, curves and times of all methods, and pair HWA with every other."""
    input:
        metrics=[
            f"<results>/bayes/metrics/{experiment}/{shard}.csv"
            for experiment in PLAN.bayes.experiments
            for shard in PLAN.bayes.shards(experiment)
        ],
        records=bayes_files(RUNS, "_records.csv"),
        seconds=bayes_files(RUNS, "_seconds.csv"),
        starts=bayes_files(FAMILIES, "_seconds.csv"),
        code=lib("bayes/build_bayes_tables"),
    output:
        methods=reported(
            "<results>/bayes/tables/methods.csv", "bayes", "Metrics of all methods"
        ),
        paired=reported(
            "<results>/bayes/tables/paired.csv",
            "bayes",
            "HWA less every other method, paired",
        ),
        variances=reported(
            "<results>/bayes/tables/variances.csv",
            "bayes",
            "Other variances of HWA's average, paired",
        ),
        curves=reported(
            "<results>/bayes/tables/curves.csv",
            "bayes",
            "Figure 1: accuracy along the runs",
        ),
        times=reported(
            "<results>/bayes/tables/times.csv", "bayes", "Times of all methods"
        ),
        speed=reported(
            "<results>/bayes/tables/speed.csv", "bayes", "Times to reach an accuracy"
        ),
        measured="<results>/bayes/tables/measured.csv",
    log:
        "<logs>/build_bayes_tables.log",
    benchmark:
        "<benchmarks>/build_bayes_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        of_metrics=[label[:1] for label in bayes_labels(["metrics"])],
        of_runs=bayes_labels(RUNS),
        of_starts=bayes_labels(FAMILIES),
        described=PLAN.bayes.described(),
    script:
        "../../scripts/bayes/build_bayes_tables.py"


rule plot_posterior_curves:
    """Draw test accuracy and training loss over steps and over time (figures 1 and 2)."""
    input:
        records=files_of_experiment("_records.csv"),
        seconds=files_of_experiment("_seconds.csv"),
        code=lib("bayes/plot_posterior_curves"),
    output:
        reported_picture("<results>/bayes/figures/curves_{experiment}", "bayes"),
    log:
        "<logs>/plot_posterior_curves/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_posterior_curves/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        names=lambda wildcards: [
            name
            for _, name in bayes_labels([*FAMILIES, *RUNS], [wildcards.experiment])
        ],
    script:
        "../../scripts/bayes/plot_posterior_curves.py"


rule plot_reliability:
    """Draw how often predictions are right, by the probability that they were given."""
    input:
        tables=of_bayes_shards("<results>/bayes/reliability/{experiment}/{shard}.csv"),
        code=lib("bayes/plot_reliability"),
    output:
        reported_picture("<results>/bayes/figures/reliability_{experiment}", "bayes"),
    log:
        "<logs>/plot_reliability/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_reliability/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/bayes/plot_reliability.py"


rule plot_loss_surface:
    """Draw the loss surface with the paths of the iterates and of their averages (section 3.3)."""
    input:
        surface="<results>/bayes/surfaces/{experiment}.npz",
        code=lib("bayes/plot_loss_surface"),
    output:
        reported_picture("<results>/bayes/figures/surface_{experiment}", "bayes"),
    log:
        "<logs>/plot_loss_surface/{experiment}.log",
    benchmark:
        "<benchmarks>/plot_loss_surface/{experiment}.tsv"
    wildcard_constraints:
        experiment=any_of(config["bayes"]["experiments"]),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/bayes/plot_loss_surface.py"


rule hwa_figure1:
    """Figure 1: Bayesian LeNet-5 on MNIST, by all methods."""
    input:
        bayes_figures("mnist_lenet5", "plot_posterior_curves"),


rule hwa_figure2:
    """Figure 2: Bayesian VGG on CIFAR-10, by all methods."""
    input:
        bayes_figures("cifar10_vgg", "plot_posterior_curves"),


rule hwa_table:
    """How good and how well calibrated all methods are, in numbers and as reliability diagrams."""
    input:
        artifacts_of("build_bayes_tables", "plot_reliability"),


rule hwa_surface:
    """Section 3.3: the loss surfaces with the paths of HWA."""
    input:
        artifacts_of("plot_loss_surface"),


rule bayes:
    """All tables and figures of averaged Bayesian networks."""
    input:
        study_files("bayes"),
