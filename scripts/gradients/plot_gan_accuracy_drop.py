"""Figure 9: by how much an update of the generator lowers the discriminator's accuracy."""

from vicinal.figures.gan_accuracy_drop import gan_accuracy_drop
from vicinal_workflow.artifacts import read_table, write_figure
from vicinal_workflow.gan_tables import accuracy_drops
from vicinal_workflow.stage import start_stage

start_stage(snakemake.log[0])
found = [accuracy_drops(read_table(path)) for path in snakemake.input.records]
names = [arm.replace("_", " ") for arm in snakemake.params.arms]
drops = {name: drop for name, (_, drop) in zip(names, found, strict=True)}
figure = gan_accuracy_drop(found[0][0], drops)
for path in snakemake.output:
    write_figure(path, figure)
