rule train_backbone:
    """Train a shard of networks from different seeds; a killed job resumes at its epoch."""
    input:
        dataset=dataset_of,
        code=lib("backbones/train_backbone"),
    output:
        "<results>/backbones/{backbone}/{shard}.safetensors",
    log:
        text="<logs>/train_backbone/{backbone}/{shard}.log",
        epochs="<logs>/train_backbone/{backbone}/{shard}.jsonl",
    benchmark:
        "<benchmarks>/train_backbone/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=IMAGE_NETWORKS, source=["train"])
            + backbones_where(architecture=["mlp", "vgg"])
        ),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        backbone=backbone_settings(
            "architecture",
            "scaling",
            "columns",
            "hidden",
            "width",
            "batch_norm",
            "training",
        ),
        networks=networks_in_shard,
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/{{backbone}}/{{shard}}.pt",
    script:
        "../../scripts/backbones/train_backbone.py"


rule convert_checkpoint:
    input:
        checkpoint=checkpoint_file,
        code=lib("backbones/convert_checkpoint"),
    output:
        "<results>/backbones/{backbone}/{shard}.safetensors",
    log:
        "<logs>/convert_checkpoint/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/convert_checkpoint/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=IMAGE_NETWORKS, source=["checkpoint"])
        ),
    """Turn a ready PyTorch network into safetensors, once, under this project's names."""
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        backbone=backbone_settings("architecture", "mean", "std"),
    script:
        "../../scripts/backbones/convert_checkpoint.py"


rule pretrain_bert:
    """Train tiny BERT from scratch to fill in masked words of the data set's own training text."""
    input:
        dataset=dataset_of,
        vocabulary=vocabulary_file,
        code=lib("backbones/pretrain_bert"),
    output:
        parameters="<results>/backbones/{backbone}/{shard}.safetensors",
        vocabulary="<results>/backbones/{backbone}/{shard}.vocab.txt",
    log:
        text="<logs>/pretrain_bert/{backbone}/{shard}.log",
        epochs="<logs>/pretrain_bert/{backbone}/{shard}.jsonl",
    benchmark:
        "<benchmarks>/pretrain_bert/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=["tiny_bert"], source=["pretrain"])
        ),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        backbone=backbone_settings("vocabulary_size", "max_length", "pretraining"),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
        checkpoint=f"{RESULTS}/checkpoints/{{backbone}}/{{shard}}.pt",
    script:
        "../../scripts/backbones/pretrain_bert.py"


rule load_bert:
    """Take tiny BERT from the hub or a folder, or draw its parameters at random."""
    input:
        dataset=dataset_of,
        folder=bert_folder_files,
        vocabulary=vocabulary_file,
        code=lib("backbones/load_bert"),
    output:
        parameters="<results>/backbones/{backbone}/{shard}.safetensors",
        vocabulary="<results>/backbones/{backbone}/{shard}.vocab.txt",
    log:
        "<logs>/load_bert/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/load_bert/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(
            backbones_where(
                architecture=["tiny_bert"], source=["hub", "folder", "random"]
            )
        ),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        backbone=backbone_settings(
            "source",
            "hub_name",
            "hub_revision",
            "folder",
            "vocabulary_size",
            "max_length",
        ),
        seed=config["seed"],
    script:
        "../../scripts/backbones/load_bert.py"


rule extract_columns:
    input:
        dataset=dataset_of,
        code=lib("backbones/extract_columns"),
    output:
        "<results>/features/{backbone}/{shard}.npz",
    log:
        "<logs>/extract_columns/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/extract_columns/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["none"])),
    """Take the columns of a table as features, scaled by the training samples."""
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        backbone=backbone_settings("columns"),
    script:
        "../../scripts/backbones/extract_columns.py"


rule extract_network_features:
    """Send all images or rows through a shard of networks, up to their last layer."""
    input:
        dataset=dataset_of,
        parameters="<results>/backbones/{backbone}/{shard}.safetensors",
        code=lib("backbones/extract_network_features"),
    output:
        "<results>/features/{backbone}/{shard}.npz",
    log:
        "<logs>/extract_network_features/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/extract_network_features/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=[*IMAGE_NETWORKS, "mlp"])),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        backbone=backbone_settings("architecture"),
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/backbones/extract_network_features.py"


rule extract_module_features:
    """Send all samples through a network of the user's own."""
    input:
        dataset=dataset_of,
        module=lambda wildcards: module_files(
            config["backbones"][wildcards.backbone]["module"]
        ),
        code=lib("backbones/extract_module_features"),
    output:
        "<results>/features/{backbone}/{shard}.npz",
    log:
        "<logs>/extract_module_features/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/extract_module_features/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["module"])),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        backbone=backbone_settings("module"),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/backbones/extract_module_features.py"


rule extract_text_features:
    """Send all pairs of sentences through tiny BERT; the feature is the [CLS] vector."""
    input:
        dataset=dataset_of,
        parameters="<results>/backbones/{backbone}/{shard}.safetensors",
        vocabulary="<results>/backbones/{backbone}/{shard}.vocab.txt",
        code=lib("backbones/extract_text_features"),
    output:
        "<results>/features/{backbone}/{shard}.npz",
    log:
        "<logs>/extract_text_features/{backbone}/{shard}.log",
    benchmark:
        "<benchmarks>/extract_text_features/{backbone}/{shard}.tsv"
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["tiny_bert"])),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        backbone=backbone_settings("max_length", "attention_mask"),
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/backbones/extract_text_features.py"
