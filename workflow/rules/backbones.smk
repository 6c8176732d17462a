# What these rules make may come from a cache that runs share (docs/reruns.md). It knows a job by code,
# params and the content of inputs, not by wildcards: so a name that seeds depend on is among params,
# and no path that differs between runs is.


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
        time="<benchmarks>/train_backbone/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=IMAGE_NETWORKS, source=["train"])
            + backbones_where(architecture=["mlp", "vgg"])
        ),
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        name="{backbone}",
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
    script:
        "../../scripts/backbones/train_backbone.py"


rule convert_checkpoint:
    """Turn a ready PyTorch network into safetensors, once, under this project's names."""
    input:
        checkpoint=checkpoint_file,
        code=lib("backbones/convert_checkpoint"),
    output:
        "<results>/backbones/{backbone}/{shard}.safetensors",
    log:
        text="<logs>/convert_checkpoint/{backbone}/{shard}.log",
        time="<benchmarks>/convert_checkpoint/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=IMAGE_NETWORKS, source=["checkpoint"])
        ),
    cache: SHARED
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
        time="<benchmarks>/pretrain_bert/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(
            backbones_where(architecture=["tiny_bert"], source=["pretrain"])
        ),
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        name="{backbone}",
        backbone=backbone_settings("vocabulary_size", "max_length", "pretraining"),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
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
        text="<logs>/load_bert/{backbone}/{shard}.log",
        time="<benchmarks>/load_bert/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(
            backbones_where(
                architecture=["tiny_bert"], source=["hub", "folder", "random"]
            )
        ),
    cache: SHARED
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        name="{backbone}",
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
    """Take the columns of a table as features, scaled by the training samples."""
    input:
        dataset=dataset_of,
        code=lib("backbones/extract_columns"),
    output:
        "<results>/features/{backbone}/{shard}.npz",
    log:
        text="<logs>/extract_columns/{backbone}/{shard}.log",
        time="<benchmarks>/extract_columns/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["none"])),
    cache: SHARED
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
        text="<logs>/extract_network_features/{backbone}/{shard}.log",
        time="<benchmarks>/extract_network_features/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=[*IMAGE_NETWORKS, "mlp"])),
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
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
        text="<logs>/extract_module_features/{backbone}/{shard}.log",
        time="<benchmarks>/extract_module_features/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["module"])),
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        name="{backbone}",
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
        text="<logs>/extract_text_features/{backbone}/{shard}.log",
        time="<benchmarks>/extract_text_features/{backbone}/{shard}.tsv",
    wildcard_constraints:
        backbone=any_of(backbones_where(architecture=["tiny_bert"])),
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        backbone=backbone_settings("max_length", "attention_mask"),
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/backbones/extract_text_features.py"
