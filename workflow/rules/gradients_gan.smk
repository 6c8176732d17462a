rule train_gan:
    """Train a GAN a trial, with or without gradients (section 6); a killed job resumes at its record."""
    input:
        dataset=gan_dataset,
        code=lib("gradients/train_gan"),
    output:
        generator="<results>/gradients/gan/{arm}.safetensors",
        records="<results>/gradients/gan/{arm}_records.csv",
    log:
        text="<logs>/train_gan/{arm}.log",
        records="<logs>/train_gan/{arm}.jsonl",
    benchmark:
        "<benchmarks>/train_gan/{arm}.tsv"
    wildcard_constraints:
        arm=any_of(ARMS),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        training=lambda wildcards: PLAN.gan.training(wildcards.arm),
        shape=gan_setting("shape"),
        trials=gan_setting("trials"),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/gan/{{arm}}.pt",
    script:
        "../../scripts/gradients/train_gan.py"


rule measure_gans:
    """Measure how far the images of both GANs are from true ones."""
    input:
        dataset=gan_dataset,
        networks=gan_networks,
        generators=expand("<results>/gradients/gan/{arm}.safetensors", arm=ARMS),
        code=lib("gradients/measure_gans"),
    output:
        distances="<results>/gradients/gan/distances.csv",
        examples="<results>/gradients/gan/examples.npz",
    log:
        "<logs>/measure_gans.log",
    benchmark:
        "<benchmarks>/measure_gans.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        arms=ARMS,
        gan=gan_settings("shape", "images", "bins"),
        architecture=lambda wildcards: PLAN.gan.architecture,
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/gradients/measure_gans.py"


rule build_gan_tables:
    """Summarise the distances of both GANs' images, and pair them by trial (table 2)."""
    input:
        distances="<results>/gradients/gan/distances.csv",
        records=expand("<results>/gradients/gan/{arm}_records.csv", arm=ARMS),
        code=lib("gradients/build_gan_tables"),
    output:
        images=reported(
            "<results>/gradients/tables/gan_images.csv",
            "gan",
            "Table 2: images of both GANs",
        ),
        paired=reported(
            "<results>/gradients/tables/gan_paired.csv",
            "gan",
            "Table 2: with less without gradients, paired",
        ),
        measured="<results>/gradients/tables/gan_measured.csv",
    log:
        "<logs>/build_gan_tables.log",
    benchmark:
        "<benchmarks>/build_gan_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        arms=ARMS,
        resamples=config["gradients"]["resamples"],
        data=lambda wildcards: PLAN.gan.kind,
        scale=PLAN.gan.scale,
        seed=config["seed"],
    script:
        "../../scripts/gradients/build_gan_tables.py"


rule plot_gan_architecture:
    """Draw both networks of the GAN, and what trains them (figure 8)."""
    input:
        dataset=gan_dataset,
        code=lib("gradients/plot_gan_architecture"),
    output:
        reported_picture("<results>/gradients/figures/gan_architecture", "gan"),
    log:
        "<logs>/plot_gan_architecture.log",
    benchmark:
        "<benchmarks>/plot_gan_architecture.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        shape=gan_setting("shape"),
    script:
        "../../scripts/gradients/plot_gan_architecture.py"


rule plot_gan_accuracy_drop:
    """Draw by how much each update of the generator lowers the discriminator's accuracy (figure 9)."""
    input:
        records=expand("<results>/gradients/gan/{arm}_records.csv", arm=ARMS),
        code=lib("gradients/plot_gan_accuracy_drop"),
    output:
        reported_picture("<results>/gradients/figures/gan_accuracy_drop", "gan"),
    log:
        "<logs>/plot_gan_accuracy_drop.log",
    benchmark:
        "<benchmarks>/plot_gan_accuracy_drop.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        arms=ARMS,
    script:
        "../../scripts/gradients/plot_gan_accuracy_drop.py"


rule plot_gan_samples:
    """Draw true images beside those of both GANs."""
    input:
        examples="<results>/gradients/gan/examples.npz",
        code=lib("gradients/plot_gan_samples"),
    output:
        reported_picture("<results>/gradients/figures/gan_samples", "gan"),
    log:
        "<logs>/plot_gan_samples.log",
    benchmark:
        "<benchmarks>/plot_gan_samples.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_gan_samples.py"


rule gradients_figure8:
    """Figure 8: the architecture of the GAN trained on gradients."""
    input:
        artifacts_of("plot_gan_architecture"),


rule gradients_figure9:
    """Figure 9: the drop of the discriminator's accuracy, with and without gradients."""
    input:
        artifacts_of("plot_gan_accuracy_drop"),


rule gradients_table2:
    """Table 2: images of the GANs with and without gradients, in numbers and as pictures."""
    input:
        artifacts_of("build_gan_tables", "plot_gan_samples"),
