"""Figure 3: prototypes of the classes, of all codes and of significant ones."""

from vicinal.figures.witness_latent_prototypes import latent_prototypes
from vicinal_workflow.artifacts import read_arrays, write_figure
from vicinal_workflow.stage import start_stage
from vicinal_workflow.witness_latent_panels import prototype_panels

start_stage(snakemake.log[0])
arrays = read_arrays(snakemake.input.examples)
names = arrays["class_names"].tolist()
figure = latent_prototypes(arrays["codes"], arrays["labels"], names, prototype_panels(arrays))
for path in snakemake.output:
    write_figure(path, figure)
