rule tabulate_hyperparameters:
    """Train surrogates at some points of a lattice of hyper-parameters, for every repetition."""
    input:
        simulator=PLAN.search.simulator_files,
        code=lib("gradients/tabulate_hyperparameters"),
    output:
        "<results>/gradients/search/cells/{shard}.csv",
    log:
        "<logs>/tabulate_hyperparameters/{shard}.log",
    benchmark:
        "<benchmarks>/tabulate_hyperparameters/{shard}.tsv"
    wildcard_constraints:
        shard=r"\d+",
    conda:
        ENVIRONMENT
    threads: config["threads"]
    resources:
        gpu=GPUS,
        mem_mb=growing(8000),
        runtime=growing(720),
    params:
        settings=PLAN.search.training,
        cells=lambda wildcards: PLAN.search.cells_of_shard(int(wildcards.shard)),
        seed=config["seed"],
        threads=config["threads"],
        device=config["device"],
    script:
        "../../scripts/gradients/tabulate_hyperparameters.py"


rule search_hyperparameters:
    """Search every repetition's lattice, over all complexities and up to delta-min."""
    input:
        cells=[f"<results>/{path}" for path in PLAN.search.cell_files],
        code=lib("gradients/search_hyperparameters"),
    output:
        costs="<results>/gradients/search/costs.csv",
        bounds="<results>/gradients/search/bounds.csv",
        curves="<results>/gradients/search/curves.npz",
    log:
        "<logs>/search_hyperparameters.log",
    benchmark:
        "<benchmarks>/search_hyperparameters.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        bound_at=PLAN.search.bound_at,
        settings=PLAN.search.chosen(
            "tolerance", "searches", "population", "generations"
        ),
        seed=config["seed"],
    script:
        "../../scripts/gradients/search_hyperparameters.py"


rule build_search_tables:
    """Summarise what searches cost, and what their bounds rule out."""
    input:
        costs="<results>/gradients/search/costs.csv",
        bounds="<results>/gradients/search/bounds.csv",
        code=lib("gradients/build_search_tables"),
    output:
        costs=reported(
            "<results>/gradients/tables/search_costs.csv",
            "search",
            "Figure 4: what searches cost",
        ),
        bounds=reported(
            "<results>/gradients/tables/search_bounds.csv",
            "search",
            "Figure 4: the bounds",
        ),
        paired=reported(
            "<results>/gradients/tables/search_paired.csv",
            "search",
            "Figure 4: searches, paired",
        ),
    log:
        "<logs>/build_search_tables.log",
    benchmark:
        "<benchmarks>/build_search_tables.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        data=PLAN.search.data,
        settings=PLAN.search.chosen("tolerance", "resamples"),
        seed=config["seed"],
    script:
        "../../scripts/gradients/build_search_tables.py"


rule plot_searches:
    """Draw how near the best searches have come, by what they have spent (figure 4)."""
    input:
        curves="<results>/gradients/search/curves.npz",
        code=lib("gradients/plot_searches"),
    output:
        reported_picture("<results>/gradients/figures/searches", "search"),
    log:
        "<logs>/plot_searches.log",
    benchmark:
        "<benchmarks>/plot_searches.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    script:
        "../../scripts/gradients/plot_searches.py"


rule gradients_figure4:
    """Figure 4, made an experiment: searches for hyper-parameters with and without delta-min."""
    input:
        artifacts_of("build_search_tables", "plot_searches"),
