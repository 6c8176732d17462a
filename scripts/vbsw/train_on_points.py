"""One network for every repetition and sampling, trained at once, and its errors on test points.

A killed job goes on where it was some seconds before.
"""

import numpy as np
from tqdm import tqdm

from vicinal.training.heads import HeadSettings
from vicinal.vbsw.boxes import evaluation_points
from vicinal.vbsw.known_functions import known_function
from vicinal.vbsw.sampling_comparison import (
    SAMPLINGS,
    heads_of_samplings,
    sampling_errors,
    sampling_training,
)
from vicinal_workflow.artifacts import read_arrays, write_parameters, write_table
from vicinal_workflow.randomness import derive_seed
from vicinal_workflow.resume import Checkpoint
from vicinal_workflow.sampling_table import errors_table
from vicinal_workflow.stage import choose_device, start_stage

start_stage(snakemake.log[0], snakemake.params.threads)
sampling = snakemake.params.sampling
settings = HeadSettings(loss="squared_error", **sampling["network"])
root = (snakemake.params.seed, "networks on points", sampling["function"]["name"])
arrays = read_arrays(snakemake.input.points, "points", "values")
device = choose_device(snakemake.params.device)
training = sampling_training(
    arrays["points"],
    arrays["values"],
    [derive_seed(*root, number) for number in range(len(arrays["points"]))],
    settings,
    device=device,
)
made_of = {"sampling": sampling, "seed": snakemake.params.seed}
made_of |= {"device": str(device), "threads": snakemake.params.threads}
checkpoint = Checkpoint(snakemake.params.checkpoint, made_of, snakemake.input)
if (state := checkpoint.load()) is not None:
    training.load_state_dict(state)
with tqdm(total=settings.epochs, initial=training.epoch, unit="epoch", disable=None) as progress:
    for _ in training.run():
        checkpoint.save_in_turn(training.state_dict)
        progress.update()
heads = heads_of_samplings(training)
write_parameters(snakemake.output.networks, heads.parameters(), activation=heads.activation)
rng = np.random.default_rng(derive_seed(*root, "test points"))
places = evaluation_points(sampling["bounds"], sampling["test_points"], rng)
exact = known_function(**sampling["function"]).values(places)
write_table(snakemake.output.errors, errors_table(sampling_errors(heads, places, exact), SAMPLINGS))
checkpoint.remove()
