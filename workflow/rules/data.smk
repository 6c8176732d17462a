rule retrieve_file:
    """Download one raw file, from the mirrors first, and verify it.

    Its checksum decides what it holds: neither new code nor new mirrors fetch it again.
    """
    output:
        "<downloads>/{file}",
    log:
        "<logs>/retrieve_file/{file}.log",
    benchmark:
        "<benchmarks>/retrieve_file/{file}.tsv"
    wildcard_constraints:
        file=any_of(REGISTRY_FILES),
    retries: 1
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        file=lambda wildcards: REGISTRY_FILES[wildcards.file].recognised_by,
    script:
        "../../scripts/data/retrieve_file.py"


rule build_dataset:
    """Read raw files, or generate samples, into one file of inputs and labels by split."""
    input:
        files=raw_files,
        own=lambda wildcards: PLAN.vbsw.own_files(wildcards.dataset),
        code=lib("data/build_dataset", lazy=False),
        reader=reader_of,
    output:
        "<results>/datasets/{dataset}.npz",
    log:
        text="<logs>/build_dataset/{dataset}.log",
        time="<benchmarks>/build_dataset/{dataset}.tsv",
    cache: SHARED
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        dataset=lambda wildcards: config["datasets"][wildcards.dataset],
        raw=lambda wildcards: [
            file.recognised_by for file in PLAN.vbsw.raw_files(wildcards.dataset)
        ],
        own=own_contents,
        seed=config["seed"],
    script:
        "../../scripts/data/build_dataset.py"
