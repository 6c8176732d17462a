"""Many networks of one shape, trained on values and derivatives as one batched tensor program."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from vicinal.gradients.block_training import BlockTraining
from vicinal.gradients.double_backpropagation import Streams
from vicinal.gradients.least_squares_polish import check_size, polish_networks
from vicinal.gradients.networks import Networks
from vicinal.gradients.training_samples import PackedSamples, TrainingSamples
from vicinal.gradients.training_settings import Monitor, SurrogateSettings

FloatArray = npt.NDArray[np.float64]
# Bytes of one block of networks. A GPU wants many networks at once; on a CPU, what a step touches
# should stay in the cache: for widths of 16 to 208, 12 MiB was the fastest of 1 to 32 MiB, or
# within 5 % of it, on a core with 1 MiB of L2 and a share of 32 MiB of L3.
CPU_BLOCK_BYTES, GPU_BLOCK_BYTES = 12 * 2**20, 2**32


def train_surrogates(
    samples: TrainingSamples,
    seeds: Sequence[int],
    settings: SurrogateSettings,
    *,
    alpha: float | Sequence[float] = 0.5,
    monitor: Monitor | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    streams: Streams | None = None,
    block_bytes: int | None = None,
    on_epoch: Callable[[int, int], None] | None = None,
) -> tuple[Networks, dict[str, FloatArray]]:
    """Train B networks, each on samples of its own or on shared ones, all in one program.

        min alpha MSE(y, yhat) + (1 - alpha) MSE(dy/dtheta, dyhat/dtheta)

    samples : what is fitted, see `training_samples`.
    seeds : B seeds. A seed fixes a network's initial parameters (Glorot uniform, zero biases, as in
        Keras) and its order of batches, so that networks of one seed are paired.
    alpha : weight of the values, above 0 and at most 1, for all networks or for each. Networks of
        alpha = 1 are trained on values alone, and do not pay for derivatives.
    streams : see `DoubleBackpropagation`; None takes the fewer.
    block_bytes : bound on the parameters and buffers of the networks trained at once. It decides on
        speed, not on results (beyond rounding). None: what suits the device.
    on_epoch : called with the number of networks' epochs that are done, and of all of them.

    Returns the Networks, and the monitor's records: by name of samples the RMSE (B, epochs, c);
    where asked for, `updates` (B, epochs), `best_epoch` (B,), counted from 0, and `polish`
    (B, steps + 1), the objective on all samples before polishing and after each step.

    Equal to training the networks one after another, within rounding.

    Raises ValueError for samples that do not serve these networks and for alpha out of range, and
    ArithmeticError where a parameter stops being finite (network and epoch are named).

    McDonagh and Chen, eq. 8 and section 3.
    """
    weight = np.broadcast_to(np.asarray(alpha, dtype=np.float64), len(seeds))
    if not (len(seeds) and ((weight > 0) & (weight <= 1)).all()):
        raise ValueError(f"alpha is {alpha} for {len(seeds)} seeds; allowed is 0 < alpha <= 1")
    samples.check(len(seeds), weight)
    if settings.polish:
        check_size(samples, weight)
    monitor = monitor or Monitor()
    if settings.polish and monitor.keep_best is not None:
        raise ValueError(
            "polish and keep_best exclude each other: steps are taken from the last epoch's "
            "parameters, whatever their error on other samples"
        )
    if streams is None:
        c, p = (1, 1) if samples.partials is None else samples.partials.shape[2:]
        streams = "outputs" if c <= p else "directions"
    if block_bytes is None:
        block_bytes = CPU_BLOCK_BYTES if torch.device(device).type == "cpu" else GPU_BLOCK_BYTES
    results, members, done = [], [], 0
    for with_partials in (True, False):
        chosen = np.flatnonzero((weight < 1) == with_partials)
        one = _bytes_of_one(samples, settings, streams if with_partials else None, dtype)
        for block in _split(chosen, max(1, block_bytes // one)):
            packed = PackedSamples.of(
                samples, block, weight, partials=with_partials, device=device, dtype=dtype
            )
            used = None if samples.used_inputs is None else samples.used_inputs[block].tolist()
            training = BlockTraining(
                packed, [seeds[i] for i in block], used, settings, streams, monitor.of(block)
            )
            for epoch in range(settings.epochs):
                failed = training.run_epoch(epoch)
                if failed is not None:
                    raise ArithmeticError(
                        f"training surrogates: parameters of network {block[failed]} are not "
                        f"finite after epoch {epoch + 1}; a learning rate below "
                        f"{settings.learning_rate} may help"
                    )
                done += len(block)
                if on_epoch is not None:
                    on_epoch(done, len(seeds) * settings.epochs)
            results.append(training.result())
            members.append(block)
    networks, history = _in_order(results, np.concatenate(members))
    if settings.polish:
        networks, history["polish"] = polish_networks(networks, samples, weight, settings.polish)
    return networks, history


def _split(networks: npt.NDArray[np.int64], size: int) -> list[npt.NDArray[np.int64]]:
    """Blocks of about the same number of networks, at most `size`."""
    return np.array_split(networks, -(-len(networks) // size)) if len(networks) else []


def _bytes_of_one(
    samples: TrainingSamples,
    settings: SurrogateSettings,
    streams: Streams | None,
    dtype: torch.dtype,
) -> int:
    """Bytes of a network's parameters (with gradients and Adam's moments) and buffers."""
    size, inputs = samples.inputs.shape[1:]
    outputs = samples.values.shape[2]
    widths = [inputs, *settings.hidden, outputs]
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(widths))
    rows = min(settings.batch_size or size, size)
    count = 0
    if streams is not None and samples.partials is not None:
        count = outputs if streams == "outputs" else samples.partials.shape[3]
    buffers = rows * sum(settings.hidden) * (3 + (count > 0) + 2 * count)
    return (4 * parameters + buffers) * dtype.itemsize


def _in_order(
    results: list[tuple[Networks, dict[str, FloatArray]]], members: npt.NDArray[np.int64]
) -> tuple[Networks, dict[str, FloatArray]]:
    """The networks of all blocks, in the order of their seeds."""
    order = np.argsort(members)
    position = torch.as_tensor(order, device=results[0][0].weights[0].device)
    weights = zip(*(networks.weights for networks, _ in results), strict=True)
    biases = zip(*(networks.biases for networks, _ in results), strict=True)
    networks = Networks(
        [torch.cat(layer)[position] for layer in weights],
        [torch.cat(layer)[position] for layer in biases],
        results[0][0].output,
    )
    names = results[0][1]
    records = {name: np.concatenate([found[name] for _, found in results]) for name in names}
    return networks, {name: record[order] for name, record in records.items()}
