"""Learning from local information: the workflow's entry.

snakemake --cores 8                                      the default run
snakemake --cores 8 vbsw_table2                          one table (--list-target-rules shows all)
snakemake --cores 8 --configfile workflow/presets/laptop.yaml
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/report_marks.smk"


pathvars:
    results=config["results_dir"],
    downloads=config["data"]["folder"],
    logs=f"{config['results_dir']}/logs",
    benchmarks=f"{config['results_dir']}/benchmarks",


localrules:
    all,
    vbsw,
    gradients,
    bayes,
    witness,
    summary,


include: "workflow/rules/data.smk"
include: "workflow/rules/backbones.smk"
include: "workflow/rules/vbsw.smk"
include: "workflow/rules/vbsw_grids.smk"
include: "workflow/rules/vbsw_sampling.smk"
include: "workflow/rules/gradients.smk"
include: "workflow/rules/bayes.smk"
include: "workflow/rules/witness.smk"
include: "workflow/rules/summary.smk"


rule all:
    """All that the configuration's tables (and `further`) name, and the summary page."""
    default_target: True
    input:
        rules.summary.input,
