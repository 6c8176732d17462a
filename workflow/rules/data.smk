rule retrieve_file:
    """Download one raw file, from the mirrors first, and verify it.

    Its checksum decides what it holds: neither new code nor new mirrors fetch it again.
    """
    output:
        "<downloads>/{file}",
    wildcard_constraints:
        file=any_of(REGISTRY_FILES),
    params:
        file=lambda wildcards: REGISTRY_FILES[wildcards.file],
    log:
        "<logs>/retrieve_file/{file}.log",
    benchmark:
        "<benchmarks>/retrieve_file/{file}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    retries: 1
    conda:
        "../../envs/vicinal.yaml"
    script:
        "../../scripts/data/retrieve_file.py"


rule build_dataset:
    """Read raw files, or generate samples, into one file of inputs and labels by split."""
    input:
        files=raw_files,
        code=lib("data/build_dataset", lazy=False),
        reader=reader_of,
    output:
        "<results>/datasets/{dataset}.npz",
    params:
        dataset=lambda wildcards: config["datasets"][wildcards.dataset],
        seed=config["seed"],
    log:
        "<logs>/build_dataset/{dataset}.log",
    benchmark:
        "<benchmarks>/build_dataset/{dataset}.tsv"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    conda:
        "../../envs/vicinal.yaml"
    script:
        "../../scripts/data/build_dataset.py"
