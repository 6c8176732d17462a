rule train_vae:
    """Train a variational autoencoder a repetition (section 5.2); a killed job resumes at its record."""
    input:
        dataset=latent_file("dataset"),
        code=lib("witness/train_vae"),
    output:
        "<results>/witness/latent/vaes.safetensors",
    log:
        text="<logs>/train_vae.log",
        records="<logs>/train_vae.jsonl",
    benchmark:
        "<benchmarks>/train_vae.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        vae=latent_setting("vae"),
        repetitions=latent_setting("repetitions"),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/vae.pt",
    script:
        "../../scripts/witness/train_vae.py"


rule measure_latent:
    """Test codes and a grid between them, and have a classifier judge what is decoded from them."""
    input:
        dataset=latent_file("dataset"),
        networks=latent_file("networks"),
        vaes="<results>/witness/latent/vaes.safetensors",
        code=lib("witness/measure_latent"),
    output:
        points="<results>/witness/latent/points.csv",
        curves="<results>/witness/latent/curves.csv",
        prototypes="<results>/witness/latent/prototypes.csv",
        examples="<results>/witness/latent/examples.npz",
    log:
        "<logs>/measure_latent.log",
    benchmark:
        "<benchmarks>/measure_latent.tsv"
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        latent=lambda wildcards: PLAN.witness_latent.explored,
        architecture=lambda wildcards: PLAN.witness_latent.architecture,
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/witness/measure_latent.py"


rule build_latent_tables:
    """Summarise what the classifier says of kept and dropped points, and pair it by autoencoder."""
    input:
        points="<results>/witness/latent/points.csv",
        curves="<results>/witness/latent/curves.csv",
        prototypes="<results>/witness/latent/prototypes.csv",
        code=lib("witness/build_latent_tables"),
    output:
        points=reported(
            "<results>/witness/tables/latent_points.csv",
            "witness_latent",
            "Figure 2: decoded points",
        ),
        paired=reported(
            "<results>/witness/tables/latent_paired.csv",
            "witness_latent",
            "Figure 2: decoded points and prototypes, paired",
        ),
        prototypes=reported(
            "<results>/witness/tables/latent_prototypes.csv",
            "witness_latent",
            "Figure 3: prototypes",
        ),
        measured="<results>/witness/tables/latent_measured.csv",
    log:
        "<logs>/build_latent_tables.log",
    benchmark:
        "<benchmarks>/build_latent_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        data=lambda wildcards: PLAN.witness_latent.kind,
        scale=PLAN.witness_latent.scale,
    script:
        "../../scripts/witness/build_latent_tables.py"


rule plot_latent_space:
    """Draw codes, and the decoded points of a grid that each kernel keeps (figure 2)."""
    input:
        examples="<results>/witness/latent/examples.npz",
        code=lib("witness/plot_latent_space"),
    output:
        reported_picture("<results>/witness/figures/latent_space", "witness_latent"),
    log:
        "<logs>/plot_latent_space.log",
    benchmark:
        "<benchmarks>/plot_latent_space.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        extent=latent_setting("extent"),
    script:
        "../../scripts/witness/plot_latent_space.py"


rule plot_latent_prototypes:
    """Draw prototypes of the classes, of all codes and of significant ones (figure 3)."""
    input:
        examples="<results>/witness/latent/examples.npz",
        code=lib("witness/plot_latent_prototypes"),
    output:
        reported_picture(
            "<results>/witness/figures/latent_prototypes", "witness_latent"
        ),
    log:
        "<logs>/plot_latent_prototypes.log",
    benchmark:
        "<benchmarks>/plot_latent_prototypes.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_latent_prototypes.py"


rule plot_latent_curves:
    """Draw what the classifier says of decoded points, by the share of them that is kept."""
    input:
        curves="<results>/witness/latent/curves.csv",
        code=lib("witness/plot_latent_curves"),
    output:
        reported_picture("<results>/witness/figures/latent_curves", "witness_latent"),
    log:
        "<logs>/plot_latent_curves.log",
    benchmark:
        "<benchmarks>/plot_latent_curves.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/witness/plot_latent_curves.py"


rule witness_figure2:
    """Figure 2: decoded points of the latent plane, all of them and the significant ones."""
    input:
        artifacts_of("plot_latent_space", "plot_latent_curves", "build_latent_tables"),


rule witness_figure3:
    """Figure 3: prototypes of the classes, of all codes and of significant ones."""
    input:
        artifacts_of("plot_latent_prototypes", "build_latent_tables"),
