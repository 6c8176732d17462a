"""What the classifier says of decoded points, by the share of them that is kept."""

from vicinal.figures.witness_latent_curves import latent_curves
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_latent_names import JUDGED
from vicinal_workflow.witness_latent_panels import curve_arrays

start_stage(snakemake.log[0])
curves = read_table(snakemake.input.curves)
figure = latent_curves(*(curve_arrays(curves, measure) for measure in JUDGED))
for path in snakemake.output:
    write_figure(path, figure)
