rule train_grid:
    """Train heads for every pair of m and k, from several seeds, as one program (appendix C)."""
    input:
        features=features_of_grid,
        code=lib("vbsw/train_grid"),
    output:
        "<results>/vbsw/grids/{grid}.csv",
    log:
        "<logs>/train_grid/{grid}.log",
    benchmark:
        "<benchmarks>/train_grid/{grid}.tsv"
    wildcard_constraints:
        grid=any_of(config["vbsw"]["grids"]),
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(1440),
    params:
        axes=lambda wildcards: grid_axes(config["vbsw"]["grids"][wildcards.grid]),
        heads=lambda wildcards: grid_heads(config, wildcards.grid),
        metric=lambda wildcards: grid_experiment(wildcards)["metrics"][0],
        weights=lambda wildcards: {
            key: grid_experiment(wildcards)[key]
            for key in ("rescale", "ddof", "centre")
        },
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/vbsw/train_grid.py"


rule choose_cells:
    """Choose a pair of m and k on validation data, and one on test data, as the paper does."""
    input:
        scores="<results>/vbsw/grids/{grid}.csv",
        code=lib("vbsw/choose_cells"),
    output:
        reported(
            "<results>/vbsw/grids/{grid}_chosen.csv",
            "vbsw",
            "Figure 6: pairs of m and k chosen on {grid}",
        ),
    log:
        "<logs>/choose_cells/{grid}.log",
    benchmark:
        "<benchmarks>/choose_cells/{grid}.tsv"
    wildcard_constraints:
        grid=any_of(config["vbsw"]["grids"]),
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        resamples=config["vbsw"]["resamples"],
        seed=config["seed"],
    script:
        "../../scripts/vbsw/choose_cells.py"


rule plot_grids:
    """Draw the error over m and k, a panel a data set (figure 6)."""
    input:
        scores=expand("<results>/vbsw/grids/{grid}.csv", grid=PLAN.vbsw.grids),
        code=lib("vbsw/plot_grids"),
    output:
        reported_picture("<results>/vbsw/figures/grids", "vbsw"),
    log:
        "<logs>/plot_grids.log",
    benchmark:
        "<benchmarks>/plot_grids.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        titles=PLAN.vbsw.grids,
    script:
        "../../scripts/vbsw/plot_grids.py"


rule vbsw_figure6:
    """Figure 6: the error over m and k, and the pairs chosen on validation and on test data."""
    input:
        artifacts_of("plot_grids", "choose_cells"),
