"""Seconds an epoch of ResNet-20 on images of CIFAR-10's shape, on each device that there is.

    python benchmarks/resnet20_epoch.py [--threads 2] [--batches 40] [--epochs 2]

50 000 random images, batches of 128, shifted and mirrored, Adam: what the workflow's own trainer
does in an epoch, without validation. The first epoch is left out; of the others the best counts.
With --batches an epoch is that many batches, and the time is scaled to 391; on a GPU take all.
"""

import argparse

import numpy as np
import torch

from vicinal.models.backbone import pixel_scaling
from vicinal.models.registry import build_backbone
from vicinal.training.network import NetworkTraining, TrainingSettings

IMAGES, BATCH = 50_000, 128
BATCHES = -(-IMAGES // BATCH)


def seconds_an_epoch(device, precision, batches, epochs):
    """The best of some epochs after a first one, scaled to all images."""
    count = min(IMAGES, batches * BATCH)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
    labels = rng.integers(0, 10, count)
    settings = TrainingSettings(
        epochs=1 + epochs, batch_size=BATCH, shift=0.1, flip=True, precision=precision
    )
    network = build_backbone("resnet20", pixel_scaling(images, "channels"), 3, 10, seed=0)
    training = NetworkTraining(network, images, labels, settings, seed=0, device=device)
    _, *records = training.run()
    return min(record.seconds for record in records) * IMAGES / count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, default=BATCHES)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(
        f"{arguments.batches} of {BATCHES} batches of {BATCH}, {arguments.threads} threads",
        flush=True,
    )
    for device in ("cpu", "cuda"):
        if device == "cuda" and not torch.cuda.is_available():
            print("cuda           not measured: this torch sees no CUDA device")
            continue
        name = torch.cuda.get_device_name(0) if device == "cuda" else ""
        for precision in ("float32", "bfloat16"):
            seconds = seconds_an_epoch(device, precision, arguments.batches, arguments.epochs)
            print(
                f"{device:5} {precision:9} {seconds:8.1f} s an epoch   {name}".rstrip(), flush=True
            )


if __name__ == "__main__":
    main()
